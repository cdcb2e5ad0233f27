"""Binance's archive of spot klines: a month or a day of one symbol per zipped CSV file, since 2017.

`/data/spot/monthly/klines/{symbol}/{interval}/{symbol}-{interval}-{YYYY-MM}.zip`, the same under `daily` with a day,
and each with `.CHECKSUM` beside it (`<sha256>  <name>`). No key.
Documentation: https://github.com/binance/binance-public-data
A day's file is there the day after, a month's on the first Monday of the next month; what is not there answers 404, as
do the months before a listing. The twelve columns are those of the API, without a header in the spot files (futures
have one since 2022). Stamps are milliseconds before 2025-01-01 and microseconds since. Old files may be unsorted, and
some are issued anew with another checksum: the checksum is asked first, and the file must match it.

The archive is for backfills; the API has what it lacks yet.
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

SETTLED_AFTER = 2 * DAY
"""A day's file appears the day after it has ended; the last safe one is that of the day before yesterday."""

PROVIDER = Provider(
    name="binance_archive",
    title="Binance's archive of spot market data",
    default_url="https://data.binance.vision",
    licence="Binance's terms of use apply; no right to redistribute the data is granted.",
    limitations="Spot pairs in USDT alone, since 2017-08-17; hours of maintenance have no bar; asked with `--start` only.",
    rate=Rate(20, 1),
)


def plan_files(interval: str) -> Callable[[Slice], Iterator[Request]]:
    """The checksums of all files that touch the window, oldest first; months as far as there are any, then days."""

    def plan(wanted: Slice) -> Iterator[Request]:
        month = wanted.window.start.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        while month < wanted.window.end:
            next_month = (month + timedelta(days=32)).replace(day=1)
            if published_at(next_month) <= wanted.now:
                yield _checksum(wanted, interval, "monthly", f"{month:%Y-%m}")
            else:
                for day in Window(max(month, wanted.window.start), min(next_month, wanted.window.end)).split(DAY):
                    if day.start + SETTLED_AFTER <= wanted.now:
                        yield _checksum(wanted, interval, "daily", f"{day.start:%Y-%m-%d}")
            month = next_month

    return plan


def published_at(next_month: datetime) -> datetime:
    """The day after the first Monday of the month that follows."""
    return next_month + timedelta(days=(7 - next_month.weekday()) % 7 + 1)


def _checksum(wanted: Slice, interval: str, period: str, stamp: str) -> Request:
    path = f"/data/spot/{period}/klines/{wanted.symbol}/{interval}/{wanted.symbol}-{interval}-{stamp}.zip"
    file = Request(path, subject=wanted.subject)
    return Request(f"{path}{CHECKSUM}", subject=wanted.subject, follow_ups=(file,), may_be_absent=True)


def _window(path: str) -> Window:
    """The month or the day that a file's name ends with."""
    year, month, day = re.findall(r"-(\d{4})-(\d\d)(?:-(\d\d))?\.zip$", path)[0]
    first = datetime(int(year), int(month), int(day or 1), tzinfo=UTC)
    return Window(first, first + DAY if day else (first + 32 * DAY).replace(day=1))


def follow_checksum(response: Response) -> Request | None:
    """The file a checksum is for, which must have it."""
    asked = response.request
    if not asked.path.endswith(CHECKSUM):
        return None
    path = asked.path.removesuffix(CHECKSUM)
    return Request(path, subject=asked.subject, window=_window(path), sha256=_digest(response))


def verify_file(response: Response) -> None:
    """Refuse a file that is not the one its checksum is for, and a checksum that is none."""
    if response.request.path.endswith(CHECKSUM):
        _digest(response)
        return
    found = hashlib.sha256(response.body).hexdigest()
    if found != response.request.sha256:
        raise SourceUnavailable(
            f"{describe_request(response)}: {response.request.path} has the checksum {found} where "
            f"{response.request.sha256} was promised: cut short, or issued anew meanwhile; run again, and "
            "if that does not help for days, the archive's own checksum is wrong and this file can't be used"
        )


def _digest(response: Response) -> str:
    match = re.match(rb"([0-9a-f]{64})\s+\S+", response.body)
    if match is None:
        path = response.request.path
        raise SourceRejected(f"{describe_request(response)}: {path} holds no checksum; the format has changed")
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
        next_page=follow_checksum,
        backfills_only=True,
        available_since=FIRST_BAR,
        has_independent_requests=True,
        covers_until=f"make_timestamp(max(case when close_time >= {MICROSECONDS_FROM} then close_time + 1 "
        "else (close_time + 1) * 1000 end))",
    )


DATASETS = (_dataset("1d", "Daily", DAY), _dataset("1h", "Hourly", HOUR))
