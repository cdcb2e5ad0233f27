"""Tables as people read them: no cut word, whole figures, at any width; files and pipes get every row and column."""

import os
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestration.report.query_result import QueryResult, to_csv, to_markdown
from orchestration.report.readable_figures import Kind, is_rounded, kind_of, readable_column, readable_figure
from orchestration.report.terminal import DEFAULT_WIDTH, Terminal
from orchestration.report.terminal_table import MAX_ROWS, UPRIGHT_ROWS, terminal_table
from orchestration.report.wrapping import wrapped

SENTENCE = "Bitcoin reached 104,000 dollars, the highest since 31 January, on every venue of the warehouse"
WORDS = st.lists(st.text(alphabet="abc", min_size=1, max_size=12), min_size=1, max_size=30)


def on_screen(width: int) -> Terminal:
    return Terminal(width=width, is_interactive=True)


def table(columns: list[str], *rows: tuple[Any, ...], width: int = 80) -> list[str]:
    return terminal_table(QueryResult(columns, rows), on_screen(width)).splitlines()


@pytest.mark.parametrize(
    ("value", "kind", "text"),
    [
        (Decimal("40806100000.0000000"), Kind.money, "40.81 bn"),
        (Decimal("-117400000"), Kind.money, "-117.4 mn"),
        (3276802834596.34, Kind.money, "3.277 tn"),
        (999_990_000, Kind.money, "1.000 bn"),
        (Decimal("103261.60000000"), Kind.money, "103,261.60"),
        (Decimal("0.00001234"), Kind.money, "0.00001234"),
        (0.0642, Kind.percentage, "6.42 %"),
        (-0.0066, Kind.percentage, "-0.66 %"),
        (0.0000707, Kind.percentage, "0.00707 %"),
        (1.85, Kind.number, "1.85"),
        (2025, Kind.number, "2025"),
        (145_872, Kind.number, "145,872"),
        (-0.0, Kind.number, "0"),
        (float("nan"), Kind.money, "nan"),
        (None, Kind.money, "–"),
    ],
)
def test_a_figure_is_written_for_people(value: float, kind: Kind, text: str) -> None:
    assert readable_figure(value, kind) == text


def test_the_kind_of_a_figure_is_the_unit_in_its_name() -> None:
    assert kind_of("net_flow_usd") is Kind.money
    assert kind_of("return_ratio") is Kind.percentage
    assert kind_of("long_short_account_ratio") is Kind.number, "longs over shorts are no share"
    assert kind_of("row_count") is Kind.number


def test_a_long_table_takes_the_unit_of_each_row() -> None:
    lines = table(["metric", "value"], ("price_usd", 104145.76), ("price_return_ratio", 0.0642), ("etf_flow_usd", 4e10))
    assert [line.split(maxsplit=1)[1] for line in lines[1:4]] == ["104,145.76", "6.42 %", "40.00 bn"]


def test_dates_and_instants_are_short() -> None:
    instants = [datetime(2025, 5, 12, 6), None, datetime(2025, 5, 12, 6, tzinfo=UTC)]
    assert readable_column(instants, [Kind.number] * 3) == ["2025-05-12 06:00", "–", "2025-05-12 06:00+00:00"]
    assert readable_column([datetime(2025, 5, 12, 6, 0, 1)], [Kind.number]) == ["2025-05-12 06:00:01"]
    assert readable_column([date(2025, 5, 12)], [Kind.number]) == ["2025-05-12"]


@given(st.floats(allow_nan=False, allow_infinity=False, width=32), st.sampled_from(Kind))
def test_a_rounded_figure_is_near_and_named_as_such(value: float, kind: Kind) -> None:
    text = readable_figure(value, kind)
    number, _, unit = text.partition(" ")
    scale = {"": 1.0, "%": 0.01, "mn": 1e6, "bn": 1e9, "tn": 1e12}[unit]
    # Four digits, and two places of a percentage.
    places = 6e-5 if kind is Kind.percentage else 0
    assert float(number.replace(",", "")) * scale == pytest.approx(value, rel=6e-4, abs=places)
    assert is_rounded(value, text) or float(number.replace(",", "")) * scale == pytest.approx(value, rel=2e-6)


@pytest.mark.parametrize("width", [80, 120])
def test_texts_wrap_and_no_word_is_cut(width: int) -> None:
    columns = ["trade_date", "cumulative_net_flow_usd", "claim_text", "source"]
    lines = table(columns, *[(date(2025, 5, 8), Decimal("40806100000"), SENTENCE, "farside")] * 3, width=width)
    assert max(map(len, lines)) <= width
    assert set(SENTENCE.split()) <= set(" ".join(lines).split())
    assert "40.81 bn" in "\n".join(lines)
    assert lines[-1].startswith("3 rows")


@given(WORDS, st.integers(min_value=12, max_value=60))
def test_wrapped_lines_fit_and_keep_every_word(words: list[str], width: int) -> None:
    lines = wrapped(" ".join(words), width)
    assert max(map(len, lines)) <= width
    assert " ".join(lines).split() == words


def test_a_word_longer_than_a_line_breaks_behind_its_parts() -> None:
    assert wrapped("etf_cumulative_net_flow_usd", 16) == ["etf_cumulative_", "net_flow_usd"]
    assert wrapped("a\n\nb", 9) == ["a", "", "b"]
    assert "".join(wrapped("x" * 50, 12)) == "x" * 50


def test_names_of_columns_break_rather_than_columns_are_left_out() -> None:
    names = ["funding_rate_annual_ratio", "liquidations_per_open_interest_ratio", "long_liquidation_share_ratio"]
    lines = table(names, (0.1, 0.2, 0.3), (0.2, 0.3, 0.4), width=50)
    assert max(map(len, lines)) <= 50
    assert lines[-1] == "2 rows"


def test_few_rows_that_do_not_fit_stand_side_by_side() -> None:
    columns = [f"figure_{n}_usd" for n in range(12)]
    lines = table(columns, *[tuple(Decimal(10**n) for n in range(12))] * 2)
    assert lines[7] == "figure_7_usd   10.00 mn  10.00 mn"
    assert len(lines) == 12 + 1


def test_few_rows_with_long_texts_become_lists_of_their_columns() -> None:
    columns = ["claim_text", *(f"figure_{n}_usd" for n in range(12))]
    lines = table(columns, *[(SENTENCE, *(Decimal(10**n) for n in range(12)))] * 2)
    assert max(map(len, lines)) <= 80
    assert lines[9] == "figure_7_usd   10.00 mn"
    assert lines[14] == "", "a blank line between two rows"
    assert len(lines) == 2 * 14 + 1 + 1


def test_of_many_rows_the_first_columns_are_shown_and_the_others_counted() -> None:
    columns = [f"figure_{n}_usd" for n in range(12)]
    lines = table(columns, *[tuple(Decimal("123456.25") for _ in range(12))] * (UPRIGHT_ROWS + 1))
    assert max(map(len, lines)) <= 80
    assert lines[-1] == f"{UPRIGHT_ROWS + 1} rows: 6 of 12 columns fit; --format csv has everything"


def test_a_pipe_gets_every_row_and_column() -> None:
    columns = [f"figure_{n}_usd" for n in range(40)]
    rows = [tuple(Decimal("123456.25") for _ in range(40))] * (MAX_ROWS + 1)
    lines = terminal_table(QueryResult(columns, rows), Terminal(width=80)).splitlines()
    assert lines[1].split() == ["123,456.25"] * 40
    assert lines[-1] == f"{MAX_ROWS + 1} rows"


def test_a_terminal_shows_the_first_rows() -> None:
    lines = table(["n"], *[(n,) for n in range(MAX_ROWS + 1)])
    assert lines[-1] == f"{MAX_ROWS + 1} rows: the first {MAX_ROWS} are shown; --format csv has everything"


def test_rounding_is_said_and_exact_formats_do_not_round() -> None:
    result = QueryResult(["total_usd"], [(Decimal("3276802834596.34"),)])
    assert (
        terminal_table(result, on_screen(80)).splitlines()[-1]
        == "1 row: figures are rounded; --format csv has everything"
    )
    assert to_csv(result).splitlines()[1] == "3276802834596.34"
    assert "3,276,802,834,596.34" in to_markdown(result)


def test_an_empty_result_has_its_columns() -> None:
    assert table(["asset", "close_usd"]) == ["asset  close_usd", "0 rows"]


@pytest.mark.parametrize(
    ("no_color", "term", "styled"), [("", "xterm", True), ("1", "xterm", False), ("", "dumb", False)]
)
def test_styles_are_for_terminals_that_want_them(
    monkeypatch: pytest.MonkeyPatch, no_color: str, term: str, styled: bool
) -> None:
    monkeypatch.setenv("NO_COLOR", no_color)
    monkeypatch.setenv("TERM", term)
    monkeypatch.setenv("COLUMNS", "90")
    reader, writer = os.openpty()
    with os.fdopen(writer, "w") as stream:
        terminal = Terminal.of(stream)
    os.close(reader)
    assert (terminal.width, terminal.is_interactive, terminal.has_styles) == (90, True, styled)
    assert ("\x1b" in terminal.styled("failed", "bold red")) is styled


def test_without_a_terminal_the_width_is_constant(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    with open(os.devnull, "w") as stream:
        assert Terminal.of(stream) == Terminal(width=DEFAULT_WIDTH)
