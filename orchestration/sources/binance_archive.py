"""Binance's archive of spot klines: one zipped CSV file per symbol and month or day, since 2017.

`/data/spot/monthly/klines/{symbol}/{interval}/{symbol}-{interval}-{YYYY-MM}.zip`, the same under `daily` with a day,
and a `.CHECKSUM` for each (`<sha256>  <name>`). No key.
Documentation: https://github.com/binance/binance-public-data
A day's file appears the day after, a month's on the first Monday of the next month. A file that does not exist is a
404, as are the months before a listing. The twelve columns are those of the API; spot files have no header (futures
have one since 2022). Timestamps are milliseconds before 2025-01-01 and microseconds since. Old files may be unsorted,
and some are reissued with another checksum, so the checksum is requested first and the file must match it.

The archive is for backfills; the newest days are in the API.
"""

import hashlib
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

from orchestration.sources.binance import COLUMNS, FIGURES, FIRST_BAR, MICROSECONDS_FROM
from orchestration.sources.shared.contract import (
    CHECKSUM,
    Dataset,
    Request,
    Response,
    Slice,
    SourceRejected,
    SourceUnavailable,
    Window,
    ZippedCsv,
)
from orchestration.sources.shared.figures import DAY, HOUR, Bar, Timestamp
from orchestration.sources.shared.parsing import describe_request
from orchestration.sources.shared.provider import Provider, Rate

PUBLISHED_AFTER = 2 * DAY
"""A day's file appears the day after; the newest one that surely exists is of the day before yesterday."""

PROVIDER = Provider(
    name="binance_archive",
    title="Binance's archive of spot market data",
    default_url="https://data.binance.vision",
    licence="Binance's terms of use apply; no right to redistribute the data is granted.",
    limitations="Spot pairs in USDT since 2017-08-17; hours of maintenance have no bar; fetched with `--start` only.",
    rate=Rate(20, 1),
)


def plan_files(interval: str) -> Callable[[Slice], Iterator[Request]]:
    """Requests for the checksums of all files that overlap the window, oldest first: months, then the days since."""

    def plan(wanted: Slice) -> Iterator[Request]:
        month = wanted.window.start.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        while month < wanted.window.end:
            next_month = (month + timedelta(days=32)).replace(day=1)
            if published_at(next_month) <= wanted.now:
                yield _checksum(wanted, interval, "monthly", f"{month:%Y-%m}")
            else:
                for day in Window(max(month, wanted.window.start), min(next_month, wanted.window.end)).split(DAY):
                    if day.start + PUBLISHED_AFTER <= wanted.now:
                        yield _checksum(wanted, interval, "daily", f"{day.start:%Y-%m-%d}")
            month = next_month

    return plan


def published_at(next_month: datetime) -> datetime:
    """When the file of the month before `next_month` surely exists: the day after its first Monday."""
    return next_month + timedelta(days=(7 - next_month.weekday()) % 7 + 1)


def _checksum(wanted: Slice, interval: str, period: str, timestamp: str) -> Request:
    path = f"/data/spot/{period}/klines/{wanted.symbol}/{interval}/{wanted.symbol}-{interval}-{timestamp}.zip"
    file = Request(path, subject=wanted.subject)
    return Request(f"{path}{CHECKSUM}", subject=wanted.subject, follow_ups=(file,), may_be_absent=True)


def _window(path: str) -> Window:
    """The month or the day at the end of a file's name."""
    year, month, day = re.findall(r"-(\d{4})-(\d\d)(?:-(\d\d))?\.zip$", path)[0]
    first = datetime(int(year), int(month), int(day or 1), tzinfo=UTC)
    return Window(first, first + DAY if day else (first + 32 * DAY).replace(day=1))


def file_after_checksum(response: Response) -> Request | None:
    """The request for the file of a checksum, with the digest it must have; None after the file."""
    request = response.request
    if not request.path.endswith(CHECKSUM):
        return None
    path = request.path.removesuffix(CHECKSUM)
    return Request(path, subject=request.subject, window=_window(path), sha256=_digest(response))


def verify_file(response: Response) -> None:
    """Refuse a file that does not match its checksum, and a malformed checksum."""
    if response.request.path.endswith(CHECKSUM):
        _digest(response)
        return
    found = hashlib.sha256(response.body).hexdigest()
    if found != response.request.sha256:
        raise SourceUnavailable(
            f"{describe_request(response)}: {response.request.path} has the checksum {found}, not "
            f"{response.request.sha256}: it is truncated, or was reissued meanwhile; run again. If that fails for "
            "days, the archive's own checksum is wrong and the file can't be used"
        )


def _digest(response: Response) -> str:
    match = re.match(rb"([0-9a-f]{64})\s+\S+", response.body)
    if match is None:
        path = response.request.path
        raise SourceRejected(f"{describe_request(response)}: {path} contains no checksum; the format has changed")
    return match[1].decode()


KLINES = ZippedCsv(
    fields={column: position for position, column in enumerate(list(COLUMNS)[1:])},
    width=12,
    close_ms=f"case when close_time >= {MICROSECONDS_FROM} then close_time // 1000 else close_time end + 1",
    from_response={"symbol": "split_part(url, '/', -3)"},
    header="open_time",
)


def _dataset(interval: str, words: str, every: timedelta) -> Dataset:
    return Dataset(
        provider=PROVIDER,
        name=f"klines_{interval}",
        title=f"{words} spot bars (OHLCV) of Binance from its archive of monthly and daily files",
        subject_group="prices",
        columns=COLUMNS,
        key=("symbol", "open_time"),
        read=KLINES,
        plan=plan_files(interval),
        figures=FIGURES,
        bar=Bar(),
        timestamps={
            "open_time": Timestamp("ms or us", every=every, is_requested=True),
            "close_time": Timestamp("ms or us", is_end=True),
        },
        verify=verify_file,
        next_page=file_after_checksum,
        backfills_only=True,
        available_since=FIRST_BAR,
        has_independent_requests=True,
        covers_until=f"make_timestamp(max(case when close_time >= {MICROSECONDS_FROM} then close_time + 1 "
        "else (close_time + 1) * 1000 end))",
    )


DATASETS = (_dataset("1d", "Daily", DAY), _dataset("1h", "Hourly", HOUR))
