"""The page of the data checks, served beside the UI: a browser does not open local files from a page loaded by HTTP.

`warehouse ui` serves it one port above the UI, and `python -m orchestration.release.check_pages` where its services run
apart (`deploy/compose.yaml`). `Settings.result_page` is the address that runs write into Dagster's records.
"""

import argparse
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Self

ANY_PORT = 0
NOTHING_YET = "no data checks have been run in this home yet"


class ResultPages:
    """Serves the files of `folder` within a `with`. Raises OSError at once when the port is taken.

    The folder may be made later. Nothing but the files in it is served, and no list of them.
    """

    def __init__(self, folder: Path, port: int, host: str = "127.0.0.1") -> None:
        self._server = ThreadingHTTPServer((host, port), partial(_Handler, directory=str(folder)))
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def served_at(port: int, folder: Path) -> ResultPages:
    """The page on 127.0.0.1 at `port`, or at any free one where that is in use; see its `port`."""
    try:
        return ResultPages(folder, port)
    except OSError:
        return ResultPages(folder, ANY_PORT)


class _Handler(SimpleHTTPRequestHandler):
    def end_headers(self) -> None:
        # The next run writes the page anew.
        self.send_header("Cache-Control", "no-cache")
        super().end_headers()

    def do_GET(self) -> None:
        if Path(self.directory, "index.html").is_file():
            super().do_GET()
        else:
            self.send_error(404, NOTHING_YET)

    def list_directory(self, path: Any) -> None:
        self.send_error(404)

    def log_message(self, format: str, *args: object) -> None:
        """Log nothing: the terminal is Dagster's."""


def main() -> None:
    """Serve the page of the home until interrupted."""
    from orchestration.settings import Settings

    parser = argparse.ArgumentParser(description="Serve the result page of the data checks.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=3001)
    arguments = parser.parse_args()
    with ResultPages(Settings.load().check_report.parent, arguments.port, arguments.host) as pages:
        print(f"serving the page of the data checks on {arguments.host}:{pages.port}", flush=True)
        threading.Event().wait()


if __name__ == "__main__":
    main()
