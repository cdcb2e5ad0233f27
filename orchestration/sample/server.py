"""The sample market as a server on the loopback interface: each provider under its own prefix, in its own format.

`http://127.0.0.1:PORT/binance/api/v3/klines?…` responds as `https://data-api.binance.vision/api/v3/klines?…` would have
at the market's `now`: nothing that opened later is served. `*_BASE_URL` points the pipeline here; otherwise it runs
unchanged. `python -m orchestration.sample.server` runs the server by itself and prints the settings to export.
"""

import argparse
import os
import pkgutil
import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import import_module
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import parse_qsl, urlsplit

import orchestration.sample
from orchestration.sample.faults import Fault
from orchestration.sample.figures import figures, instant
from orchestration.sample.wire import Wire, WireRequest, WireResponse, not_found
from orchestration.settings import SAMPLE_ASSETS, SAMPLE_NOW
from orchestration.sources.shared.registry import streams

EXPORT_NAME = "CRYPTOCAP_TOTAL2, 1D.csv"


@cache
def wires() -> tuple[Wire, ...]:
    """Every provider with a wire format here, in the order of names."""
    names = [module.name for module in pkgutil.iter_modules(orchestration.sample.__path__)]
    modules = [import_module(f"{orchestration.sample.__name__}.{name}") for name in names if name.startswith("wire_")]
    found: list[Wire] = [module.WIRE for module in modules]
    return tuple(sorted(found, key=lambda wire: wire.provider))


class SampleMarket:
    """The sample market at the instant `now`, in its own thread between `start` and `stop`.

    `full` adds the providers with synthetic figures, so that every source can be tried. `requested` lists the requested
    paths with their parameters; `faults` change later responses.
    """

    def __init__(self, now: datetime = SAMPLE_NOW, port: int = 0, full: bool = False) -> None:
        self.now = now
        self.is_full = full
        self.wires = {wire.provider: wire for wire in wires() if wire.bundled or full}
        self.requested: list[str] = []
        self.faults: list[Fault] = []
        self._lock = threading.Lock()
        self._server = _Server(("127.0.0.1", port), self)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def providers(self) -> frozenset[str]:
        """The providers whose figures a run gets: the served ones, and the streams that the full market has."""
        collected = {stream.dataset.provider.name for stream in streams()} if self.is_full else set()
        return frozenset(self.wires) | collected

    def start(self) -> Self:
        self._thread.start()
        return self

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def environment(self) -> dict[str, str]:
        """The environment variables that point the warehouse here, with the keys that this server accepts."""
        assets = SAMPLE_ASSETS if self.is_full else "BTC,ETH"
        own = {"WAREHOUSE_NOW": self.now.isoformat(), "WAREHOUSE_ASSETS": assets}
        for name, wire in self.wires.items():
            own |= wire.settings(f"{self.url}/{name}")
        return own

    def imports(self, home: Path) -> list[Path]:
        """Write the chart export of TOTAL2 into the imports folder of `home`, unless a file of that name exists."""
        path = home / "imports" / EXPORT_NAME
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            draft = path.with_name(f".{path.name}.{os.getpid()}")
            draft.write_text(self._export())
            draft.replace(path)
        return [path]

    def respond(self, target: str, headers: dict[str, str], body: bytes = b"") -> WireResponse:
        """The response to a GET of `target`, or to a POST where there is a body, after the next matching fault."""
        parts = urlsplit(target)
        prefix, _, path = parts.path.removeprefix("/").partition("/")
        request = WireRequest(f"/{path}", dict(parse_qsl(parts.query)), headers, self.now, body, self.is_full)
        response = self.wires[prefix].respond(request) if prefix in self.wires else not_found()
        with self._lock:
            self.requested.append(target)
            for fault in self.faults:
                if fault.times and parts.path.startswith(fault.prefix):
                    fault.times -= 1
                    return fault.apply(response)
        return response

    def _export(self) -> str:
        """A daily chart as TradingView exports it: closed days, no line end after the last."""
        lines = ["time,open,high,low,close"]
        for bar in figures("tradingview_total2_1d"):
            if instant(bar["trade_date"]) + timedelta(days=1) <= self.now:
                lines.append(",".join(bar.values()))
        return "\n".join(lines)


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, address: tuple[str, int], market: SampleMarket) -> None:
        self.market = market
        super().__init__(address, _Handler)

    def handle_error(self, request: object, client_address: object) -> None:
        """Ignore a closed connection; report any other error as usual."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # One segment per response: a separate header and body would cost 40 ms.
    wbufsize = -1
    server: _Server

    def do_POST(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        body = self.rfile.read(int(headers.get("content-length", 0)))
        response = self.server.market.respond(self.path, headers, body)
        time.sleep(response.delay_seconds)
        self.send_response(response.status)
        self.send_header("Content-Type", response.content_type)
        self.send_header("Content-Length", str(len(response.body)))
        for name, value in response.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(response.body)

    def log_message(self, format: str, *args: object) -> None:
        """Log nothing: the pipeline logs its requests."""


def main() -> None:
    """Serve until interrupted."""
    parser = argparse.ArgumentParser(description="Serve the sample market on 127.0.0.1.")
    parser.add_argument("--now", type=datetime.fromisoformat, default=SAMPLE_NOW, help="the market's instant, ISO 8601")
    parser.add_argument(
        "--full", action="store_true", help="every source and asset, with synthetic figures where none are bundled"
    )
    parser.add_argument("--port", type=int, default=0, help="0 (default): any free port")
    arguments = parser.parse_args()
    now = arguments.now.replace(tzinfo=UTC) if arguments.now.tzinfo is None else arguments.now
    with SampleMarket(now, arguments.port, arguments.full) as market:
        for name, value in market.environment().items():
            print(f"export {name}='{value}'")
        sys.stdout.flush()
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            print("stopped")


if __name__ == "__main__":
    main()
