"""Farside's pages add to stored history and never remove from it; some pages are rejected."""

import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer
from wire_bench import WireBench, make_response

from orchestration.ingest.extract import extract
from orchestration.ingest.http import HttpClient
from orchestration.raw.load import load
from orchestration.raw.working_file import connect, prepare
from orchestration.sample.server import SampleMarket
from orchestration.sample.synthetic_flows import sol_flows
from orchestration.settings import Settings
from orchestration.sources.farside import DATASETS
from orchestration.sources.shared.contract import Request, SourceRejected
from orchestration.sources.shared.registry import symbols
from tests.warehouse.farside_page import FUNDS, history, page

(FLOWS,) = DATASETS
LAST = date(2025, 5, 2)
PAGE = page(FUNDS, history(LAST))


class Home:
    """One home that is shown page after page, each at an instant of its own."""

    def __init__(self, httpserver: HTTPServer, folder: Path, pages: str = "all-data") -> None:
        self._server, self._folder, self._pages = httpserver, folder, pages
        self.now = datetime(2025, 5, 3, 6, tzinfo=UTC)

    def shown(self, body: bytes, now: datetime | None = None) -> tuple[int, str, list[str]]:
        """How many versions a page adds, its message, and every rejection so far."""
        self.now = now or self.now + timedelta(hours=1)
        self._server.clear()
        self.bench = WireBench(self._server, self._folder, FLOWS, now=self.now, FARSIDE_PAGES=self._pages)
        extraction, loaded = self.bench.run(body)
        return loaded.rows_new, extraction.message or "", self.bench.rejection_reasons()


@pytest.fixture
def home(httpserver: HTTPServer, tmp_path: Path) -> Home:
    return Home(httpserver, tmp_path)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        pytest.param(page(FUNDS, history(LAST, 99)), "has 99 sessions, fewer than 100", id="under 100 rows"),
        *(
            pytest.param(
                page([fund for fund in FUNDS if fund != ticker] + ["NEWF"], history(LAST)),
                f"no column {ticker}",
                id=ticker,
            )
            for ticker in FUNDS
        ),
        pytest.param(page(FUNDS, {}), "has no dated row", id="an empty table"),
        pytest.param(PAGE[: len(PAGE) // 2].split(b"</table")[0], "the table is incomplete", id="a truncated page"),
    ],
)
def test_a_page_that_is_no_history_is_an_error_and_changes_nothing(home: Home, body: bytes, reason: str) -> None:
    home.shown(PAGE)
    before = home.bench.rows("asset, date, ticker, cell, observed_at")
    new, message, refusals = home.shown(body)
    assert new == 0
    assert reason in message
    assert [reason in refusal for refusal in refusals] == [True] * len(home.bench.paths)
    assert home.bench.rows("asset, date, ticker, cell, observed_at") == before


def test_a_page_that_ends_earlier_than_what_is_stored_is_an_older_copy(home: Home) -> None:
    """A cached copy from the day before would withdraw the newest figures: its last row is all dashes."""
    older = {**history(LAST - timedelta(days=1)), LAST: [None, None, None]}
    home.shown(PAGE)
    before = home.bench.rows("date, ticker, cell, observed_at")
    new, _, refusals = home.shown(page(FUNDS, older))
    assert (new, refusals) == (
        0,
        ["it ends with 2025-05-01, but 2025-05-02 is stored already: an older copy, not loaded"],
    )
    assert home.bench.rows("date, ticker, cell, observed_at") == before


def test_a_page_of_all_data_with_fewer_sessions_than_stored_is_incomplete(home: Home) -> None:
    home.shown(PAGE)
    days = history(LAST)
    del days[date(2025, 3, 3)]
    new, _, refusals = home.shown(page(FUNDS, days))
    assert (new, refusals) == (0, ["it has figures of 119 days, but 120 are stored already: incomplete, not loaded"])
    assert date(2025, 3, 3) in {day for (day,) in home.bench.rows("date")}


@pytest.mark.parametrize("ticker", FUNDS)
def test_a_recent_page_that_lost_a_column_is_rejected_with_the_name_of_the_fund(ticker: str) -> None:
    whole = page(FUNDS, history(LAST, 15)).decode()
    place = FUNDS.index(ticker) + 1
    lines = [
        re.sub(rf"((?:<t[dh]>.*?</t[dh]>){{{place}}})<t[dh]>.*?</t[dh]>", r"\1", line) for line in whole.split("\n")
    ]
    response = make_response(FLOWS, "\n".join(lines).encode(), Request("/btc/", subject="BTC"))
    with pytest.raises(SourceRejected, match=rf"no column .*\b{ticker}\b.* don't add up to their totals"):
        FLOWS.verify(response)


def test_a_misdated_row_that_is_withdrawn_makes_no_later_page_stale(home: Home) -> None:
    """A Saturday is no session: it does not count for how far a page reaches."""
    saturday = LAST + timedelta(days=1)
    home.shown(page(FUNDS, {**history(LAST), saturday: history(LAST)[LAST]}))
    assert saturday in {day for (day,) in home.bench.rows("date")}
    days = history(LAST)
    days[date(2025, 3, 3)][1] = Decimal("12.3")
    new, _, refusals = home.shown(page(FUNDS, days))
    assert (new, refusals) == (2, [])


def test_a_rejected_row_makes_no_page_shorter(home: Home) -> None:
    """One misprint must not withhold the night's other figures."""
    home.shown(PAGE)
    nights = page(FUNDS, history(date(2025, 5, 5), 121)).replace(
        b"<td><div><span>03 Mar 2025", b"<td><div><span>03 Mrz 2025"
    )
    new, _, refusals = home.shown(nights, datetime(2025, 5, 6, 6, tzinfo=UTC))
    assert new == 4
    assert refusals == ["'03 Mrz 2025' is no date such as '08 May 2025'"]


def test_a_wrong_sum_rejects_its_row_alone(home: Home) -> None:
    home.shown(PAGE)
    row_end = PAGE.index(b"</tr>", PAGE.index(b"03 Mar 2025"))
    total = PAGE.rindex(b"<span>", 0, row_end)
    new, _, refusals = home.shown(PAGE[:total] + b"<span>9,999.9</span></div></td>" + PAGE[row_end:])
    assert new == 0
    assert ["but the last cell is 9,999.9" in refusal for refusal in refusals] == [True]


def test_a_restated_cell_is_a_version_and_the_same_page_is_none(home: Home) -> None:
    home.shown(PAGE)
    days = history(LAST)
    assert home.shown(page(FUNDS, days))[0] == 0
    days[date(2025, 3, 3)][1] = Decimal("12.3")
    assert home.shown(page(FUNDS, days))[0] == 2, "the cell and the total"


def test_a_column_that_disappears_removes_no_history(home: Home) -> None:
    """DEFI was on the page and is gone: its history stays."""
    home.shown(page([*FUNDS, "DEFI"], history(LAST, funds=[*FUNDS, "DEFI"])))
    days = {day: flows[:3] for day, flows in history(LAST, funds=[*FUNDS, "DEFI"]).items()}
    home.shown(page(FUNDS, days))
    assert sum(ticker == "DEFI" for (ticker,) in home.bench.rows("ticker")) == 120


def test_the_recent_page_and_the_page_of_all_data_are_one_table(httpserver: HTTPServer, tmp_path: Path) -> None:
    """Rows that are on both are stored once, whichever comes first, and a window is no shorter history."""
    assert Home(httpserver, tmp_path).shown(PAGE)[0] == 480
    recent = Home(httpserver, tmp_path, "recent")
    recent.now += timedelta(days=1)
    assert recent.shown(page(FUNDS, history(LAST, 15))) == (0, "", [])
    longer = history(date(2025, 5, 5), 16)
    assert recent.shown(page(FUNDS, longer), datetime(2025, 5, 6, 6, tzinfo=UTC)) == (4, "", [])
    assert len({day for (day,) in recent.bench.rows("date")}) == 121


def test_reparsing_all_pages_at_once_rejects_the_same_copies(home: Home) -> None:
    """The batch of `warehouse reparse` has the same result as the nights one by one."""
    from orchestration.ingest.landing import Landing
    from orchestration.raw.load import forget

    home.shown(PAGE)
    home.shown(page(FUNDS, history(LAST - timedelta(days=1))))
    home.shown(page(FUNDS, history(date(2025, 5, 5), 121)), datetime(2025, 5, 6, 6, tzinfo=UTC))
    told = home.bench.rows("asset, date, ticker, cell, observed_at"), home.bench.rejection_reasons()
    folder = home._folder / "landing"
    with connect(home._folder / "warehouse.duckdb") as connection:
        forget(connection, [FLOWS])
        load(connection, FLOWS, list(Landing(folder).all("farside")), folder)
    assert (home.bench.rows("asset, date, ticker, cell, observed_at"), home.bench.rejection_reasons()) == told


def test_the_rolling_page_of_sol_adds_up_to_a_history_week_after_week(tmp_path: Path) -> None:
    """Six weeks of runs every other day: rows leave the page, funds join in the middle, nothing seen is lost."""
    shown: dict[tuple[str, str], str] = {}
    stored: set[tuple[str, str]] = set()
    sizes = []
    for day in range(0, 42, 2):
        now = datetime(2025, 11, 1, 14, tzinfo=UTC) + timedelta(days=day)
        with SampleMarket(now, full=True) as market:
            own = {"WAREHOUSE_HOME": str(tmp_path), "WAREHOUSE_ASSETS": "SOL"}
            settings = Settings.load(market.environment() | own)
            extraction = extract(FLOWS, settings, HttpClient(settings), symbols("farside"), now)
        with connect(settings.working_file) as connection:
            prepare(connection, [FLOWS])
            loaded = load(connection, FLOWS, extraction.responses, settings.landing)
            cells = connection.execute(
                "select date::varchar, ticker from raw.farside_flows where ticker != 'Total'"
            ).fetchall()
        assert (extraction.outcome, loaded.rejected) == ("complete", 0), extraction.message
        page_text = extraction.responses[0].response.body.decode()
        sizes.append(page_text.count('<td><span class="tabletext">') - 4)
        assert stored <= set(cells), "nothing leaves the store"
        stored = set(cells)
        shown |= {(line["trade_date"], line["fund_ticker"]): line["net_flow_musd"] for line in sol_flows(now)}
    assert max(sizes) == 12, "the page never shows more than twelve sessions"
    assert shown.keys() <= stored
    assert len({day for day, _ in stored}) == 32
