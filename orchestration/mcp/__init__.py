"""The Model Context Protocol server over the published copy: `warehouse mcp`.

Belongs here: the tools and resources that a client is offered (`server`), SQL that can't do harm (`safe_sql`), and
its process (`sql_process`). Not here: what the tools do, which is `orchestration.client.Market` as everywhere else.
"""
