"""Farside's pages at the wire: columns by their heads, rows whose sum is checked, and other pages."""

import re
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer
from wire_bench import FIRST_DAYS, NOW, WireBench, fixture, make_response

from orchestration.sample.faults import CHALLENGE
from orchestration.sources.farside import DATASETS, PROVIDER, parse_flows, plan_flows
from orchestration.sources.shared.contract import Parsed, Request, Slice, SourceRejected, SourceUnavailable

(FLOWS,) = DATASETS
RECENT = fixture("farside/btc_recent.html").decode()
ALL_DATA = fixture("farside/eth_all_data.html").decode()
MAY_1, MAY_2, MAY_3 = date(2025, 5, 1), date(2025, 5, 2), date(2025, 5, 3)


@pytest.fixture
def bench(httpserver: HTTPServer, tmp_path: Path) -> WireBench:
    return WireBench(httpserver, tmp_path, FLOWS, FARSIDE_PAGES="recent")


def parsed(page: str, asset: str = "BTC", now: datetime = NOW) -> Parsed:
    return parse_flows(make_response(FLOWS, page.encode(), Request("/btc/", subject=asset), now))


def row(*cells: str) -> str:
    """A row of the table as HTML."""
    date_cell = f'<td><span class="tabletext">{cells[0]}</span></td>'
    others = (f'<td><div align="right"><span class="tabletext">{cell}</span></div></td>' for cell in cells[1:])
    return f"<tr>{date_cell}{''.join(others)}</tr>"


def with_row(*cells: str) -> str:
    """The recent page with one more row before its footer."""
    before, footer = RECENT.split('<tr style="background-color: #eaeffa', 1)
    return f'{before}{row(*cells)}\n<tr style="background-color: #eaeffa{footer}'


def with_cell(old: str, new: str) -> str:
    assert RECENT.count(f">{old}<") == 1
    return RECENT.replace(f">{old}<", f">{new}<")


def test_every_printed_cell_is_a_row_and_the_total_is_one_of_them(bench: WireBench) -> None:
    bench.run(RECENT.encode())
    assert bench.rows("asset, date, ticker, cell") == [
        ("BTC", MAY_1, "BTC", "-"),
        ("BTC", MAY_1, "GBTC", "(1,216.5)"),
        ("BTC", MAY_1, "IBIT", "1,351.4"),
        ("BTC", MAY_1, "Total", "134.9"),
        ("BTC", MAY_2, "BTC", "0.0"),
        ("BTC", MAY_2, "GBTC", "(4.2)"),
        ("BTC", MAY_2, "IBIT", "674.9"),
        ("BTC", MAY_2, "Total", "670.7"),
        ("BTC", MAY_3, "BTC", "-"),
        ("BTC", MAY_3, "GBTC", "-"),
        ("BTC", MAY_3, "IBIT", "-"),
        ("BTC", MAY_3, "Total", "0.0"),
    ]
    assert bench.rejection_reasons() == [], "footers and fees are no rejected records"


def test_four_header_rows_a_seed_row_and_an_unnamed_total_are_parsed() -> None:
    result = parsed(ALL_DATA, asset="ETH")
    assert [row for row in result.rows if not row[2].startswith("Seed ")] == [
        ("ETH", date(2024, 7, 23), "ETH", "15.1"),
        ("ETH", date(2024, 7, 23), "ETHA", "266.5"),
        ("ETH", date(2024, 7, 23), "ETHE", "(484.1)"),
        ("ETH", date(2024, 7, 23), "Total", "(202.5)"),
        ("ETH", date(2024, 7, 24), "ETH", "45.9"),
        ("ETH", date(2024, 7, 24), "ETHA", "17.4"),
        ("ETH", date(2024, 7, 24), "ETHE", "(326.9)"),
        ("ETH", date(2024, 7, 24), "Total", "(263.6)"),
    ]
    assert result.rejected == []


def test_seed_money_is_kept_apart_from_flows_with_its_footnote_mark() -> None:
    """It has no date, so it is stored under that of the first session."""
    launch = date(2024, 7, 23)
    assert [row for row in parsed(ALL_DATA, asset="ETH").rows if row[2].startswith("Seed ")] == [
        ("ETH", launch, "Seed ETH", "1,022*"),
        ("ETH", launch, "Seed ETHA", "10.6"),
        ("ETH", launch, "Seed ETHE", "9,199*"),
        ("ETH", launch, "Seed Total", "10,255.0"),
    ]
    faulty = parsed(ALL_DATA.replace("9,199*", "9,199**x"), asset="ETH")
    assert not [row for row in faulty.rows if row[2].startswith("Seed ")]
    assert ["'9,199**x' is neither" in row.reason for row in faulty.rejected] == [True]


def test_a_single_header_row_is_parsed() -> None:
    one_row = re.sub(
        r'<tr bgcolor="#eaeffa">\s*<th>.{0,40}</span></th>\s*<th>.{0,60}<img.*?</tr>', "", RECENT, flags=re.S
    )
    one_row = re.sub(r'<tr bgcolor="#eaeffa">\s*<th><span class="tabletext">Fee.*?</tr>', "", one_row, flags=re.S)
    assert one_row.count("<tr bgcolor") == 1
    assert parsed(one_row).rows == parsed(RECENT).rows


def test_columns_are_read_by_their_heads_wherever_a_new_fund_is() -> None:
    """A fund inserted in the middle shifts no other column and is loaded although it is unknown."""
    heads = re.sub(r"(IBIT</span></div></th>)", r"\1<th><span>NEWF</span></th>", RECENT)
    heads = re.sub(r'(one\.png"></span></div></th>)', r"\1<th></th>", heads)
    cells = heads.replace(">1,351.4</span></div></td>", ">1,351.4</span></div></td><td>10.0</td>").replace(
        "134.9", "144.9"
    )
    result = parsed(cells)
    assert {row[2]: row[3] for row in result.rows if row[1] == MAY_1} == {
        "IBIT": "1,351.4",
        "NEWF": "10.0",
        "GBTC": "(1,216.5)",
        "BTC": "-",
        "Total": "144.9",
    }
    assert len(result.rejected) == 2, "the other two days of this page lack the column"


@pytest.mark.parametrize(
    ("page", "reason"),
    [
        (with_cell("674.9", "675.9"), "the funds add up to 671.7, but the last cell is 670.7"),
        (with_cell("670.7", "-"), "but the last cell is -"),
        (with_cell("674.9", "n/a"), "the cell 'n/a' is neither a figure"),
        (with_cell("674.9", ""), "the cell '' is neither"),
        (with_cell("674.9", "(674.9"), "the cell '(674.9' is neither"),
        (with_cell("674.9", "-674.9"), "the cell '-674.9' is neither"),
        (with_cell("674.9", "67,4.9"), "the cell '67,4.9' is neither"),
        (with_cell("674.9", "NaN"), "the cell 'NaN' is neither"),
        (with_cell("674.9", "674,900,000.0"), "the cell '674,900,000.0' is no flow of a day in millions"),
        (with_cell("674.9", "674.9*"), "the cell '674.9*' is neither"),
        (with_cell("674.9", "−674.9"), "the cell '−674.9' is neither"),
        (with_cell("02 May 2025", "02 Mai 2025"), "'02 Mai 2025' is no date"),
        (with_cell("02 May 2025", "31 Apr 2025"), "'31 Apr 2025' is no date"),
        (with_cell("02 May 2025", "02/05/2025"), "'02/05/2025' is no date"),
        (with_cell("02 May 2025", "02 May 2026"), "in the future"),
        (with_cell("02 May 2025", "10 Jan 2024"), "before the launch on 2024-01-11"),
    ],
)
def test_a_day_that_fails_a_check_is_rejected_as_a_whole_with_its_reason(page: str, reason: str) -> None:
    result = parsed(page)
    assert {row[1] for row in result.rows} == {MAY_1, MAY_3}
    assert [reason in row.reason for row in result.rejected] == [True]
    assert " | " in result.rejected[0].record


def test_a_row_with_a_malformed_date_above_the_first_date_is_rejected() -> None:
    page = RECENT.replace("01 May 2025", "2025-05-01", 1)
    assert page != RECENT
    assert [row.reason for row in parsed(page).rejected] == ["'2025-05-01' is no date such as '08 May 2025'"]


def test_a_row_of_another_width_is_rejected() -> None:
    result = parsed(with_row("04 May 2025", "1.0", "2.0", "3.0"))
    assert [row.reason for row in result.rejected] == [
        "the row has 4 cells, but the header has a date, 3 funds and a total"
    ]


def test_rounding_of_the_total_is_allowed() -> None:
    assert parsed(with_cell("670.7", "670.75")).rejected == []
    assert len(parsed(with_cell("670.7", "670.8")).rejected) == 1


def test_a_repeated_row_is_rejected_and_stored_once() -> None:
    result = parsed(with_row("02 May 2025", "674.9", "(4.2)", "0.0", "670.7"))
    assert result.rows == parsed(RECENT).rows
    assert [row.reason for row in result.rejected] == ["02 May 2025 is on the page twice"]


def test_two_contradictory_rows_are_both_rejected() -> None:
    result = parsed(with_row("02 May 2025", "100.0", "0.0", "0.0", "100.0"))
    assert {row[1] for row in result.rows} == {MAY_1, MAY_3}
    assert len(result.rejected) == 2


def test_rows_come_out_by_date_whatever_their_order_on_the_page() -> None:
    result = parsed(with_row("30 Apr 2025", "1.0", "2.0", "-", "3.0"))
    assert [row[1] for row in result.rows] == sorted(row[1] for row in result.rows)


def test_no_row_of_tickers_and_two_of_them_are_a_changed_layout() -> None:
    with pytest.raises(SourceRejected, match="the header has 0 rows of tickers"):
        parsed(RECENT.replace("GBTC", "G-BTC"))
    doubled = RECENT.replace("</thead>", "<tr><th></th><th>AAA</th><th>BBB</th><th>CCC</th><th></th></tr></thead>")
    with pytest.raises(SourceRejected, match="the header has 2 rows of tickers"):
        parsed(doubled)
    with pytest.raises(SourceRejected, match="a ticker has two columns"):
        parsed(RECENT.replace("GBTC", "IBIT"))


def test_a_table_without_days_is_a_changed_layout() -> None:
    with pytest.raises(SourceRejected, match="no dated row"):
        parsed(re.sub(r"\d\d May 2025", "soon", RECENT))


def test_a_bot_check_is_transient_and_a_page_without_the_table_is_permanent() -> None:
    with pytest.raises(SourceUnavailable, match="a bot check came instead of the page"):
        parsed(CHALLENGE.decode())
    with pytest.raises(SourceUnavailable, match="a bot check came"):
        parsed("<html>short</html>")
    without_table = RECENT.replace('class="etf"', 'class="flows"') + " " * 6000
    with pytest.raises(SourceRejected, match=r"no table\.etf; the layout has changed"):
        parsed(without_table)


def test_a_truncated_table_is_not_taken_for_a_short_one() -> None:
    with pytest.raises(SourceUnavailable, match="the table is incomplete"):
        parsed(RECENT[: RECENT.index("03 May 2025")])


def test_the_option_selects_the_pages() -> None:
    def page(symbol: str, pages: str) -> str:
        (request,) = plan_flows(Slice(symbol.upper(), symbol, FIRST_DAYS, NOW, {"FARSIDE_PAGES": pages}))
        assert request.subject == symbol.upper()
        return request.path

    assert PROVIDER.options == {"FARSIDE_PAGES": "all-data"}
    assert page("btc", "all-data") == "/bitcoin-etf-flow-all-data/"
    assert page("eth", "all-data") == "/ethereum-etf-flow-all-data/"
    assert page("btc", "recent") == "/btc/"
    with pytest.raises(SourceRejected, match="set it to all-data or recent"):
        page("btc", "some")


def test_an_asset_is_requested_from_the_launch_of_its_first_fund_on() -> None:
    def requested(now: datetime) -> list[str]:
        return [request.path for request in plan_flows(Slice("SOL", "sol", FIRST_DAYS, now, PROVIDER.options))]

    assert requested(datetime(2025, 10, 27, 23, tzinfo=UTC)) == []
    assert requested(datetime(2025, 10, 28, tzinfo=UTC)) == ["/sol/"], "there is no page of all data for SOL"


def test_a_cell_that_is_reported_later_becomes_a_second_version(httpserver: HTTPServer, tmp_path: Path) -> None:
    WireBench(httpserver, tmp_path, FLOWS, FARSIDE_PAGES="recent").run(RECENT.encode())
    filled = RECENT.replace(
        re.search(r'<td><span class="tabletext">03 May 2025.*?</tr>', RECENT, flags=re.S)[0],  # type: ignore[index]
        row("03 May 2025", "12.5", "(2.5)", "-", "10.0").removeprefix("<tr>"),
    )
    httpserver.clear()
    later = WireBench(httpserver, tmp_path, FLOWS, now=datetime(2025, 5, 4, 9, tzinfo=UTC), FARSIDE_PAGES="recent")
    _, loaded = later.run(filled.encode())
    assert loaded.rows_new == 3, "IBIT, GBTC and the total; the dash of BTC has not changed"
    cells = later.rows("ticker, cell, observed_at")
    assert [cell for ticker, cell, _ in sorted(cells[-7:], key=str) if ticker == "IBIT"] == ["-", "12.5"]


def test_navigation_a_stray_row_and_a_doubled_end_are_ignored() -> None:
    """The page's first table is its menu; here it even has a date and figures."""
    menu = '<table class="thead"><tr><td>01 May 2025</td><td>1.0</td><td>2.0</td><td>3.0</td><td>6.0</td></tr></table>'
    assert RECENT.count("<table") > 1
    assert "</table>\n</table>" in RECENT
    assert re.search(r"<tbody>\s*<tr>\s*<tr", RECENT)
    result = parsed(RECENT.replace('<table class="etf"', menu + '<table class="etf"'))
    assert (result.rows, result.rejected) == (parsed(RECENT).rows, [])


@pytest.mark.parametrize(
    "footers",
    [
        pytest.param([], id="gone"),
        pytest.param([("Total", "63,279")] * 2, id="twice"),
        pytest.param([("Total", "1"), ("Minimum", "1,373.8"), ("Maximum", "-"), ("Average", "n/a")], id="wrong"),
    ],
)
def test_missing_and_wrong_footers_are_ignored(footers: list[tuple[str, str]]) -> None:
    without = re.sub(r'<tr style="background-color: #eaeffa.*?</tr>', "", RECENT, flags=re.S)
    assert "Average" not in without
    page = without.replace("</tbody>", "".join(row(label, *[figure] * 4) for label, figure in footers) + "</tbody>")
    result = parsed(page)
    assert (result.rows, result.rejected) == (parsed(RECENT).rows, [])


def test_the_page_of_hyperliquid_has_the_same_layout_and_exists_from_its_launch_on() -> None:
    def requested(day: int) -> list[str]:
        now = datetime(2026, 5, day, tzinfo=UTC)
        return [request.path for request in plan_flows(Slice("HYPE", "hyp", FIRST_DAYS, now, PROVIDER.options))]

    assert (requested(11), requested(12)) == ([], ["/hyp/"])
    page = RECENT.replace("May 2025", "Jun 2026")
    for bitcoin, hyperliquid in (("IBIT", "THYP"), ("GBTC", "BHYP"), ("BTC", "HYPG")):
        page = page.replace(f">{bitcoin}<", f">{hyperliquid}<")
    rows = parsed(page, "HYPE", datetime(2026, 6, 4, 6, tzinfo=UTC)).rows
    assert {(row[0], row[2]) for row in rows} == {("HYPE", fund) for fund in ("THYP", "BHYP", "HYPG", "Total")}
