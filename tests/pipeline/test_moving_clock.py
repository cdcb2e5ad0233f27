"""Live runs on a moving clock: they publish, and all rows of a run have one instant."""

import json
from collections.abc import Callable
from contextlib import redirect_stderr
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import duckdb
import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request as WireRequest
from werkzeug import Response as WireResponse

from orchestration.run import RunRequest
from orchestration.sample.server import SampleMarket
from tests.pipeline.conftest import Runner

Rows = Callable[[Path, str], list[tuple[Any, ...]]]
pytestmark = pytest.mark.slow

FRIDAY = datetime(2025, 5, 9, 6, tzinfo=UTC)
"""The funds of Thursday's session have reported in part."""
MONDAY = datetime(2025, 5, 12, 6, tzinfo=UTC)
SUNDAY = datetime(2025, 5, 11, 6, tzinfo=UTC)
SOURCES = (
    *("binance", "bitstamp", "coinbase", "kraken", "okx", "bybit"),
    *("farside", "defillama", "coinglass", "coinmarketcap", "coingecko", "coinpaprika"),
)
KEPT = timedelta(minutes=10)
"""How far the market's clock is ahead of the instant at which a run begins: it responds during the run."""


@dataclass
class Moving:
    """A home after live runs on a moving clock, and what each of them wrote to standard error."""

    home: Path
    output: dict[datetime, str] = field(default_factory=dict)
    releases: dict[datetime, Path] = field(default_factory=dict)

    def run(self, market: SampleMarket, instant: datetime, run_in: Runner) -> None:
        market.now = instant + KEPT
        settings = market.environment() | {"WAREHOUSE_NOW": "", "WAREHOUSE_ASSETS": "BTC,ETH"}
        settings |= {"WAREHOUSE_CLOCK": instant.isoformat()}
        with redirect_stderr(StringIO()) as output:
            outcome = run_in(self.home, RunRequest(source="live", only=SOURCES), **settings)
        self.output[instant] = output.getvalue()
        assert outcome.exit_code == 0, self.output[instant]
        self.releases[instant] = (self.home / "published" / "crypto_market.duckdb").resolve()

    def raw(self, query: str) -> list[tuple[object, ...]]:
        with duckdb.connect(str(self.home / "warehouse.duckdb"), read_only=True) as connection:
            return connection.execute(query).fetchall()


@pytest.fixture(scope="module")
def moving(tmp_path_factory: pytest.TempPathFactory, run_in: Runner) -> Moving:
    moving = Moving(tmp_path_factory.mktemp("moving") / "data")
    with SampleMarket(FRIDAY, full=True) as market:
        for instant in (FRIDAY, MONDAY, SUNDAY):
            moving.run(market, instant, run_in)
    return moving


def test_every_run_publishes(moving: Moving) -> None:
    assert len({moving.releases[FRIDAY], moving.releases[MONDAY]}) == 2


def test_all_rows_of_a_run_are_observed_at_one_instant(moving: Moving) -> None:
    learned = moving.raw("select distinct date_trunc('minute', observed_at) from raw.responses order by 1")
    assert [instant for (instant,) in learned] == [at.replace(tzinfo=None) for at in (FRIDAY, SUNDAY, MONDAY)]
    per_run = "select count(distinct observed_at) from raw.responses group by date_trunc('minute', observed_at)"
    assert moving.raw(per_run) == [(1,), (1,), (1,)]
    assert moving.raw("select count(*) from raw.responses where fetched_at <= observed_at") == [(0,)]


def test_revisions_come_from_providers_alone(moving: Moving, rows_of: Rows) -> None:
    revised = rows_of(moving.home, "select distinct metric, previous_source, source from marts.fct_revisions")
    assert revised == []


def test_a_run_whose_clock_was_set_back_warns_and_changes_nothing_newer(moving: Moving, rows_of: Rows) -> None:
    printed = moving.output[SUNDAY]
    assert "this run's instant, 2025-05-11 06:00 UTC, lies before the newest figures of this home" in printed
    assert "lies before" not in moving.output[MONDAY]
    newest = rows_of(moving.home, "select max(trade_date), max(observed_at)::date from marts.fct_daily_metrics")
    assert newest == [((MONDAY - timedelta(days=1)).date(), MONDAY.date())]
    for file in (moving.releases[MONDAY], moving.releases[SUNDAY]):
        assert file.parent.name.startswith("20250512T0600")


TRADED = ("500000", 10, "2", "200000", "0")
"""Volume in dollars, trades, and what takers bought, of every bar."""


def klines(request: WireRequest) -> WireResponse:
    """Bars of a price that follows the calendar, up to this very moment, the running one included."""
    length = {"1d": 86_400_000, "1h": 3_600_000}[request.args["interval"]]
    first, last = int(request.args["startTime"]), int(request.args["endTime"])
    now = int(datetime.now(UTC).timestamp() * 1000)
    bars = []
    for opens in range(-(-first // length) * length, min(last, now) + 1, length):
        price = 100_000 + opens // 86_400_000 % 97
        bars.append([opens, *map(str, (price, price + 90, price - 90, price + 1, 5)), opens + length - 1, *TRADED])
    return WireResponse(json.dumps(bars[: int(request.args.get("limit", "500"))]))


def test_a_run_on_the_clock_of_the_machine_publishes_from_any_folder(
    tmp_path: Path, httpserver: HTTPServer, run_in: Runner, rows_of: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    httpserver.expect_request("/api/v3/klines").respond_with_handler(klines)
    home, folder = tmp_path / "data", tmp_path / "elsewhere"
    settings = {"BINANCE_BASE_URL": httpserver.url_for("").rstrip("/"), "WAREHOUSE_ASSETS": "BTC"}
    settings |= {"WAREHOUSE_NOW": "", "WAREHOUSE_CLOCK": ""}
    folder.mkdir()
    monkeypatch.chdir(folder)
    began = datetime.now(UTC)
    outcome = run_in(home, RunRequest(source="live", only=("binance",)), **settings)
    assert outcome.exit_code == 0, outcome
    ((newest, first_known_at),) = rows_of(home, "select max(trade_date), min(observed_at) from marts.fct_daily_metrics")
    assert newest == began.date() - timedelta(days=1)
    assert began.replace(microsecond=0, tzinfo=None) <= first_known_at <= datetime.now(UTC).replace(tzinfo=None)
    assert list(folder.iterdir()) == []
