"""Texts and claims about the market, checked against the published copy.

The way of a text: `sentences` splits it, `lexer` marks amounts, times, records and subjects in a sentence,
`grammar` joins them to assertions, `candidates` lists every structured claim that an assertion's words allow, and
`judgement` measures them with the SQL of the dbt project's own models. No model, no network. The command, the MCP
server and the Python client all use `text.verify_text`, `judgement.judge` and `figures`.
"""
