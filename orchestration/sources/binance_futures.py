"""Binance's USDT perpetuals: daily bars, settled funding, hourly open interest, the ratio of long to short accounts.

`GET /fapi/v1/klines?symbol&interval&startTime&endTime&limit` since 2019-09: arrays of 12 as at the spot market
(`binance`), bars of trades in USDT, oldest first, at most 1,500 per response, the running bar included. A request for
up to 1,000 weighs 5 of 2,400 a minute.
`GET /fapi/v1/fundingRate?symbol&startTime&endTime&limit` since 2019-09, at most 1,000 per response, oldest first.
`GET /futures/data/openInterestHist` and `/futures/data/globalLongShortAccountRatio`, `?symbol&period&startTime&endTime
&limit`, at most 500 per response, oldest first, the last 30 days only: a request that reaches back farther is refused
as a whole. No key. Documentation: https://developers.binance.com/docs/derivatives/usds-margined-futures
Milliseconds as numbers, figures as text. A rate is a fraction for the time since the previous settlement (8, 4 or 1
hours), stamped some milliseconds after the full hour. A level is the state at its timestamp. Limits are 500 and 1,000
requests per five minutes. Some countries are blocked with 451; the archive is open to them.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from orchestration.sources.binance import COLUMNS, FIGURES, KLINES, plan_klines, verify_klines
from orchestration.sources.shared.contract import (
    Dataset,
    Parsed,
    RejectedRecord,
    Request,
    Response,
    Row,
    Slice,
    SourceRejected,
    SourceUnavailable,
    Window,
)
from orchestration.sources.shared.figures import DAY, HOUR, NOT_NEGATIVE, RATE, SHARE, Bar, Timestamp, each
from orchestration.sources.shared.parsing import (
    InvalidRecord,
    describe_request,
    expect_list,
    json_body,
    member,
    milliseconds,
    number,
    parse_records,
    text,
    unknown_columns,
    verify_by_parsing,
)
from orchestration.sources.shared.provider import Provider, Rate, error_codes
from orchestration.sources.shared.timestamps import HOUR_MS, is_requested_and_past, timestamp_ms, timestamps_of

Parser = Callable[[Response], Parsed]
RETENTION = timedelta(days=29)
"""One day less than the provider keeps."""
SHARE_ROUNDING = Decimal("0.0002")
RATES_SINCE = datetime(2019, 9, 8, tzinfo=UTC)
"""When the first of these perpetuals was listed."""
MAX_RATES = 1000
RATES_SPAN = timedelta(days=300)
"""900 rates at the usual 8 hours."""
MAX_LEVELS = 500
LEVELS_SPAN = timedelta(hours=480)
TRANSIENT_CODES = frozenset({"-1000", "-1001", "-1003", "-1006", "-1007", "-1008", "-1015", "-1016"})

PROVIDER = Provider(
    name="binance_futures",
    title="Binance futures",
    default_url="https://fapi.binance.com",
    licence="Binance's terms of use apply; no right to redistribute the data is granted.",
    limitations="Open interest and account ratios of the last 30 days only; some regions are blocked (451).",
    rate=Rate(500, 300),
    rate_limit_body=error_codes("code", -1003),
    transient_error_body=error_codes("code", -1001, -1008),
)


def plan_rates(wanted: Slice) -> Iterator[Request]:
    """Windows of 300 days, oldest first."""
    for window in wanted.window.split(RATES_SPAN):
        yield Request("/fapi/v1/fundingRate", _params(wanted.symbol, window, MAX_RATES), wanted.subject, window)


def plan_levels(path: str) -> Callable[[Slice], Iterator[Request]]:
    """Windows of 480 hours within the last 29 days, oldest first."""

    def plan(wanted: Slice) -> Iterator[Request]:
        start = max(wanted.window.start, (wanted.now - RETENTION).replace(minute=0, second=0, microsecond=0))
        if start >= wanted.window.end:
            return
        for window in Window(start, wanted.window.end).split(LEVELS_SPAN):
            yield Request(path, _params(wanted.symbol, window, MAX_LEVELS) | {"period": "1h"}, wanted.subject, window)

    return plan


def _params(symbol: str, window: Window, limit: int) -> dict[str, str]:
    ends = {"startTime": str(milliseconds(window.start)), "endTime": str(milliseconds(window.end))}
    return {"symbol": symbol, **ends, "limit": str(limit)}


def later_rates(response: Response) -> Request | None:
    """The page after a full one: contracts that settle every hour have more rates in a window than fit a page."""
    records, request = _records(response), response.request
    if len(records) < MAX_RATES:
        return None
    newest = max(timestamps_of(records, "fundingTime"), default=None)
    return replace(request, params={**request.params, "startTime": str(newest + 1)}) if newest else None


def _records(response: Response) -> list[Any]:
    body = json_body(response)
    if isinstance(body, dict) and "code" in body:
        problem = f"{describe_request(response)}: error {body['code']}, {body.get('msg', 'no reason given')}"
        if str(body["code"]) in TRANSIENT_CODES:
            raise SourceUnavailable(f"{problem}; run again later")
        raise SourceRejected(f"{problem}; check the contract in dbt_project/seeds/asset_symbols.csv and the window")
    return expect_list(response, body, "the body")


def _parser(stamp_name: str, figures: tuple[str, ...], optional: tuple[str, ...], every_ms: int) -> Parser:
    """Rows of symbol, timestamp and figures: one per point of the contract inside the window, oldest first.

    An optional figure that is absent or an empty text is None.
    """
    known = frozenset(("symbol", stamp_name, *figures, *optional))

    def to_row(response: Response, record: Any) -> Row | None:
        timestamp = timestamp_ms(member(record, stamp_name), stamp_name)
        symbol = text(member(record, "symbol"), "symbol")
        if symbol != response.request.params.get("symbol"):
            raise InvalidRecord(f"{symbol} was not requested")
        is_fact = is_requested_and_past(response, timestamp, stamp_name, every_ms)
        values = [number(member(record, name), name, text_allowed=True) for name in figures]
        others = [number(value, name, text_allowed=True) if (value := record.get(name)) else None for name in optional]
        return (symbol, timestamp, *values, *others) if is_fact else None

    def parse(response: Response) -> Parsed:
        records = _records(response)
        parsed = parse_records(records, lambda record: to_row(response, record), key_width=2)
        return Parsed(parsed.rows, [*parsed.rejected, *unknown_columns(records, known)])

    return parse


def parse_accounts(response: Response) -> Parsed:
    """One row per full hour inside the window, oldest first; a record whose shares contradict the ratio is rejected."""
    parsed = _parse_accounts(response)
    rows: list[Row] = []
    rejected = list(parsed.rejected)
    for row in parsed.rows:
        _, timestamp, ratio, longs, shorts = row
        # Both shares are rounded to four digits.
        if abs(longs + shorts - 1) > SHARE_ROUNDING or abs(ratio * shorts - longs) > SHARE_ROUNDING * (1 + ratio):
            reason = f"longAccount {longs} and shortAccount {shorts} contradict longShortRatio {ratio}"
            rejected.append(RejectedRecord(str(timestamp), reason))
        else:
            rows.append(row)
    return Parsed(rows, rejected)


parse_rates = _parser("fundingTime", ("fundingRate",), ("markPrice",), 1)
parse_open_interest = _parser(
    "timestamp", ("sumOpenInterest", "sumOpenInterestValue"), ("CMCCirculatingSupply",), HOUR_MS
)
_parse_accounts = _parser("timestamp", ("longShortRatio", "longAccount", "shortAccount"), (), HOUR_MS)

DATASETS = (
    Dataset(
        provider=PROVIDER,
        name="klines_1d",
        title="Daily bars of USDT perpetuals on Binance (OHLCV of trades, UTC days)",
        subject_group="derivatives",
        columns=COLUMNS,
        key=("symbol", "open_time"),
        read=KLINES,
        # The limit of this host counts requests, so a page of bars is one.
        plan=plan_klines("1d", DAY, "/fapi/v1/klines", weight=1),
        figures=FIGURES,
        bar=Bar(),
        timestamps={
            "open_time": Timestamp("ms", every=DAY, is_requested=True),
            "close_time": Timestamp("ms", is_end=True),
        },
        available_since=RATES_SINCE,
        verify=verify_klines,
        covers_until="make_timestamp((max(close_time) + 1) * 1000)",
    ),
    Dataset(
        provider=PROVIDER,
        name="funding_rate",
        title="Settled funding rates of USDT perpetuals on Binance",
        subject_group="derivatives",
        columns={
            "symbol": "varchar",
            "funding_time": "bigint",
            "funding_rate": "decimal(18,10)",
            "mark_price": "decimal(18,8)",
        },
        key=("symbol", "funding_time"),
        read=parse_rates,
        plan=plan_rates,
        figures={"funding_rate": RATE, "mark_price": NOT_NEGATIVE.or_missing},
        timestamps={"funding_time": Timestamp("ms")},
        verify=verify_by_parsing(parse_rates),
        next_page=later_rates,
        available_since=RATES_SINCE,
        covers_until="make_timestamp(max(funding_time) * 1000)",
    ),
    Dataset(
        provider=PROVIDER,
        name="open_interest_1h",
        title="Hourly open interest of USDT perpetuals on Binance, the last 30 days",
        subject_group="derivatives",
        columns={
            "symbol": "varchar",
            "timestamp": "bigint",
            "sum_open_interest": "decimal(28,10)",
            "sum_open_interest_value": "decimal(28,10)",
            "cmc_circulating_supply": "decimal(28,8)",
        },
        key=("symbol", "timestamp"),
        read=parse_open_interest,
        plan=plan_levels("/futures/data/openInterestHist"),
        figures=each(("sum_open_interest", "sum_open_interest_value"), NOT_NEGATIVE)
        | {"cmc_circulating_supply": NOT_NEGATIVE.or_missing},
        timestamps={"timestamp": Timestamp("ms", every=HOUR)},
        verify=verify_by_parsing(parse_open_interest),
        lookback=RETENTION,
        covers_until="make_timestamp(max(timestamp) * 1000)",
    ),
    Dataset(
        provider=PROVIDER,
        name="account_ratio_1h",
        title="Hourly ratio of long to short accounts on Binance, the last 30 days",
        subject_group="derivatives",
        columns={
            "symbol": "varchar",
            "timestamp": "bigint",
            "long_short_ratio": "decimal(18,8)",
            "long_account": "decimal(18,8)",
            "short_account": "decimal(18,8)",
        },
        key=("symbol", "timestamp"),
        read=parse_accounts,
        plan=plan_levels("/futures/data/globalLongShortAccountRatio"),
        figures={"long_short_ratio": NOT_NEGATIVE} | each(("long_account", "short_account"), SHARE),
        timestamps={"timestamp": Timestamp("ms", every=HOUR)},
        verify=verify_by_parsing(parse_accounts),
        lookback=RETENTION,
        covers_until="make_timestamp(max(timestamp) * 1000)",
    ),
)
