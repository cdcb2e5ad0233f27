"""`warehouse mcp`: the Model Context Protocol server over the published copy."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from orchestration.cli.exit_codes import stop


def mcp(
    http: Annotated[
        bool, typer.Option("--http", help="Serve by HTTP on 127.0.0.1, not on standard input and output.")
    ] = False,
    port: Annotated[int, typer.Option(help="The port of --http.", min=1, max=65535)] = 8765,
    home: Annotated[Path | None, typer.Option(help="The home to read; by default WAREHOUSE_HOME.")] = None,
) -> None:
    """Serve the published copy to language models: figures with definition and source, verdicts, read-only SQL.

    Clients start it themselves and talk to it over standard input and output. It reads the published copy alone:
    it writes nothing, reads no other file and reaches no network.

    \b
    warehouse mcp                         for a client that starts it
    warehouse mcp --http --port 8765      http://127.0.0.1:8765/mcp
    """
    from orchestration.client import Market
    from orchestration.settings import version

    market = Market(home)
    try:
        from orchestration.mcp.server import serve
    except ImportError as missing:
        stop(f"the package mcp can't be imported ({missing}): install the warehouse with `make setup` again")
    if http:
        print(f"serving {market.file().version} on http://127.0.0.1:{port}/mcp; Ctrl-C ends it", file=sys.stderr)
    serve(market, port if http else None, version())
