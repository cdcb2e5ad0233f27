"""TradingView's chart exports: the symbol from the file's name, days in both formats."""

import os
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from wire_bench import NOW, fixture, make_response

from orchestration.ingest.extract import extract
from orchestration.ingest.extraction import Extraction
from orchestration.ingest.http import HttpClient
from orchestration.raw.load import load
from orchestration.raw.working_file import connect, prepare
from orchestration.settings import Settings
from orchestration.sources.shared.contract import Parsed, Request, Slice, SourceRejected, Window
from orchestration.sources.shared.registry import symbols
from orchestration.sources.tradingview import DATASETS, parse_bars

(BARS,) = DATASETS
NAME = "CRYPTOCAP_TOTAL2, 1D.csv"
EXPORT = fixture(f"tradingview/{NAME}").decode()
MAY_1 = "2025-05-01,1000000000000,1010000000000,990000000000,1005000000000,90000000000.123456"


def parsed(export: str | bytes, name: str = NAME, now: datetime = NOW) -> Parsed:
    body = export if isinstance(export, bytes) else export.encode()
    return parse_bars(make_response(BARS, body, Request(name), now))


def test_closed_days_become_rows_and_the_symbol_comes_from_the_name() -> None:
    result = parsed(EXPORT)
    assert result.rows[0] == (
        "CRYPTOCAP:TOTAL2",
        "2025-05-01",
        *(Decimal(price) for price in ("1000000000000", "1010000000000", "990000000000", "1005000000000")),
        Decimal("90000000000.123456"),
    )
    assert [row[1] for row in result.rows] == ["2025-05-01", "2025-05-02", "2025-05-03"], "4 May is running"
    assert result.rows[2][6] is None, "a study without a value is no volume of 0"
    assert result.rejected == []


def test_a_file_in_the_imports_folder_reaches_the_raw_table(tmp_path: Path) -> None:
    imports = tmp_path / "imports"
    imports.mkdir()
    (imports / NAME).write_text(EXPORT)
    (imports / "notes.csv").write_text("mine")
    settings = Settings.load({"WAREHOUSE_HOME": str(tmp_path), "WAREHOUSE_NOW": NOW.isoformat()})
    extraction = extract(BARS, settings, HttpClient(settings), symbols("tradingview"), NOW)
    with connect(settings.working_file) as connection:
        prepare(connection, [BARS])
        loaded = load(connection, BARS, extraction.responses, settings.landing)
        rows = connection.execute(
            "select symbol, time, close, volume from raw.tradingview_bars_1d order by time"
        ).fetchall()
    assert (extraction.outcome, loaded.rows_new, loaded.rejected) == ("complete", 3, 0)
    assert rows[0] == ("CRYPTOCAP:TOTAL2", "2025-05-01", Decimal("1005000000000"), Decimal("90000000000.123456"))


def imported(home: Path, **exports: tuple[str, datetime]) -> tuple[Extraction, list[tuple[str, Decimal]]]:
    """The outcome and the closes by day of one run with these files: what follows the name's stem, text and date."""
    imports = home / "imports"
    imports.mkdir()
    for suffix, (export, written_at) in exports.items():
        file = imports / f"CRYPTOCAP_TOTAL2, 1D{suffix}.csv"
        file.write_text(export)
        os.utime(file, (written_at.timestamp(), written_at.timestamp()))
    settings = Settings.load({"WAREHOUSE_HOME": str(home), "WAREHOUSE_NOW": NOW.isoformat()})
    extraction = extract(BARS, settings, HttpClient(settings), symbols("tradingview"), NOW)
    with connect(settings.working_file) as connection:
        prepare(connection, [BARS])
        load(connection, BARS, extraction.responses, settings.landing)
        return extraction, connection.execute(
            "select time, close from raw.tradingview_bars_1d order by time"
        ).fetchall()


@pytest.mark.parametrize("later", [" (1)", ""])
def test_of_two_exports_the_later_one_counts_whatever_their_names(tmp_path: Path, later: str) -> None:
    """TradingView recomputes past days; a browser adds ' (1)' to a second download, or it replaces an older one."""
    earlier = {" (1)": "", "": " (1)"}[later]
    restated = EXPORT.replace("1005000000000", "1004000000000")
    files = {later: (restated, NOW), earlier: (EXPORT, NOW - timedelta(days=1, hours=1))}
    _, closes = imported(tmp_path, **files)
    assert closes[0] == ("2025-05-01", 1_004_000_000_000)


def test_a_file_whose_date_was_lost_is_named_with_its_date() -> None:
    """An archive or an image that keeps no dates: whether a day was over when the file was written is not known."""
    rejected = parsed(EXPORT, now=datetime(1980, 1, 1, tzinfo=UTC)).rejected
    reason = "time lies in the future of the file, which was written at 1980-01-01 00:00 UTC"
    assert {record.reason for record in rejected} == {reason}


def test_a_file_with_a_name_that_is_not_utf_8_is_named_and_costs_no_other(tmp_path: Path) -> None:
    odd = os.fsdecode("_fr\xfcher".encode("latin-1"))
    extraction, closes = imported(tmp_path, **{odd: (EXPORT, NOW), "": (EXPORT, NOW)})
    assert len(closes) == 3
    assert extraction.outcome == "partial"
    assert extraction.message == (
        f"{tmp_path}/imports/CRYPTOCAP_TOTAL2, 1D_fr\\xfcher.csv has a name that is not in UTF-8: rename it"
    )


def test_a_share_of_the_market_is_in_percent() -> None:
    """BTC.D beside TOTAL2: a capitalisation is no share."""
    export = "time,open,high,low,close\n2025-05-01,64,64.5,63.25,64.125\n2025-05-02,64,6400,63,64"
    result = parsed(export, name="CRYPTOCAP_BTC.D, 1D.csv")
    assert [row[:2] for row in result.rows] == [("CRYPTOCAP:BTC.D", "2025-05-01")]
    assert [record.reason for record in result.rejected] == ["CRYPTOCAP:BTC.D is 6400, no share in percent"]


def test_nothing_is_requested() -> None:
    assert list(BARS.plan(Slice("ALL", "", Window(NOW.replace(day=1), NOW), NOW))) == []


@pytest.mark.parametrize(
    "written",
    ["1746057600", "2025-05-01", "2025-05-01T00:00:00Z", "2025-05-01T02:00:00+02:00"],
)
def test_every_way_to_write_a_day_gives_the_same_row(written: str) -> None:
    assert parsed(EXPORT.replace("2025-05-01", written)).rows == parsed(EXPORT).rows


def test_a_chart_without_volume_and_with_windows_line_ends_is_read() -> None:
    bare = "\ufeff" + "\r\n".join(line.rsplit(",", 1)[0] for line in EXPORT.splitlines()) + "\r\n"
    result = parsed(bare)
    assert [row[:6] for row in result.rows] == [row[:6] for row in parsed(EXPORT).rows]
    assert {row[6] for row in result.rows} == {None}


@pytest.mark.parametrize(
    ("name", "symbol"),
    [
        ("CRYPTOCAP_TOTAL2, 1D.csv", "CRYPTOCAP:TOTAL2"),
        ("CRYPTOCAP_TOTAL2, 1D (1).csv", "CRYPTOCAP:TOTAL2"),
        ("CRYPTOCAP_TOTAL3, 1D_3f2a9.csv", "CRYPTOCAP:TOTAL3"),
    ],
)
def test_names_of_second_downloads_are_valid(name: str, symbol: str) -> None:
    assert {row[0] for row in parsed(EXPORT, name).rows} == {symbol}


def test_a_file_of_another_name_or_content_is_rejected_with_the_next_step() -> None:
    with pytest.raises(SourceRejected, match="is not named as TradingView names an export"):
        parsed(EXPORT, "CRYPTOCAP_TOTAL2, 1W.csv")
    for content in ("", "<html>login</html>", "date,close\n2025-05-01,1", EXPORT.encode("utf-16")):
        with pytest.raises(SourceRejected, match="export the chart again as CSV"):
            parsed(content)


def test_studies_on_the_chart_are_reported_once_and_the_rows_are_kept() -> None:
    header, *lines = EXPORT.splitlines()
    result = parsed("\n".join([f"{header},RSI,MA", *(f"{line},50.1,NaN" for line in lines)]))
    assert result.rows == parsed(EXPORT).rows
    assert [row.reason for row in result.rejected] == ["unknown column ma, rsi: not loaded; the rows were kept"]


def test_repeated_and_unsorted_lines_are_one_row_each() -> None:
    header, *lines = EXPORT.splitlines()
    assert parsed("\n".join([header, *reversed(lines), lines[0]])).rows == parsed(EXPORT).rows


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("2025-05-01,1000000000000,1010000", "the line has 3 values where the header has 6"),
        ("1746057600000,1,1,1,1,1", "milliseconds; seconds"),
        ("2025-05-01T16:00:00Z,1,1,1,1,1", "set the chart to UTC"),
        ("01.05.2025,1,1,1,1,1", "neither an ISO date nor seconds"),
        ("2026-05-01,1,1,1,1,1", "in the future"),
        ("2025-05-01,NaN,1,1,1,1", "open is NaN, not a finite number"),
        ("2025-05-01,,1,1,1,1", "open is '', not a number"),
        ("2025-05-01,1,1,1,1,much", "volume is 'much', not a number"),
    ],
)
def test_a_malformed_line_is_rejected_with_its_reason(line: str, reason: str) -> None:
    result = parsed(EXPORT.replace(MAY_1, line))
    assert [row[1] for row in result.rows] == ["2025-05-02", "2025-05-03"]
    assert [reason in row.reason for row in result.rejected] == [True]


def test_a_day_is_closed_when_the_file_was_read_after_it() -> None:
    assert len(parsed(EXPORT, now=datetime(2025, 5, 5, tzinfo=UTC)).rows) == 4
