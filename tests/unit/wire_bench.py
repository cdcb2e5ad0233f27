"""The path of one dataset for tests: a provider at the wire, the real client, the landing folder, the raw table."""

import re
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from pytest_httpserver import HTTPServer
from werkzeug import Request as WireRequest
from werkzeug import Response as WireResponse

from orchestration.ingest.extract import extract
from orchestration.ingest.extraction import Extraction
from orchestration.ingest.http import HttpClient
from orchestration.raw.batch import Loaded
from orchestration.raw.empty_responses import missing_sentence
from orchestration.raw.load import load
from orchestration.raw.rejected_records import rejections
from orchestration.raw.working_file import connect, prepare
from orchestration.settings import Settings
from orchestration.sources.shared.contract import Dataset, Request, Response, Row, Window
from orchestration.sources.shared.registry import symbols

FIXTURES = Path(__file__).parents[1] / "fixtures"
NOW = datetime(2025, 5, 4, 6, tzinfo=UTC)
"""Bars of 4 May 2025 are running."""
FIRST_DAYS = Window.of_days(date(2025, 5, 1), date(2025, 5, 3))
KEY = "test-key"


def fixture(name: str) -> bytes:
    return (FIXTURES / name).read_bytes()


def make_response(dataset: Dataset, body: bytes, request: Request | None = None, now: datetime = NOW) -> Response:
    """A stored response, for the functions of a source module."""
    request = request or Request("/", subject="BTC")
    return Response("r1", dataset.provider.name, dataset.name, request, "http://unused.invalid/", 200, now, body)


class WireBench:
    """Serves prepared responses to the requests of `dataset`, one after another, and then always the last one."""

    def __init__(
        self, httpserver: HTTPServer, home: Path, dataset: Dataset, now: datetime = NOW, **environment: str
    ) -> None:
        provider = dataset.provider
        variables = {
            "WAREHOUSE_HOME": str(home),
            "WAREHOUSE_ASSETS": "BTC",
            "WAREHOUSE_NOW": now.isoformat(),
            provider.url_variable: httpserver.url_for(""),
            **({provider.api_key_variable: KEY} if provider.api_key_variable else {}),
            **({provider.opt_in_variable: "yes"} if provider.opt_in_variable else {}),
            **environment,
        }
        self.requested: list[dict[str, str]] = []
        self.paths: list[str] = []
        self.headers: list[dict[str, str]] = []
        self.bodies: list[bytes] = []
        self._replies: list[WireResponse] = []
        self._dataset, self._now = dataset, now
        self._settings = Settings.load(variables)
        httpserver.expect_request(re.compile("/.*")).respond_with_handler(self._reply)

    def run(self, *replies: bytes | WireResponse, window: Window | None = FIRST_DAYS) -> tuple[Extraction, Loaded]:
        """Fetch, store and load; the server sends the `replies`."""
        self._replies = [reply if isinstance(reply, WireResponse) else WireResponse(reply) for reply in replies]
        client = HttpClient(self._settings, pause=lambda _: None)
        names = symbols(self._dataset.provider.name)
        extraction = extract(self._dataset, self._settings, client, names, self._now, window)
        with connect(self._settings.working_file) as connection:
            prepare(connection, [self._dataset])
            loaded = load(connection, self._dataset, extraction.loadable, self._settings.landing)
            refused = rejections(connection, extraction.accepted_ids)
        return (
            extraction.after_load(
                loaded.rows_read,
                refused.sentence,
                refused.notices,
                missing_sentence(self._dataset, loaded.empty_responses),
            ),
            loaded,
        )

    def rows(self, columns: str) -> list[Row]:
        """The rows of the raw table, in the order of the key."""
        return self._query(f"select {columns} from raw.{self._dataset.table} order by {', '.join(self._dataset.key)}")

    def covered(self) -> list[Row]:
        """The windows that the responses cover completely, in the order of the responses."""
        return self._query(
            "select covered_from, covered_until from raw.responses "
            "anti join (from raw.rejected_records where not is_notice) using (response_id) "
            "where covered_from is not null order by rowid"
        )

    def rejection_reasons(self) -> list[str]:
        """The reasons in `raw.rejected_records`."""
        return [str(reason) for (reason,) in self._query("select reason from raw.rejected_records order by all")]

    def _query(self, sql: str) -> list[Any]:
        with connect(self._settings.working_file, read_only=True) as connection:
            return connection.execute(sql).fetchall()

    def _reply(self, request: WireRequest) -> WireResponse:
        self.requested.append(dict(request.args))
        self.paths.append(request.path)
        self.bodies.append(request.get_data())
        self.headers.append({name.lower(): value for name, value in request.headers.items()})
        return self._replies.pop(0) if len(self._replies) > 1 else self._replies[0]
