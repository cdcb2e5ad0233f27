"""Binance spot klines: OHLCV bars of one symbol, by the day and by the hour.

`GET /api/v3/klines`, no key. Documentation: https://github.com/binance/binance-spot-api-docs (rest-api.md).
At most 1,000 bars an answer, oldest first; `startTime` and `endTime` are milliseconds, both inclusive on the bar's
opening. A call weighs 2 of 6,000 a minute. Rows are arrays of 12: opening in milliseconds, prices and volumes as
text, trades as a number. The last bar may be running. A bar without trades is present, flat and with volume 0;
hours are absent while the exchange was down. A closed bar is not restated.

The default host serves market data alone and answers where api.binance.com blocks whole countries with 451.
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
"""Milliseconds reach this number in the year 5138; the archive writes microseconds since 2025 and goes beyond it."""
FIRST_BAR = datetime(2017, 8, 17, tzinfo=UTC)
"""The oldest bar of any symbol."""
TRANSIENT_CODES = frozenset({-1000, -1001, -1003, -1006, -1007, -1008, -1015, -1016})
"""Errors that another try may not meet: overload, timeouts, too many requests, maintenance."""

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


def plan_klines(interval: str, bar: timedelta) -> Callable[[Slice], Iterator[Request]]:
    """Requests of at most 1,000 bars of `interval`, each with both ends of its window."""

    def plan(wanted: Slice) -> Iterator[Request]:
        for window in wanted.window.split(PAGE_BARS * bar):
            params = {
                "symbol": wanted.symbol,
                "interval": interval,
                "startTime": str(milliseconds(window.start)),
                "endTime": str(milliseconds(window.end) - 1),
                "limit": str(PAGE_BARS),
            }
            yield Request("/api/v3/klines", params, wanted.subject, window, weight=2)

    return plan


def verify_klines(response: Response) -> None:
    """Refuse what is no complete array, or one that begins in microseconds. Rows are judged by the loader, in bulk.

    Looks at both ends of the body only: the rows of a good body are read once, by DuckDB, which takes a byte order mark
    and a stamp in quotes for what they are.
    """
    body = response.body.removeprefix(BOM_UTF8).strip()
    if body == b"[]":
        return
    if not body.startswith(b"["):
        _refuse(response)
    if not re.search(rb"\]\s*\]$", body[-100:]):
        raise SourceUnavailable(f"{describe_request(response)}: the list of bars breaks off; run again")
    # One odd bar is the loader's to refuse: a page is in microseconds from its first bar to its last.
    first = re.match(rb'\[\s*\[\s*"?(\d{1,20})"?\s*,', body)
    last = re.search(rb'\[\s*"?(\d{1,20})"?\s*,[^\[]*$', body[-2000:])
    if first and last and min(int(first[1]), int(last[1])) >= MICROSECONDS_FROM:
        raise SourceRejected(
            f"{describe_request(response)}: stamps are microseconds where milliseconds were promised; "
            f"set BINANCE_BASE_URL to a host that answers in milliseconds"
        )


def _refuse(response: Response) -> None:
    error = json_body(response)
    if not isinstance(error, dict) or "code" not in error:
        raise SourceRejected(f"{describe_request(response)}: no list of bars; the format has changed")
    problem = f"{describe_request(response)}: error {error['code']}, {error.get('msg', 'no reason given')}"
    if error["code"] in TRANSIENT_CODES:
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
        # One request: enough for every rolling day of the last month. More history is asked for with --start.
        lookback=timedelta(days=40),
        due="hour",
    ),
)
