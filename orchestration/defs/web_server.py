"""Dagster's web server: `python -m orchestration.defs.web_server SOCKET …`, with the options of `dagster-webserver`.

It imports what it needs while the code server at SOCKET loads the project, and serves when that responds: a page that
requests a location before it is there would show an error.
"""

import socket
import sys
import time

POLL_SECONDS = 0.05


def main() -> None:
    """Wait for the code server, then serve. Its parent ends both when one of them ends."""
    from dagster_webserver.cli import cli as serve

    address = sys.argv.pop(1)
    while not _responds(address):
        time.sleep(POLL_SECONDS)
    serve(auto_envvar_prefix="DAGSTER_WEBSERVER")


def _responds(address: str) -> bool:
    with socket.socket(socket.AF_UNIX) as client:
        return client.connect_ex(address) == 0


if __name__ == "__main__":
    main()
