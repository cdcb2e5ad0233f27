"""Binance's archive of futures at the wire: headers, duplicate and unsorted lines, the days with files."""

import hashlib
import io
import re
import zipfile
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request as WireRequest
from werkzeug import Response as WireResponse

from orchestration.ingest.extract import extract
from orchestration.ingest.extraction import BACKFILLS_ONLY, Extraction
from orchestration.ingest.http import HttpClient
from orchestration.raw.batch import Loaded
from orchestration.raw.load import load
from orchestration.raw.working_file import connect, prepare
from orchestration.settings import Settings
from orchestration.sources.binance_archive_futures import VALID_AT
from orchestration.sources.shared.contract import Dataset, Slice, Window
from orchestration.sources.shared.registry import dataset, datasets, symbols
from tests.recordings import RECORDED, needs_recordings

NOW = datetime(2025, 5, 12, 6, tzinfo=UTC)
METRICS = dataset("binance_archive_futures", "metrics")
FUNDING = dataset("binance_archive_futures", "funding_rate")
EVENTS = dataset("binance_archive_coinm", "liquidation_snapshot")
RESPONSES = RECORDED / "responses" / "liquidations" / "binance_vision"
METRICS_HEADER = (
    "create_time,symbol,sum_open_interest,sum_open_interest_value,count_toptrader_long_short_ratio,"
    "sum_toptrader_long_short_ratio,count_long_short_ratio,sum_taker_long_short_vol_ratio"
)
EVENTS_HEADER = (
    "time,side,order_type,time_in_force,original_quantity,price,average_price,order_status,last_fill_quantity,"
    "accumulated_fill_quantity"
)
MAY_8 = Window.of_days(date(2025, 5, 8), date(2025, 5, 8))
OCTOBER_1 = Window.of_days(date(2024, 10, 1), date(2024, 10, 1))


def zipped(*lines: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("lines.csv", "\n".join(lines) + "\n")
    return buffer.getvalue()


class Archive:
    """Files by path, served with their checksums; everything else is 404. `digest` replaces every checksum."""

    def __init__(self, httpserver: HTTPServer, home: Path) -> None:
        self.files: dict[str, bytes] = {}
        self.replies: list[WireResponse] = []
        self.digest: str | None = None
        self.requested: list[str] = []
        url = httpserver.url_for("")
        self._variables = {"WAREHOUSE_HOME": str(home), "WAREHOUSE_ASSETS": "BTC", "BINANCE_ARCHIVE_BASE_URL": url}
        self.settings = Settings.load({**self._variables, "WAREHOUSE_NOW": NOW.isoformat()})
        httpserver.expect_request(re.compile("/.*")).respond_with_handler(self._reply)

    def run(self, found: Dataset, window: Window | None, now: datetime = NOW) -> tuple[Extraction, Loaded]:
        self.settings = Settings.load({**self._variables, "WAREHOUSE_NOW": now.isoformat()})
        client = HttpClient(self.settings, pause=lambda _: None)
        extraction = extract(found, self.settings, client, symbols(found.provider.name), now, window)
        with connect(self.settings.working_file) as connection:
            prepare(connection, [found])
            return extraction, load(connection, found, extraction.responses, self.settings.landing)

    def rows(self, query: str) -> list[tuple[object, ...]]:
        with connect(self.settings.working_file) as connection:
            return connection.execute(query).fetchall()

    def _reply(self, request: WireRequest) -> WireResponse:
        self.requested.append(request.path)
        if self.replies:
            return self.replies.pop(0)
        path = request.path.removesuffix(".CHECKSUM")
        if path not in self.files:
            return WireResponse("<Error><Code>NoSuchKey</Code></Error>", 404)
        if path == request.path:
            return WireResponse(self.files[path])
        digest = self.digest or hashlib.sha256(self.files[path]).hexdigest()
        return WireResponse(f"{digest}  {path.rpartition('/')[2]}\n")


@pytest.fixture
def archive(httpserver: HTTPServer, tmp_path: Path) -> Archive:
    return Archive(httpserver, tmp_path)


def metrics(day: str) -> str:
    return f"/data/futures/um/daily/metrics/BTCUSDT/BTCUSDT-metrics-{day}.zip"


def events(day: str) -> str:
    return f"/data/futures/cm/daily/liquidationSnapshot/BTCUSD_PERP/BTCUSD_PERP-liquidationSnapshot-{day}.zip"


def planned(found: Dataset, symbol: str, window: Window) -> list[str]:
    """The days or months whose checksums are requested."""
    requests = found.plan(Slice("BTC", symbol, window, NOW))
    return [re.findall(r"-([\d-]+)\.zip\.CHECKSUM$", request.path)[0] for request in requests]


def test_metrics_become_rows_in_any_order_without_duplicates(archive: Archive) -> None:
    """Lines are unsorted, duplicate or without ratios; times are UTC, and a number instead of one is rejected."""
    whole = "2025-05-08 00:10:00,BTCUSDT,76650.8170000000000000,8431092392.8673270000000000,2.05,1.91,1.87749490,0.97"
    bare = "2025-05-08 00:05:00,BTCUSDT,76643.191,8430743345.6809,,,,"
    numbered = "1746662700000,BTCUSDT,1,2,3,4,5,6"
    archive.files = {metrics("2025-05-08"): zipped(METRICS_HEADER, whole, bare, whole, numbered, whole + ",7", "short")}
    extraction, loaded = archive.run(METRICS, MAY_8)
    assert extraction.outcome == "complete", extraction.message
    assert (loaded.rows_new, loaded.rejected) == (2, 3)
    rows = archive.rows(
        "select symbol, create_time, sum_open_interest_value, count_long_short_ratio "
        f"from raw.{METRICS.table} order by create_time"
    )
    assert rows == [
        ("BTCUSDT", datetime(2025, 5, 8, 0, 5), Decimal("8430743345.6809"), None),
        ("BTCUSDT", datetime(2025, 5, 8, 0, 10), Decimal("8431092392.8673270"), Decimal("1.8774949")),
    ]


ABOUT_JUNE_25 = Window.of_days(date(2026, 6, 24), date(2026, 6, 26))
LABELS = {
    "2026-06-24": ["2026-06-24 00:05:00", "2026-06-24 23:55:00", "2026-06-25 00:00:00"],
    "2026-06-25": ["2026-06-25 00:00:00", "2026-06-25 23:50:00", "2026-06-25 23:55:00"],
    "2026-06-26": ["2026-06-26 00:00:00"],
}
"""First and last timestamps of the files around the first day that is stamped with the start of five minutes."""


def about_june_25() -> dict[str, bytes]:
    """Their files: the open interest is the line number, because nothing else distinguishes two equal timestamps."""
    numbers = iter(range(1, 9))
    return {
        metrics(day): zipped(METRICS_HEADER, *(f"{label},BTCUSDT,{next(numbers)},2,1,1,1,1" for label in labels))
        for day, labels in LABELS.items()
    }


@pytest.mark.parametrize("days", [[0, 1, 2], [2, 1, 0]], ids=["oldest day first", "newest day first"])
def test_a_timestamp_in_two_files_with_two_meanings_is_two_rows(archive: Archive, days: list[int]) -> None:
    """2026-06-25 00:00 ends the 24th in one file and begins the 25th in the next; both are loaded, as no revision."""
    archive.files = about_june_25()
    first = datetime(2026, 6, 24, tzinfo=UTC)
    for number in days:
        start = first + timedelta(days=number)
        archive.run(METRICS, Window(start, start + timedelta(days=1)), now=first + timedelta(days=6, minutes=number))
    instants = archive.rows(f"select {VALID_AT}, sum_open_interest::integer from raw.{METRICS.table} order by 1")
    assert instants == [
        (datetime(2026, 6, 24, 0, 5), 1),
        (datetime(2026, 6, 24, 23, 55), 2),
        (datetime(2026, 6, 25), 3),
        (datetime(2026, 6, 25, 0, 5), 4),
        (datetime(2026, 6, 25, 23, 55), 5),
        (datetime(2026, 6, 26), 6),
        (datetime(2026, 6, 26, 0, 5), 7),
    ]
    (until,) = archive.rows(f"select {METRICS.covers_until} from raw.{METRICS.table}")
    assert until == (datetime(2026, 6, 26, 0, 5),)
    assert archive.run(METRICS, ABOUT_JUNE_25, now=first + timedelta(days=7))[1].rows_new == 0


def test_rows_stored_without_a_file_date_get_that_of_their_file(archive: Archive) -> None:
    archive.files = about_june_25()
    now = datetime(2026, 6, 30, tzinfo=UTC)
    archive.run(METRICS, ABOUT_JUNE_25, now=now)
    before = archive.rows(f"from raw.{METRICS.table} order by all")
    archive.rows(f"alter table raw.{METRICS.table} drop column file_date")
    _, loaded = archive.run(METRICS, ABOUT_JUNE_25, now=now + timedelta(hours=1))
    assert loaded.rows_new == 0, "read again, nothing is added"
    columns = "symbol, file_date, create_time, columns(* exclude (symbol, file_date, create_time))"
    assert archive.rows(f"select {columns} from raw.{METRICS.table} order by all") == before


def test_a_file_without_a_header_has_the_same_rows(archive: Archive) -> None:
    line = "2025-05-08 00:05:00,BTCUSDT,1,2,1,1,1,1"
    archive.files = {metrics("2025-05-08"): zipped(line)}
    assert archive.run(METRICS, MAY_8)[1].rows_new == 1


def test_funding_is_a_fraction_with_its_interval(archive: Archive) -> None:
    path = "/data/futures/um/monthly/fundingRate/BTCUSDT/BTCUSDT-fundingRate-2025-04.zip"
    lines = (
        "calc_time,funding_interval_hours,last_funding_rate",
        "1743465600007,8,-0.00008191",
        "1743480000000,4,0.0001",
    )
    archive.files = {path: zipped(*lines)}
    _, loaded = archive.run(FUNDING, Window.of_days(date(2025, 4, 3), date(2025, 5, 8)))
    assert (loaded.rows_new, loaded.rejected) == (2, 0)
    assert archive.rows(f"from raw.{FUNDING.table} select #1, #2, #3, #4 order by 2") == [
        ("BTCUSDT", 1743465600007, 8, Decimal("-0.00008191")),
        ("BTCUSDT", 1743480000000, 4, Decimal("0.0001")),
    ]
    assert archive.requested == [f"{path}.CHECKSUM", path], "May is not over, so it has no file"


def test_every_event_is_listed_twice_and_counted_once(archive: Archive) -> None:
    lines = [
        "1727740869082,BUY,LIMIT,IOC,7,63661.4,63425.1,FILLED,7,7",
        "1727742058019,SELL,LIMIT,IOC,1,62779.5,63020.9,FILLED,1,1",
    ]
    archive.files = {events("2024-10-01"): zipped(EVENTS_HEADER, *(line for line in lines for _ in range(2)))}
    _, loaded = archive.run(EVENTS, OCTOBER_1)
    assert (loaded.rows_new, loaded.rejected) == (2, 0)
    assert archive.run(EVENTS, OCTOBER_1)[1].rows_new == 0, "read again, nothing is added"
    assert archive.rows(f"select symbol, side, accumulated_fill_quantity from raw.{EVENTS.table} order by time") == [
        ("BTCUSD_PERP", "BUY", 7),
        ("BTCUSD_PERP", "SELL", 1),
    ]


@needs_recordings
def test_the_recorded_beginning_of_a_file_has_every_line_twice(archive: Archive) -> None:
    (file,) = RESPONSES.glob("*.csv")
    lines = file.read_text().split("\n")
    archive.files = {events("2024-10-01"): zipped(*[line for line in lines if line])}
    _, loaded = archive.run(EVENTS, OCTOBER_1)
    assert (loaded.rows_new, loaded.rejected) == (len({line for line in lines[1:] if line}), 0)
    assert 2 * loaded.rows_new == len([line for line in lines[1:] if line])


def test_a_day_of_events_is_covered_by_its_file_and_not_by_a_404(archive: Archive) -> None:
    archive.files = {events("2024-10-01"): zipped(EVENTS_HEADER)}
    extraction, _ = archive.run(EVENTS, Window.of_days(date(2024, 10, 1), date(2024, 10, 2)))
    assert extraction.outcome == "complete"
    covered = archive.rows("select covered_from, covered_until from raw.responses where covered_from is not null")
    assert covered == [(datetime(2024, 10, 1), datetime(2024, 10, 2))]


@pytest.mark.parametrize(
    "faulty",
    [b"", b"<html>maintenance</html>", zipped("a,b")[:-30]],
    # A zip contains its creation time, which must not be part of a test id.
    ids=["empty", "web page", "cut short"],
)
def test_a_body_that_is_no_file_of_events_covers_no_day(archive: Archive, faulty: bytes) -> None:
    archive.files = {events("2024-10-01"): faulty}
    _, loaded = archive.run(EVENTS, OCTOBER_1)
    assert (loaded.rows_new, loaded.rejected) == (0, 1)
    assert archive.rows("select covered_from from raw.responses where covered_from is not null") == []


def test_only_existing_files_are_requested() -> None:
    everything = Window(datetime(2019, 1, 1, tzinfo=UTC), NOW)
    days = planned(METRICS, "BTCUSDT", everything)
    assert (days[0], days[-1]) == ("2020-09-01", "2025-05-10"), "a day's file appears during the day after"
    days = planned(EVENTS, "BTCUSD_PERP", everything)
    assert (days[0], days[-1], len(days)) == ("2023-06-25", "2024-10-14", 478)
    months = planned(FUNDING, "BTCUSDT", everything)
    assert (months[0], months[-1]) == ("2019-09", "2025-04")
    assert planned(EVENTS, "BTCUSD_PERP", MAY_8) == []


def test_removed_liquidation_files_are_not_requested() -> None:
    window = Window(datetime(2023, 6, 1, tzinfo=UTC), NOW)
    archived = [found for found in datasets() if found.provider.url_variable == "BINANCE_ARCHIVE_BASE_URL"]
    paths = [
        request.path
        for found in archived
        for request in found.plan(Slice("BTC", symbols(found.provider.name)["BTC"], window, NOW))
    ]
    assert not [path for path in paths if "/um/" in path and "liquidationSnapshot" in path]


@pytest.mark.parametrize("found", [METRICS, FUNDING, EVENTS], ids=lambda found: found.table)
def test_it_is_requested_in_backfills_only(archive: Archive, found: Dataset) -> None:
    extraction, _ = archive.run(found, None)
    assert (extraction.outcome, extraction.message, archive.requested) == ("skipped", BACKFILLS_ONLY, [])


def test_a_file_with_another_checksum_fails_and_adds_no_row(archive: Archive) -> None:
    archive.files = {metrics("2025-05-08"): zipped(METRICS_HEADER, "2025-05-08 00:05:00,BTCUSDT,1,2,1,1,1,1")}
    archive.digest = "0" * 64
    extraction, loaded = archive.run(METRICS, MAY_8)
    assert extraction.outcome == "partial"
    assert "has the checksum" in str(extraction.message)
    assert (loaded.rows_new, loaded.rejected) == (0, 1)


def test_a_429_is_retried_and_another_4xx_is_not(archive: Archive) -> None:
    archive.files = {metrics("2025-05-08"): zipped(METRICS_HEADER, "2025-05-08 00:05:00,BTCUSDT,1,2,1,1,1,1")}
    archive.replies = [WireResponse("", 429, {"Retry-After": "0"})]
    extraction, loaded = archive.run(METRICS, MAY_8)
    assert (extraction.outcome, loaded.rows_new, len(archive.requested)) == ("complete", 1, 3)
    archive.replies, archive.requested = [WireResponse("", 410)], []
    extraction, _ = archive.run(METRICS, MAY_8)
    assert (extraction.outcome, len(archive.requested)) == ("failed", 1)
