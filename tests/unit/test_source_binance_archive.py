"""Binance's archive at the wire: checksums, units, missing and reissued files, and the same bars as the API."""

import hashlib
import io
import json
import re
import zipfile
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request as WireRequest
from werkzeug import Response as WireResponse
from wire_bench import make_response

from orchestration.ingest.extract import extract
from orchestration.ingest.extraction import BACKFILLS_ONLY, Extraction
from orchestration.ingest.http import HttpClient
from orchestration.ingest.landing import Landing
from orchestration.raw.batch import Loaded
from orchestration.raw.load import forget, load
from orchestration.raw.working_file import archived_until, connect, prepare, record_attempt
from orchestration.settings import Settings
from orchestration.sources import binance
from orchestration.sources.binance_archive import DATASETS, plan_files
from orchestration.sources.shared.contract import Dataset, Request, Slice, SourceRejected, SourceUnavailable, Window
from orchestration.sources.shared.registry import symbols
from tests.recordings import RECORDED, needs_recordings

DAILY, HOURLY = DATASETS
NOW = datetime(2025, 5, 12, 6, tzinfo=UTC)
FOLDER = "/data/spot/monthly/klines/BTCUSDT/1d/BTCUSDT-1d-"
RESPONSES = RECORDED / "binance"
FROM_DECEMBER = Window.of_days(date(2024, 12, 1), date(2025, 1, 31))


def line(day: datetime, close: str = "96000", unit: int = 1_000) -> str:
    opens = int(day.timestamp()) * unit
    return f"{opens},95000.1,97000,94000,{close},10.5,{opens + 86_400 * unit - 1},1000000.25,7,5,500000,0"


def zipped(*lines: str, name: str = "bars.csv") -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, "\n".join(lines) + "\n")
    return buffer.getvalue()


DECEMBER = zipped(line(datetime(2024, 12, 2, tzinfo=UTC)), line(datetime(2024, 12, 1, tzinfo=UTC)))
JANUARY = zipped(*(line(datetime(2025, 1, day, tzinfo=UTC), unit=1_000_000) for day in (1, 2)))


class Archive:
    """Files by path, served with their checksums; everything else is 404. `wrong` are paths with a wrong checksum."""

    def __init__(self, httpserver: HTTPServer, home: Path) -> None:
        self.files: dict[str, bytes] = {}
        self.wrong: set[str] = set()
        self.requested: list[str] = []
        url = httpserver.url_for("")
        self.settings = Settings.load(
            {"WAREHOUSE_HOME": str(home), "WAREHOUSE_ASSETS": "BTC", "WAREHOUSE_NOW": NOW.isoformat()}
            | {"BINANCE_ARCHIVE_BASE_URL": url, "BINANCE_BASE_URL": url}
        )
        httpserver.expect_request(re.compile("/.*")).respond_with_handler(self._reply)

    def run(self, dataset: Dataset = DAILY, window: Window | None = FROM_DECEMBER) -> tuple[Extraction, Loaded]:
        names = symbols(dataset.provider.name)
        client = HttpClient(self.settings, pause=lambda _: None)
        extraction = extract(dataset, self.settings, client, names, NOW, window)
        with connect(self.settings.working_file) as connection:
            prepare(connection, [dataset])
            loaded = load(connection, dataset, extraction.responses, self.settings.landing)
            record_attempt(connection, dataset, NOW, extraction.outcome, extraction.message)
        return extraction, loaded

    def rows(self, query: str) -> list[tuple[object, ...]]:
        with connect(self.settings.working_file) as connection:
            return connection.execute(query).fetchall()

    def _reply(self, request: WireRequest) -> WireResponse:
        self.requested.append(request.path)
        path = request.path.removesuffix(".CHECKSUM")
        if path not in self.files:
            return WireResponse("<Error><Code>NoSuchKey</Code></Error>", 404)
        if path == request.path:
            return WireResponse(self.files[path])
        digest = hashlib.sha256(b"other" if path in self.wrong else self.files[path]).hexdigest()
        return WireResponse(f"{digest}  {path.rpartition('/')[2]}\n")


@pytest.fixture
def archive(httpserver: HTTPServer, tmp_path: Path) -> Archive:
    return Archive(httpserver, tmp_path)


def test_milliseconds_and_microseconds_are_the_same_days_and_order_does_not_matter(archive: Archive) -> None:
    archive.files = {f"{FOLDER}2024-12.zip": DECEMBER, f"{FOLDER}2025-01.zip": JANUARY}
    extraction, loaded = archive.run()
    assert (extraction.outcome, extraction.message) == ("complete", None)
    assert (loaded.rows_new, loaded.rejected, loaded.empty_responses) == (4, 0, ())
    rows = archive.rows("select symbol, open_time, close, trade_count from raw.binance_archive_klines_1d order by 2")
    assert [(row[0], row[1]) for row in rows] == [
        ("BTCUSDT", 1733011200000),
        ("BTCUSDT", 1733097600000),
        ("BTCUSDT", 1735689600000000),
        ("BTCUSDT", 1735776000000000),
    ]
    file = f"{FOLDER}2024-12.zip"
    assert archive.requested.index(f"{file}.CHECKSUM") < archive.requested.index(file), "the checksum comes first"


def test_only_the_header_is_skipped(archive: Archive) -> None:
    header = "open_time,open,high,low,close,volume,close_time,quote_volume,count,taker_buy_volume,tbqv,ignore"
    day = line(datetime(2024, 12, 1, tzinfo=UTC))
    broken = line(datetime(2024, 12, 2, tzinfo=UTC)).replace("95000.1", "much")
    short, long = "1733184000000,1,2", f"{line(datetime(2024, 12, 4, tzinfo=UTC))},13"
    archive.files = {f"{FOLDER}2024-12.zip": zipped(header, day, broken, short, long)}
    _, loaded = archive.run()
    assert (loaded.rows_new, loaded.rejected) == (1, 3)
    (reasons,) = archive.rows("select count(distinct record) from raw.rejected_records")
    assert reasons == (3,)


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r", "\n\n"])
def test_each_line_has_its_own_response_however_lines_end(archive: Archive, line_end: str) -> None:
    days = [line(datetime(2024, 12, day, tzinfo=UTC)) for day in (1, 2, 3)]
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        file.writestr("bars.csv", line_end.join(days))
    archive.files = {f"{FOLDER}2024-12.zip": buffer.getvalue(), f"{FOLDER}2025-01.zip": JANUARY}
    _, loaded = archive.run()
    assert (loaded.rows_new, loaded.rejected) == (5, 0)
    found = archive.rows(f"""
        select window_start, count(*), min(open_time) from raw.{DAILY.table} join raw.responses using (response_id)
        group by all order by all
    """)
    assert found == [
        (datetime(2024, 12, 1), 3, 1733011200000),
        (datetime(2025, 1, 1), 2, 1735689600000000),
    ]


@pytest.mark.parametrize("text", [b"\xff\xfe,1,2", b"1733097600000,1,\xff,2", b"1" + b",1" * 20])
def test_a_file_that_is_no_csv_is_rejected_and_the_others_are_loaded(archive: Archive, text: bytes) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        file.writestr("bars.csv", line(datetime(2024, 12, 1, tzinfo=UTC)).encode() + b"\n" + text + b"\n")
    archive.files = {f"{FOLDER}2024-12.zip": buffer.getvalue(), f"{FOLDER}2025-01.zip": JANUARY}
    _, loaded = archive.run()
    assert (loaded.rows_new, loaded.rejected) == (2, 1)
    ((reason,),) = archive.rows("select reason from raw.rejected_records")
    assert "the file in the zip is no CSV of 12 columns" in str(reason)


def test_a_missing_file_is_no_failure(archive: Archive) -> None:
    archive.files = {f"{FOLDER}2025-01.zip": JANUARY}
    extraction, loaded = archive.run()
    assert (extraction.outcome, loaded.rows_new) == ("complete", 2)


def test_a_file_that_does_not_match_its_checksum_is_not_loaded(archive: Archive) -> None:
    archive.files = {f"{FOLDER}2024-12.zip": DECEMBER, f"{FOLDER}2025-01.zip": JANUARY}
    archive.wrong = {f"{FOLDER}2024-12.zip"}
    extraction, loaded = archive.run()
    assert extraction.outcome == "partial"
    assert "BTCUSDT-1d-2024-12.zip has the checksum" in str(extraction.message)
    assert (loaded.rows_new, loaded.rejected) == (2, 1), "only January"
    with connect(archive.settings.working_file) as connection:
        landing = Landing(archive.settings.landing)
        forget(connection, [DAILY])
        loaded = load(connection, DAILY, list(landing.all("binance_archive", "klines_1d")), archive.settings.landing)
    assert (loaded.rows_new, loaded.rejected) == (2, 1), "nor is it loaded from the landing folder"


def test_a_file_with_a_corrected_checksum_is_loaded(archive: Archive) -> None:
    archive.files = {f"{FOLDER}2024-12.zip": DECEMBER}
    archive.wrong = {f"{FOLDER}2024-12.zip"}
    archive.run()
    archive.wrong = set()
    extraction, loaded = archive.run()
    assert (extraction.outcome, loaded.rows_new, loaded.rejected) == ("complete", 2, 0)
    assert archive.rows("from raw.rejected_records") == []


def test_a_malformed_checksum_is_a_changed_format(archive: Archive) -> None:
    requested = Request(f"{FOLDER}2024-12.zip.CHECKSUM", subject="BTC")
    with pytest.raises(SourceRejected, match="contains no checksum"):
        DAILY.verify(make_response(DAILY, b"<html>", requested))
    with pytest.raises(SourceUnavailable, match="reissued"):
        DAILY.verify(make_response(DAILY, b"cut", Request(f"{FOLDER}2024-12.zip", subject="BTC", sha256="0" * 64)))


def test_a_file_is_fetched_once_until_it_is_reissued(archive: Archive) -> None:
    file = f"{FOLDER}2024-12.zip"
    archive.files = {file: DECEMBER}
    archive.run()
    _, again = archive.run()
    assert (archive.requested.count(file), again.rows_new) == (1, 0)
    first, second = datetime(2024, 12, 1, tzinfo=UTC), datetime(2024, 12, 2, tzinfo=UTC)
    archive.files = {file: zipped(line(first), line(second, close="96001"))}
    archive.settings = archive.settings.model_copy(update={"fixed_now": NOW + timedelta(hours=1)})
    _, restated = archive.run()
    assert (archive.requested.count(file), restated.rows_new) == (2, 1), "the one bar that changed is a new version"


def test_a_body_that_is_no_zip_is_recorded_and_the_others_are_loaded(archive: Archive) -> None:
    archive.files = {f"{FOLDER}2024-12.zip": b"not a zip at all", f"{FOLDER}2025-01.zip": JANUARY}
    _, loaded = archive.run()
    assert (loaded.rows_new, loaded.rejected) == (2, 1)
    ((reason,),) = archive.rows("select reason from raw.rejected_records")
    assert "no zip of one file" in str(reason)


def planned(window: Window, now: datetime = NOW) -> list[str]:
    """The requested months and days."""
    requests = plan_files("1d")(Slice("BTC", "BTCUSDT", window, now))
    return [request.path.rpartition("1d-")[2].removesuffix(".zip.CHECKSUM") for request in requests]


def test_months_are_fetched_whole_and_the_newest_days_by_the_day() -> None:
    window = Window(datetime(2025, 3, 30, tzinfo=UTC), NOW)
    days = [f"2025-05-{day:02}" for day in range(1, 11)]
    assert planned(window) == ["2025-03", "2025-04", *days], "11 May is requested from the API"


def test_a_month_is_fetched_by_the_day_until_its_file_appears() -> None:
    window = Window.of_days(date(2025, 4, 29), date(2025, 4, 30))
    assert planned(window, datetime(2025, 5, 5, 23, tzinfo=UTC)) == ["2025-04-29", "2025-04-30"]
    assert planned(window, datetime(2025, 5, 6, 0, tzinfo=UTC)) == ["2025-04"]


def test_the_archive_is_requested_in_backfills_only(archive: Archive) -> None:
    extraction, _ = archive.run(window=None)
    assert (extraction.outcome, extraction.message, archive.requested) == ("skipped", BACKFILLS_ONLY, [])


def test_the_api_is_requested_from_the_end_of_the_archive(archive: Archive) -> None:
    archive.files = {f"{FOLDER}2024-12.zip": DECEMBER, f"{FOLDER}2025-01.zip": JANUARY}
    archive.run()
    with connect(archive.settings.working_file) as connection:
        until = archived_until(connection, ("binance_archive", "klines_1d"))
        assert until == {"BTC": datetime(2025, 2, 1, tzinfo=UTC)}
        record_attempt(connection, DAILY, NOW, "partial", "something failed")
        assert archived_until(connection, ("binance_archive", "klines_1d")) == {}


def test_a_gap_in_the_archive_ends_its_coverage(archive: Archive) -> None:
    archive.files = {f"{FOLDER}2024-12.zip": DECEMBER, f"{FOLDER}2025-02.zip": JANUARY}
    archive.run(window=Window.of_days(date(2024, 12, 1), date(2025, 3, 31)))
    with connect(archive.settings.working_file) as connection:
        until = archived_until(connection, ("binance_archive", "klines_1d"))
    assert until == {"BTC": datetime(2025, 1, 1, tzinfo=UTC)}


def recorded_months() -> Iterator[tuple[str, list[str]]]:
    for file in sorted(RESPONSES.glob("BTCUSDT-1h-*.csv")):
        yield file.stem.removeprefix("BTCUSDT-1h-"), file.read_text().splitlines()


def as_pages(lines: list[str]) -> Callable[[WireRequest], WireResponse]:
    """The same bars as a page of the API: at most a thousand, in milliseconds."""
    bars = []
    for text in lines:
        values = text.split(",")
        unit = 1_000 if len(values[0]) > 13 else 1
        opens, closes = int(values[0]) // unit, (int(values[6]) + 1) // unit - 1 if unit > 1 else int(values[6])
        bars.append([opens, *values[1:6], closes, values[7], int(values[8]), *values[9:11], "0"])

    def reply(request: WireRequest) -> WireResponse:
        first, last = int(request.args["startTime"]), int(request.args["endTime"])
        return WireResponse(json.dumps([bar for bar in bars if first <= int(bar[0]) <= last][:1000]))

    return reply


@needs_recordings
def test_recorded_months_load_to_the_same_bars_as_the_api(archive: Archive, httpserver: HTTPServer) -> None:
    months = dict(recorded_months())
    folder = "/data/spot/monthly/klines/BTCUSDT/1h/BTCUSDT-1h-"
    archive.files = {f"{folder}{month}.zip": zipped(*lines) for month, lines in months.items()}
    window = Window.of_days(date(2024, 11, 1), date(2025, 4, 30))
    _, from_files = archive.run(HOURLY, window)
    httpserver.clear()
    every_line = [text for lines in months.values() for text in lines]
    httpserver.expect_request("/api/v3/klines").respond_with_handler(as_pages(every_line))
    by_pages = next(dataset for dataset in binance.DATASETS if dataset.name == "klines_1h")
    _, from_pages = archive.run(by_pages, window)
    assert from_files.rejected == from_pages.rejected == 0
    daily = """
        select make_timestamp(if(open_time > 1e14, open_time, open_time * 1000))::date as day, count(*),
            min_by(open, open_time), max(high), min(low), max_by(close, open_time), sum(volume), sum(quote_volume)
        from raw.{} where day < '2025-05-01' group by all order by day
    """
    files, pages = archive.rows(daily.format(HOURLY.table)), archive.rows(daily.format(by_pages.table))
    assert len(files) == 181
    assert files == pages
