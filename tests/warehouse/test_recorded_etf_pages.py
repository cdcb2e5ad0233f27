"""Three saved pages of Farside, taken in order through the loader and all models: sums, dashes, and what was known.

Beside them two mirrors, as saved in August 2026: Farside's ether table, laid out as a page again, and the totals of
SoSoValue, which counts by itself.

The pages are third-party and stay out of the repository. Two sessions are also given as the press and a public archive
saw them the night before the figures were complete.
"""

import csv
import gzip
import re
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import duckdb
import pytest

from orchestration.ingest.landing import Landing, StoredResponse
from orchestration.raw.load import load
from orchestration.sources.farside import parse_flows
from orchestration.sources.shared.contract import Parsed, Request
from orchestration.sources.shared.registry import dataset
from tests.recordings import RECORDED, needs_recordings
from tests.warehouse.conftest import Warehouse, build_warehouse
from tests.warehouse.farside_page import page as page_of
from tests.warehouse.raw_tables import add_nyse_sessions, add_versions

PAGES = {
    "2025-10-24": datetime(2025, 10, 24, 10, tzinfo=UTC),
    "2026-06-08": datetime(2026, 6, 8, 13, tzinfo=UTC),
    "2026-08-18": datetime(2026, 8, 18, 2, tzinfo=UTC),
}
"""When each page was saved, to the hour in which it can have looked like this."""
NOW = datetime(2026, 8, 18, 3)

pytestmark = [
    needs_recordings,
]


def page(day: str) -> bytes:
    return gzip.decompress((RECORDED / f"farside/bitcoin-etf-flow-all-data_{day}.html.gz").read_bytes())


def footer_totals(day: str) -> dict[str, Decimal]:
    """The row Total below the sessions, by the tickers in the page's header; read apart from the parser under test."""
    table = page(day).decode().split('class="etf"')[1].split("</table")[0]
    rows = [
        re.sub(r"<[^>]+>", " ", row).split()
        for row in re.findall(r"<tr bgcolor.*?</tr>|<tr style.*?</tr>", table, re.S)
    ]
    (heads,), (totals,) = [[row for row in rows if row[0] == first] for first in ("Date", "Total")]
    return {
        head: Decimal(cell.strip("()").replace(",", "")) * (-1 if "(" in cell else 1)
        for head, cell in zip(heads[1:], totals[1:], strict=True)
    }


def mirrored(name: str) -> list[dict[str, str]]:
    return list(csv.DictReader((RECORDED / "etf_mirrors" / name).read_text().splitlines()))


def ether_page() -> bytes:
    """The mirror's rows to 2026-08-17 in the shape of the page: no word over the totals, trusts with a footnote."""
    seed, *lines = mirrored("etf_eth.csv")
    funds = list(seed)[1:-1]
    days = {
        datetime.strptime(line["Date"], "%d %b %Y").date(): [
            Decimal(line[fund]) if line[fund] else None for fund in funds
        ]
        for line in lines
    }
    printed = [seed[fund] or {"ETHE": "9,199*", "ETH": "1,022*"}[fund] for fund in funds]
    kept = {day: flows for day, flows in days.items() if day <= date(2026, 8, 17)}
    return page_of(funds, kept, total_word="", seed=[*printed, "10,360.0"])


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    folder = tmp_path_factory.mktemp("recorded")
    flows = dataset("farside", "flows")

    def landed(day: str) -> StoredResponse:
        request = Request("/bitcoin-etf-flow-all-data/", subject="BTC")
        return Landing(folder / "landing").store(flows, request, "https://unused.invalid", 200, page(day), PAGES[day])

    def vintage(connection: duckdb.DuckDBPyConnection, day: date, seen: datetime, changes: dict[str, str]) -> None:
        """The sessions up to `day` as of `seen`, the last one with other cells than the saved page has."""
        saved = landed("2025-10-24" if day.year == 2025 else "2026-08-18").response
        parsed: Parsed = parse_flows(saved)
        add_versions(
            connection,
            "farside_flows",
            seen,
            (
                {"asset": asset, "date": of, "ticker": ticker, "cell": changes.get(ticker, cell) if of == day else cell}
                for asset, of, ticker, cell in parsed.rows
                if of <= day and (day - of).days < 30
            ),
        )

    def fill(connection: duckdb.DuckDBPyConnection) -> None:
        add_nyse_sessions(connection, date(2023, 1, 3), date(2026, 12, 31))
        early = {"ARKB": "-", "BRRR": "(25.2)", "Total": "(937.9)"}
        vintage(connection, date(2025, 2, 25), datetime(2025, 2, 26, 2), early)
        for day in ("2025-10-24", "2026-06-08"):
            load(connection, flows, [landed(day)], folder / "landing")
        vintage(connection, date(2026, 8, 12), datetime(2026, 8, 13, 5), {"FBTC": "0.0", "Total": "(14.3)"})
        load(connection, flows, [landed("2026-08-18")], folder / "landing")
        request = Request("/ethereum-etf-flow-all-data/", subject="ETH")
        ether = Landing(folder / "landing").store(
            flows, request, "https://unused.invalid", 200, ether_page(), PAGES["2026-08-18"]
        )
        assert load(connection, flows, [ether], folder / "landing").rejected == 0
        totals = [
            {"asset": line["asset"], "date": line["date"], "total_net_inflow": line["net_inflow_usd"]}
            for line in mirrored("sosovalue_bykaranteli_cc0/etf-flows_2026-08-08.csv")
        ]
        add_versions(connection, "sosovalue_inflow_chart", datetime(2026, 8, 8), totals)

    return build_warehouse(folder, fill, NOW)


def total(recorded: Warehouse, day: str, columns: str, known_at: str | None = None) -> tuple[Any, ...]:
    table = f"daily_etf_totals_as_of('{known_at}')" if known_at else "marts.fct_daily_etf_totals"
    return recorded.row(f"select {columns} from {table} where asset = 'BTC' and trade_date = '{day}'")


def test_cumulative_flows_equal_the_footers_of_the_page_fund_by_fund(recorded: Warehouse) -> None:
    footer = footer_totals("2025-10-24")
    computed = {
        ticker: usd / 1_000_000
        for ticker, usd in recorded.rows(
            "select fund_ticker, cumulative_net_flow_usd from daily_etf_flows_as_of('2025-10-24 12:00') "
            "where trade_date = '2025-10-23' and cumulative_net_flow_usd is not null"
        )
    }
    assert computed == {ticker: figure for ticker, figure in footer.items() if ticker != "Total"}
    columns = "cumulative_net_flow_usd / 1000000"
    assert total(recorded, "2025-10-23", columns, "2025-10-24 12:00") == (float(footer["Total"]),)


def test_every_settled_session_adds_up_to_its_printed_total(recorded: Warehouse) -> None:
    sessions, complete, off = recorded.row(
        "select count(*), count(net_flow_usd), count(*) filter (where abs(net_flow_usd - reported_total_usd) > 50000) "
        "from marts.fct_daily_etf_totals where asset = 'BTC' and trade_date < '2026-08-17'"
    )
    assert (sessions, complete, off) == (650, 650, 0)
    assert recorded.row(
        "select count(*) from marts.dim_dates where is_nyse_session and date between '2024-01-11' and '2026-08-14'"
    ) == (650,)


def test_a_row_of_dashes_has_no_total_and_is_not_final(recorded: Warehouse) -> None:
    columns = "net_flow_usd, source, is_final, funds_reported_count, reported_total_usd"
    assert total(recorded, "2026-06-08", columns, "2026-06-09 14:00") == (None, None, False, 0, 0)
    assert total(recorded, "2026-06-08", "net_flow_usd is not null, is_final") == (True, True)


def test_a_page_without_the_largest_fund_has_a_partial_sum_and_no_total(recorded: Warehouse) -> None:
    columns = "net_flow_usd, is_final, funds_reported_count, funds_expected_count, reported_total_usd"
    assert total(recorded, "2026-08-17", columns) == (None, False, 11, 12, 137_300_000)
    cell = recorded.row(
        "select state, net_flow_usd from marts.fct_daily_etf_flows "
        "where fund_ticker = 'IBIT' and trade_date = '2026-08-17'"
    )
    assert cell == ("pending", None)


def test_cells_that_stayed_a_dash_for_ever_hold_no_total_back(recorded: Warehouse) -> None:
    never = recorded.rows(
        "select trade_date, fund_ticker from marts.fct_daily_etf_flows where state = 'never_reported' order by all"
    )
    assert (date(2026, 7, 27), "BTCO") in never
    assert (date(2026, 8, 7), "EZBC") in never
    assert total(recorded, "2026-08-07", "net_flow_usd, is_final") == (101_700_000, True)


def test_the_night_of_the_largest_outflow_is_told_as_it_was_known(recorded: Warehouse) -> None:
    columns = "net_flow_usd, reported_total_usd, is_final"
    assert total(recorded, "2025-02-25", columns, "2025-02-26 03:00") == (None, -937_900_000, False)
    assert total(recorded, "2025-02-25", columns) == (-1_113_700_000, -1_113_700_000, True)


def test_a_provisional_zero_is_a_figure_until_it_is_revised(recorded: Warehouse) -> None:
    assert total(recorded, "2026-08-12", "net_flow_usd, is_final", "2026-08-13 06:00") == (-14_300_000, False)
    assert total(recorded, "2026-08-12", "net_flow_usd, is_final") == (-61_100_000, True)
    revisions = recorded.rows(
        "select trade_date, fund_ticker, revision_count from marts.fct_daily_etf_flows "
        "where revision_count > 0 order by all"
    )
    assert revisions == [(date(2025, 2, 25), "BRRR", 1), (date(2026, 8, 12), "FBTC", 1)]


def test_known_sessions(recorded: Warehouse) -> None:
    known = {"2024-01-11": "655.3", "2024-12-19": "-671.9", "2025-05-09": "334.5"}
    for day, figure in known.items():
        assert total(recorded, day, "net_flow_usd") == (Decimal(figure) * 1_000_000,)
    assert total(recorded, "2025-05-08", "cumulative_net_flow_usd") == (40_806_100_000,)


def test_weeks_and_months_of_the_press(recorded: Warehouse) -> None:
    periods = dict(
        recorded.rows(
            "select period || ' ' || period_start_date, net_flow_usd from marts.fct_etf_period_flows "
            "where asset = 'BTC' and scope = 'us_spot_etfs' and is_final"
        )
    )
    assert periods["week 2025-04-28"] == 1_805_100_000
    assert periods["month 2025-05-01"] == 5_245_200_000
    assert "week 2026-08-17" not in periods, "a week that has begun is not final"


def test_the_largest_outflow_was_a_record_when_it_came(recorded: Warehouse) -> None:
    columns = "is_record_outflow, outflow_rank, streak_direction, history_start_date"
    day = recorded.row(
        f"select {columns} from marts.fct_etf_session_stats where asset = 'BTC' and trade_date = '2025-02-25'"
    )
    assert day == (True, 1, "outflow", date(2024, 1, 11))


def test_ether_sessions_add_up_and_are_those_of_the_exchange(recorded: Warehouse) -> None:
    """Ten holidays stand in the table as rows of dashes and are no sessions."""
    sessions, complete = recorded.row(
        "select count(*), count(*) filter (where net_flow_usd = reported_total_usd and is_final) "
        "from marts.fct_daily_etf_totals where asset = 'ETH' and trade_date < '2026-08-17'"
    )
    exchange = "is_nyse_session and date between '2024-07-23' and '2026-08-14'"
    assert recorded.row(f"select count(*) from marts.dim_dates where {exchange}") == (sessions,)
    assert complete == sessions == 518


def test_ether_cells_that_were_never_filled_are_those_of_the_press(recorded: Warehouse) -> None:
    never = recorded.rows(
        "select trade_date::varchar, fund_ticker from marts.fct_daily_etf_flows "
        "where asset = 'ETH' and state = 'never_reported' and trade_date > '2024-11-01' order by all"
    )
    assert never == [
        ("2024-11-20", "ETH"),
        ("2026-01-21", "TETH"),
        ("2026-01-28", "ETHE"),
        ("2026-03-24", "ETHV"),
        ("2026-06-05", "ETHV"),
        ("2026-06-05", "FETH"),
        ("2026-07-27", "QETH"),
    ]


def test_ether_seed_money_is_no_flow(recorded: Warehouse) -> None:
    seeds = dict(recorded.rows("select fund_ticker, seed_usd / 1000000 from marts.fct_etf_seed_money"))
    assert (seeds["ETHA"], seeds["ETHB"], seeds["ETHE"]) == (10.6, 104.7, 9199)
    first = "select net_flow_usd from marts.fct_daily_etf_totals where asset = 'ETH' and trade_date = '2024-07-23'"
    assert recorded.row(first) == (106_600_000,)


def test_a_tally_of_its_own_agrees_on_305_sessions(recorded: Warehouse) -> None:
    """What the thresholds of the reconciliation stand on."""
    compared = "from marts.fct_etf_reconciliation where asset = 'BTC' and source = 'sosovalue'"
    sessions, within_1, within_5, widest = recorded.row(
        "select count(*), count(*) filter (where abs(gap_usd) <= 1000000), "
        f"count(*) filter (where abs(gap_usd) <= 5000000), max(abs(gap_usd)) {compared}"
    )
    assert (sessions, within_1, within_5) == (305, 272, 293)
    assert 30_600_000 < widest < 30_700_000
    assert recorded.rows(f"select verdict, count(*) {compared} group by all order by all") == [
        ("agrees", 295),
        ("differs", 7),
        ("near_launch", 3),
    ]
    assert recorded.rows("from marts.fct_etf_reconciliation where verdict = 'contradicts'") == []
