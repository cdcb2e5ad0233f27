"""Binance's archive of futures data: open interest and ratios, funding, and liquidations of coin-margined contracts.

Zipped CSV files with a header and a checksum for each, on the host of `binance_archive`; no key.
Documentation: https://github.com/binance/binance-public-data
* `/data/futures/um/daily/metrics/{symbol}/{symbol}-metrics-{day}.zip`: every five minutes since 2020-09, `create_time`
  as text in UTC. A file may be unsorted, with duplicate or missing lines; ratios may be empty. Early files run from
  00:00 to 23:55, later ones from 00:05 to 00:00 of the next day, and `create_time` is the end of its five minutes, the
  instant of the figures. In files since 2026-06-25 it is their start and runs from 00:00 to 23:55 again
  (https://github.com/binance/binance-public-data/issues/491), so 2026-06-25 00:00 is in two files with two meanings,
  which `file_date` distinguishes. Files of 2020 and 2021 have lines with an open interest of 0, which is no figure.
* `/data/futures/um/monthly/fundingRate/{symbol}/{symbol}-fundingRate-{month}.zip`: one settled rate per line, in
  milliseconds, as a fraction per `funding_interval_hours`.
* `/data/futures/cm/daily/liquidationSnapshot/{symbol}/{symbol}-liquidationSnapshot-{day}.zip`: 2023-06-25 to
  2024-10-14, every line twice, at most one event per second. Quantities are contracts (of 100 dollars for Bitcoin, 10
  for others), `side` is that of the order. The files of USDT-margined contracts were removed and are not requested.

A day's file appears the day after. The archive is for backfills; `binance_futures` has the newest days.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta

from orchestration.sources.binance_archive import (
    PUBLISHED_AFTER,
    file_after_checksum,
    published_at,
    verify_file,
)
from orchestration.sources.shared.contract import CHECKSUM, Dataset, Request, Response, Slice, Window, ZippedCsv
from orchestration.sources.shared.figures import DAY, NOT_NEGATIVE, POSITIVE, PRICE, RATE, Timestamp, each
from orchestration.sources.shared.provider import Provider, Rate

METRICS_SINCE = datetime(2020, 9, 1, tzinfo=UTC)
FUNDING_SINCE = datetime(2019, 9, 1, tzinfo=UTC)
STAMPED_BY_START_SINCE = date(2026, 6, 25)
"""The first file of metrics whose timestamps are the start of their five minutes."""
LIQUIDATIONS = Window(datetime(2023, 6, 25, tzinfo=UTC), datetime(2024, 10, 15, tzinfo=UTC))
"""The days for which files exist."""
ADDRESS = "https://data.binance.vision"
TERMS = "Binance's terms of use apply; no right to redistribute the data is granted."

PROVIDER = Provider(
    name="binance_archive_futures",
    title="Binance's archive of USDT-margined futures",
    default_url=ADDRESS,
    licence=TERMS,
    limitations="Open interest and ratios since 2020-09, by the day; fetched with `--start` only.",
    rate=Rate(20, 1),
    variable_stem="binance_archive",
)
COIN_MARGINED = Provider(
    name="binance_archive_coinm",
    title="Binance's archive of coin-margined futures",
    default_url=ADDRESS,
    licence=TERMS,
    limitations="Liquidations of 2023-06-25 to 2024-10-14, a small part of the venue; fetched with `--start` only.",
    rate=Rate(20, 1),
    variable_stem="binance_archive",
)


def plan_days(
    market: str, kind: str, first: datetime, end: datetime | None = None
) -> Callable[[Slice], Iterator[Request]]:
    """Requests for the checksums of the published daily files that overlap the window, oldest first."""

    def plan(wanted: Slice) -> Iterator[Request]:
        start = max(wanted.window.start.replace(hour=0, minute=0, second=0, microsecond=0), first)
        until = min(wanted.window.end, end) if end else wanted.window.end
        if start >= until:
            return
        for day in Window(start, until).split(DAY):
            if day.start + PUBLISHED_AFTER <= wanted.now:
                yield _checksum(wanted, f"{market}/daily", kind, f"{day.start:%Y-%m-%d}")

    return plan


def plan_funding(wanted: Slice) -> Iterator[Request]:
    """Requests for the checksums of the published monthly files that overlap the window; there are no daily files."""
    start = max(wanted.window.start, FUNDING_SINCE)
    month = start.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    while month < wanted.window.end:
        next_month = (month + timedelta(days=32)).replace(day=1)
        if published_at(next_month) <= wanted.now:
            yield _checksum(wanted, "um/monthly", "fundingRate", f"{month:%Y-%m}")
        month = next_month


def _checksum(wanted: Slice, folder: str, kind: str, timestamp: str) -> Request:
    path = f"/data/futures/{folder}/{kind}/{wanted.symbol}/{wanted.symbol}-{kind}-{timestamp}.zip{CHECKSUM}"
    return Request(path, subject=wanted.subject, may_be_absent=True)


def covered_day(response: Response) -> Window | None:
    """The day of a file, which has every event that the venue reported on it; None for a checksum."""
    return response.request.window if response.request.path.endswith(".zip") else None


METRICS = {
    "symbol": "varchar",
    "file_date": "date",
    "create_time": "timestamp",
    "sum_open_interest": "decimal(28,10)",
    "sum_open_interest_value": "decimal(28,10)",
    "count_toptrader_long_short_ratio": "decimal(18,8)",
    "sum_toptrader_long_short_ratio": "decimal(18,8)",
    "count_long_short_ratio": "decimal(18,8)",
    "sum_taker_long_short_vol_ratio": "decimal(18,8)",
}
FUNDING = {
    "symbol": "varchar",
    "calc_time": "bigint",
    "funding_interval_hours": "integer",
    "last_funding_rate": "decimal(18,10)",
}
SNAPSHOTS = {
    "symbol": "varchar",
    "time": "bigint",
    "side": "varchar",
    "order_type": "varchar",
    "time_in_force": "varchar",
    "original_quantity": "decimal(18,4)",
    "price": "decimal(18,8)",
    "average_price": "decimal(18,8)",
    "order_status": "varchar",
    "last_fill_quantity": "decimal(18,4)",
    "accumulated_fill_quantity": "decimal(18,4)",
}
SYMBOL_OF_PATH = {"symbol": "split_part(url, '/', -2)"}
VALID_AT = (
    f"create_time + case when file_date >= date '{STAMPED_BY_START_SINCE}' then interval 5 minute "
    "else interval 0 minute end"
)
"""The instant of a line's figures, as a DuckDB expression."""

DATASETS = (
    Dataset(
        provider=PROVIDER,
        name="metrics",
        title="Open interest and long/short ratios of USDT perpetuals on Binance every five minutes, by the day",
        subject_group="derivatives",
        columns=METRICS,
        key=("symbol", "file_date", "create_time"),
        read=ZippedCsv(
            fields={"create_time": 0, "symbol": 1}
            | {column: position for position, column in enumerate(list(METRICS)[3:], 2)},
            width=8,
            required_values=4,
            close_ms=f"epoch_ms({VALID_AT})",
            from_response={"file_date": r"regexp_extract(url, '(\d{4}-\d{2}-\d{2})\.zip$', 1)"},
            header="create_time",
            # A number instead of a text in UTC would be cast to another time.
            row_condition="c0 like '____-__-__ __:__:__%'",
        ),
        # An open interest of 0 means that the archive has none.
        figures=each(("sum_open_interest", "sum_open_interest_value"), POSITIVE)
        | each((column for column in METRICS if column.endswith("ratio")), NOT_NEGATIVE.or_missing),
        timestamps={"create_time": Timestamp("text", is_requested=True), "file_date": Timestamp("text", DAY)},
        plan=plan_days("um", "metrics", METRICS_SINCE),
        verify=verify_file,
        next_page=file_after_checksum,
        backfills_only=True,
        has_independent_requests=True,
        available_since=METRICS_SINCE,
        covers_until=f"max({VALID_AT})",
    ),
    Dataset(
        provider=PROVIDER,
        name="funding_rate",
        title="Settled funding rates of USDT perpetuals on Binance, by the month",
        subject_group="derivatives",
        columns=FUNDING,
        key=("symbol", "calc_time"),
        read=ZippedCsv(
            fields={"calc_time": 0, "funding_interval_hours": 1, "last_funding_rate": 2},
            width=3,
            close_ms="calc_time",
            from_response=SYMBOL_OF_PATH,
            header="calc_time",
            row_condition="length(c0) = 13",
        ),
        figures={"funding_interval_hours": POSITIVE, "last_funding_rate": RATE},
        timestamps={"calc_time": Timestamp("ms")},
        plan=plan_funding,
        verify=verify_file,
        next_page=file_after_checksum,
        backfills_only=True,
        has_independent_requests=True,
        available_since=FUNDING_SINCE,
        covers_until="make_timestamp(max(calc_time) * 1000)",
    ),
    Dataset(
        provider=COIN_MARGINED,
        name="liquidation_snapshot",
        title="Liquidation events of coin-margined perpetuals on Binance, 2023-06-25 to 2024-10-14",
        subject_group="liquidations",
        columns=SNAPSHOTS,
        key=tuple(SNAPSHOTS),
        read=ZippedCsv(
            fields={column: position for position, column in enumerate(list(SNAPSHOTS)[1:])},
            width=10,
            close_ms="time",
            from_response=SYMBOL_OF_PATH,
            header="time",
            row_condition="length(c0) = 13 and c1 in ('BUY', 'SELL')",
        ),
        figures=each(("original_quantity", "accumulated_fill_quantity"), POSITIVE)
        | each(("price", "average_price"), PRICE)
        | {"last_fill_quantity": NOT_NEGATIVE},
        timestamps={"time": Timestamp("ms", is_requested=True)},
        plan=plan_days("cm", "liquidationSnapshot", LIQUIDATIONS.start, LIQUIDATIONS.end),
        verify=verify_file,
        next_page=file_after_checksum,
        covers=covered_day,
        backfills_only=True,
        has_independent_requests=True,
        available_since=LIQUIDATIONS.start,
        empty_is_normal=True,
    ),
)
