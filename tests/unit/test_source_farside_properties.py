"""Properties of Farside's cells and columns: every figure is parsed, wherever a fund is inserted."""

from datetime import date
from decimal import Decimal

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from wire_bench import NOW, make_response

from orchestration.sources.farside import DATASETS, FLOW, TICKER, TOTAL, parse_flows
from orchestration.sources.shared.contract import Parsed, Request

(FLOWS,) = DATASETS
flows = st.decimals(min_value=-99_999, max_value=99_999, places=1)
cells = st.none() | flows
tickers = st.from_regex(TICKER, fullmatch=True).filter(lambda word: word != "ETH")
patient = settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
"""No deadline, because a busy machine is no failure."""
DAYS = ("30 Apr 2025", "01 May 2025", "02 May 2025")


def printed(flow: Decimal | None) -> str:
    if flow is None:
        return "-"
    return f"{flow:,.1f}" if flow >= 0 else f'<span class="redFont">({-flow:,.1f})</span>'


def table(funds: list[str], days: list[list[Decimal | None]]) -> Parsed:
    heads = "".join(f"<th><span>{word}</span></th>" for word in ("Date", *funds, TOTAL))
    rows = "".join(
        "<tr>" + "".join(f"<td><div><span>{cell}</span></div></td>" for cell in (day, *map(printed, line))) + "</tr>"
        for day, line in zip(DAYS, days, strict=True)
    )
    page = f'<table class="etf"><thead><tr>{heads}</tr></thead><tbody><tr>{rows}</tbody></table></table>' + " " * 6000
    return parse_flows(make_response(FLOWS, page.encode(), Request("/btc/", subject="BTC"), NOW))


def summed(line: list[Decimal | None]) -> list[Decimal | None]:
    return [*line, sum((flow for flow in line if flow is not None), Decimal(0))]


@st.composite
def pages(draw: st.DrawFn) -> tuple[list[str], list[list[Decimal | None]]]:
    funds = draw(st.lists(tickers, min_size=1, max_size=8, unique=True))
    line = st.lists(cells, min_size=len(funds), max_size=len(funds))
    return funds, [draw(line) for _ in DAYS]


@patient
@given(pages())
def test_every_flow_is_parsed_under_its_ticker(page: tuple[list[str], list[list[Decimal | None]]]) -> None:
    funds, days = page
    result = table(funds, [summed(line) for line in days])
    assert result.rejected == []
    assert len(result.rows) == len(DAYS) * (len(funds) + 1)
    found = {(row[1], row[2]): row[3] for row in result.rows}
    for number, line in enumerate(days):
        for ticker, flow in zip(funds, line, strict=True):
            cell = found[date(2025, 4, 30) if number == 0 else date(2025, 5, number), ticker]
            assert (cell == "-") == (flow is None)
            if flow is not None:
                assert Decimal(cell.strip("()").replace(",", "")) == abs(flow)
                assert cell.startswith("(") == (flow < 0)


@patient
@given(pages(), st.data())
def test_a_fund_inserted_anywhere_changes_no_other_fund(
    page: tuple[list[str], list[list[Decimal | None]]], data: st.DataObject
) -> None:
    funds, days = page
    newcomer = data.draw(tickers)
    assume(newcomer not in funds)
    at = data.draw(st.integers(0, len(funds)))
    before = table(funds, [summed(line) for line in days])
    inserted = [[*line[:at], data.draw(cells), *line[at:]] for line in days]
    after = table([*funds[:at], newcomer, *funds[at:]], [summed(line) for line in inserted])
    assert [row for row in after.rows if row[2] not in (newcomer, TOTAL)] == [
        row for row in before.rows if row[2] != TOTAL
    ]
    assert sum(row[2] == newcomer for row in after.rows) == len(DAYS)


@patient
@given(pages(), st.data())
def test_a_row_with_a_wrong_total_is_rejected_and_the_others_are_loaded(
    page: tuple[list[str], list[list[Decimal | None]]], data: st.DataObject
) -> None:
    funds, days = page
    lines = [summed(line) for line in days]
    wrong = data.draw(st.integers(0, len(DAYS) - 1))
    off = data.draw(flows.filter(bool))
    lines[wrong][-1] = (lines[wrong][-1] or Decimal(0)) + off
    result = table(funds, lines)
    assert [row.record.split(" | ")[0] for row in result.rejected] == [DAYS[wrong]]
    assert len({row[1] for row in result.rows}) == len(DAYS) - 1


@patient
@given(st.text(max_size=12))
def test_no_other_text_is_parsed_as_a_flow(text: str) -> None:
    match = FLOW.fullmatch(text)
    if match:
        assert text.startswith("(") == text.endswith(")")
        assert Decimal(match["figure"].replace(",", "")) >= 0
        assert text.strip("()").replace(",", "").replace(".", "").isdigit()
