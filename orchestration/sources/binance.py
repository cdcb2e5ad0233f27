"""Binance spot klines: daily and hourly OHLCV bars of one symbol.

`GET /api/v3/klines`, no key. Documentation: https://github.com/binance/binance-spot-api-docs (rest-api.md).
At most 1,000 bars per response, oldest first; `startTime` and `endTime` are milliseconds and select by the opening of
a bar, both inclusive. A request has the weight 2 of 6,000 per minute. Rows are arrays of 12: opening in milliseconds,
prices and volumes as text, trades as a number. The last bar may be running. A bar without trades is present, flat and
with volume 0; hours of an outage are absent. Closed bars are not restated.

The default host serves only market data, also in countries that api.binance.com blocks with 451.
Quotes are USDT, never USD.
"""

import re
from codecs import BOM_UTF8
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

from orchestration.sources.shared.contract import (
    ArrayRows,
    Dataset,
    Request,
    Response,
    Slice,
    SourceRejected,
    SourceUnavailable,
)
from orchestration.sources.shared.figures import DAY, HOUR, NOT_NEGATIVE, Bar, Timestamp, each, prices_of
from orchestration.sources.shared.parsing import describe_request, json_body, milliseconds
from orchestration.sources.shared.provider import Provider, Rate, UsageHeaders, error_codes

PAGE_BARS = 1000
MICROSECONDS_FROM = 10**14
"""Milliseconds reach this number in the year 5138; microseconds, which the archive has since 2025, exceed it."""
FIRST_BAR = datetime(2017, 8, 17, tzinfo=UTC)
"""The oldest bar of any symbol."""
TRANSIENT_CODES = frozenset({"-1000", "-1001", "-1003", "-1006", "-1007", "-1008", "-1015", "-1016"})
"""Transient errors: overload, timeouts, too many requests, maintenance."""

PROVIDER = Provider(
    name="binance",
    title="Binance spot market data",
    default_url="https://data-api.binance.vision",
    licence="Binance's terms of use apply; no right to redistribute the data is granted.",
    limitations="Pairs in USDT, not USD; hours of maintenance have no bar; some regions are blocked (451).",
    rate=Rate(6000, 60),
    rate_limit_body=error_codes("code", -1003),
    transient_error_body=error_codes("code", -1001, -1008),
    usage_headers=UsageHeaders(used="X-MBX-USED-WEIGHT-1M", default_limit=6000),
)

COLUMNS = {
    "symbol": "varchar",
    "open_time": "bigint",
    "open": "decimal(18,8)",
    "high": "decimal(18,8)",
    "low": "decimal(18,8)",
    "close": "decimal(18,8)",
    "volume": "decimal(28,8)",
    "close_time": "bigint",
    "quote_volume": "decimal(28,8)",
    "trade_count": "bigint",
    "taker_buy_volume": "decimal(28,8)",
    "taker_buy_quote_volume": "decimal(28,8)",
}
FIGURES = prices_of(Bar()) | each(
    ("volume", "quote_volume", "trade_count", "taker_buy_volume", "taker_buy_quote_volume"), NOT_NEGATIVE
)
KLINES = ArrayRows(
    fields={column: position for position, column in enumerate(list(COLUMNS)[1:])},
    width=12,
    # close_time is the bar's last millisecond.
    close_ms="close_time + 1",
    params={"symbol": "symbol"},
)


def plan_klines(
    interval: str, bar: timedelta, path: str = "/api/v3/klines", weight: int = 2
) -> Callable[[Slice], Iterator[Request]]:
    """Requests for at most 1,000 bars of `interval`, oldest first, each with both ends of its window."""

    def plan(wanted: Slice) -> Iterator[Request]:
        for window in wanted.window.split(PAGE_BARS * bar):
            params = {
                "symbol": wanted.symbol,
                "interval": interval,
                "startTime": str(milliseconds(window.start)),
                "endTime": str(milliseconds(window.end) - 1),
                "limit": str(PAGE_BARS),
            }
            yield Request(path, params, wanted.subject, window, weight=weight)

    return plan


def verify_klines(response: Response) -> None:
    """Refuse an error, an incomplete array and timestamps in microseconds.

    Only both ends of the body are read here; the loader checks the rows in bulk. A byte order mark and quoted
    timestamps are valid.
    """
    body = response.body.removeprefix(BOM_UTF8).strip()
    if body == b"[]":
        return
    if not body.startswith(b"["):
        _refuse(response)
    if not re.search(rb"\]\s*\]$", body[-100:]):
        raise SourceUnavailable(f"{describe_request(response)}: the list of bars is incomplete; run again")
    # A single odd bar is rejected by the loader; here the first and the last bar are in microseconds.
    first = re.match(rb'\[\s*\[\s*"?(\d{1,20})"?\s*,', body)
    last = re.search(rb'\[\s*"?(\d{1,20})"?\s*,[^\[]*$', body[-2000:])
    if first and last and min(int(first[1]), int(last[1])) >= MICROSECONDS_FROM:
        raise SourceRejected(
            f"{describe_request(response)}: timestamps are in microseconds; milliseconds were expected; "
            f"set {response.source.upper()}_BASE_URL to a host that returns milliseconds"
        )


def _refuse(response: Response) -> None:
    error = json_body(response)
    if not isinstance(error, dict) or "code" not in error:
        raise SourceRejected(f"{describe_request(response)}: the body is no list of bars; the format has changed")
    problem = f"{describe_request(response)}: error {error['code']}, {error.get('msg', 'no reason given')}"
    if str(error["code"]) in TRANSIENT_CODES:
        raise SourceUnavailable(f"{problem}; run again later")
    raise SourceRejected(f"{problem}; check the symbol in dbt_project/seeds/asset_symbols.csv")


DATASETS = (
    Dataset(
        provider=PROVIDER,
        name="klines_1d",
        title="Daily spot bars (OHLCV, UTC days) of Binance",
        subject_group="prices",
        columns=COLUMNS,
        key=("symbol", "open_time"),
        read=KLINES,
        plan=plan_klines("1d", DAY),
        figures=FIGURES,
        bar=Bar(),
        timestamps={
            "open_time": Timestamp("ms", every=DAY, is_requested=True),
            "close_time": Timestamp("ms", is_end=True),
        },
        available_since=FIRST_BAR,
        archive=("binance_archive", "klines_1d"),
        verify=verify_klines,
        covers_until="make_timestamp((max(close_time) + 1) * 1000)",
    ),
    Dataset(
        provider=PROVIDER,
        name="klines_1h",
        title="Hourly spot bars (OHLCV) of Binance",
        subject_group="prices",
        columns=COLUMNS,
        key=("symbol", "open_time"),
        read=KLINES,
        plan=plan_klines("1h", HOUR),
        figures=FIGURES,
        bar=Bar(),
        timestamps={
            "open_time": Timestamp("ms", every=HOUR, is_requested=True),
            "close_time": Timestamp("ms", is_end=True),
        },
        available_since=FIRST_BAR,
        archive=("binance_archive", "klines_1h"),
        verify=verify_klines,
        covers_until="make_timestamp((max(close_time) + 1) * 1000)",
        # One request: enough for every rolling day of the last month. --start fetches more history.
        lookback=timedelta(days=40),
        due="hour",
    ),
)
