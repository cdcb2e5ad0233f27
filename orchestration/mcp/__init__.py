"""The Model Context Protocol server over the published copy: `warehouse mcp`.

Belongs here: the tools and resources that a client is offered (`server`), and SQL that can't do harm (`safe_sql`). Not
here: what the tools do, which is `orchestration.client.Market` as everywhere else.
"""
