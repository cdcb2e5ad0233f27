"""Bybit's USDT perpetuals: daily bars, open interest, mark price, the share of long accounts and settled funding.

`GET /v5/market/kline`, `/v5/market/mark-price-kline`, `/v5/market/open-interest`, `/v5/market/account-ratio` and
`/v5/market/funding/history`, all with `category=linear&symbol`, no key, newest first.
Documentation: https://bybit-exchange.github.io/docs/v5/market/open-interest
Bodies are objects `{retCode, retMsg, result, time}`; a code other than 0 is an error with status 200. All values are
texts, times are milliseconds; both ends of a window are inclusive, and a start without an end is refused. A level is
the state at its timestamp, so a day ends with the level at 00:00 of the next day; a bar is stamped with its opening.
`kline` has trades as `[startTime, open, high, low, close, volume in coins, turnover in USDT]`, the running day
included; `mark-price-kline` has the first five. Open interest counts the coins of longs and shorts together;
`singleOpenInterest` (since June 2026) counts each position once and is half of it. A rate is a fraction for the time
since the previous settlement. 600 requests per five seconds; a 403 means the United States or too many requests.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from orchestration.sources.shared.contract import (
    Dataset,
    Parsed,
    Request,
    Response,
    Row,
    Slice,
    SourceRejected,
    SourceUnavailable,
    no_next_page,
)
from orchestration.sources.shared.figures import (
    DAY,
    NOT_NEGATIVE,
    RATE,
    SHARE,
    Bar,
    Figure,
    Timestamp,
    each,
    prices_of,
)
from orchestration.sources.shared.parsing import (
    InvalidRecord,
    describe_request,
    expect_list,
    expect_object,
    json_body,
    member,
    milliseconds,
    number,
    parse_records,
    unknown_columns,
    verify_by_parsing,
)
from orchestration.sources.shared.provider import Provider, Rate, error_codes
from orchestration.sources.shared.timestamps import (
    DAY_MS,
    is_requested_and_closed,
    is_requested_and_past,
    timestamp_ms,
    timestamps_of,
)

PAGE_SIZE = 200
TRANSIENT_CODES = frozenset({"10000", "10006", "10016", "10018", "10429"})
"""Timeouts, too many requests, server errors."""
ONE = Decimal(1)
ROUNDING = Decimal("0.001")

PROVIDER = Provider(
    name="bybit",
    title="Bybit futures",
    default_url="https://api.bybit.com",
    licence="For personal use under Bybit's API terms; no right to redistribute is granted.",
    limitations="Liquidations only as a stream; open interest of both sides is halved; some regions are blocked (403).",
    rate=Rate(20, 1),
    rate_limit_body=error_codes("retCode", 10006, 10018, 10429),
    transient_error_body=error_codes("retCode", 10000, 10016),
)


def plan_windows(
    path: str, span: timedelta, ends: tuple[str, str], **fixed: str
) -> Callable[[Slice], Iterator[Request]]:
    """Windows that fit a page, oldest first; `ends` are the names of the parameters for both ends."""

    def plan(wanted: Slice) -> Iterator[Request]:
        for window in wanted.window.split(span):
            timestamps = (str(milliseconds(window.start)), str(milliseconds(window.end)))
            params = {
                "category": "linear",
                "symbol": wanted.symbol,
                **fixed,
                **dict(zip(ends, timestamps, strict=True)),
            }
            yield Request(path, {**params, "limit": str(PAGE_SIZE)}, wanted.subject, window)

    return plan


def older_rates(response: Response) -> Request | None:
    """The page before a full one: contracts that settle every hour have more rates in a window than fit a page."""
    records, request = _records(response), response.request
    if len(records) < PAGE_SIZE:
        return None
    oldest = min(timestamps_of(records, "fundingRateTimestamp"), default=None)
    return replace(request, params={**request.params, "endTime": str(oldest - 1)}) if oldest else None


def _records(response: Response) -> list[Any]:
    envelope = expect_object(response, json_body(response), "the body")
    code, reason = str(envelope.get("retCode")), envelope.get("retMsg") or "no reason given"
    if code in TRANSIENT_CODES:
        raise SourceUnavailable(f"{describe_request(response)}: error {code}, {reason}; run again later")
    if code != "0":
        raise SourceRejected(
            f"{describe_request(response)}: error {code}, {reason}; "
            f"check the contract in dbt_project/seeds/asset_symbols.csv and the window"
        )
    result = expect_object(response, envelope.get("result"), "result")
    if result.get("symbol") not in (None, "", response.request.params.get("symbol")):
        raise SourceRejected(
            f"{describe_request(response)}: {result['symbol']} came, which was not requested; the format has changed"
        )
    return expect_list(response, result.get("list"), "result.list")


def _points(response: Response, known: frozenset[str], to_row: Callable[[str, Any], Row | None]) -> Parsed:
    records = _records(response)
    symbol = response.request.params.get("symbol", "")
    parsed = parse_records(records, lambda record: to_row(symbol, record), key_width=2)
    return Parsed(parsed.rows, [*parsed.rejected, *unknown_columns(records, known | {"symbol"})])


def _figure(record: object, name: str) -> Decimal:
    return number(member(record, name), name, text_allowed=True)


def parse_open_interest(response: Response) -> Parsed:
    """One row per midnight inside the window, oldest first; the single count is None where it is absent."""

    def to_row(symbol: str, record: Any) -> Row | None:
        timestamp = timestamp_ms(member(record, "timestamp"), "timestamp")
        both = _figure(record, "openInterest")
        single = _figure(record, "singleOpenInterest") if record.get("singleOpenInterest") else None
        is_fact = is_requested_and_past(response, timestamp, "timestamp", DAY_MS)
        return (symbol, timestamp, both, single) if is_fact else None

    return _points(response, frozenset({"openInterest", "singleOpenInterest", "timestamp"}), to_row)


def parse_accounts(response: Response) -> Parsed:
    """One row per midnight inside the window, oldest first; both shares together are 1."""

    def to_row(symbol: str, record: Any) -> Row | None:
        timestamp = timestamp_ms(member(record, "timestamp"), "timestamp")
        buys, sells = _figure(record, "buyRatio"), _figure(record, "sellRatio")
        if abs(buys + sells - ONE) > ROUNDING:
            raise InvalidRecord(f"buyRatio and sellRatio add up to {buys + sells}, not 1")
        is_fact = is_requested_and_past(response, timestamp, "timestamp", DAY_MS)
        return (symbol, timestamp, buys, sells) if is_fact else None

    return _points(response, frozenset({"buyRatio", "sellRatio", "timestamp"}), to_row)


def parse_rates(response: Response) -> Parsed:
    """One row per settlement inside the window, oldest first."""

    def to_row(symbol: str, record: Any) -> Row | None:
        timestamp = timestamp_ms(member(record, "fundingRateTimestamp"), "fundingRateTimestamp")
        rate = _figure(record, "fundingRate")
        return (symbol, timestamp, rate) if is_requested_and_past(response, timestamp, "fundingRateTimestamp") else None

    return _points(response, frozenset({"fundingRate", "fundingRateTimestamp"}), to_row)


def _bar_parser(names: tuple[str, ...]) -> Callable[[Response], Parsed]:
    """Rows of symbol, opening and the figures `names`: one per closed UTC day inside the window, oldest first."""

    def to_row(response: Response, symbol: str, bar: Any) -> Row | None:
        if not isinstance(bar, list) or len(bar) != 1 + len(names):
            raise InvalidRecord(f"a bar has the {1 + len(names)} values startTime, {', '.join(names)}")
        timestamp = timestamp_ms(bar[0], "startTime")
        seconds, rest = divmod(timestamp, 1000)
        figures = [number(value, name, text_allowed=True) for name, value in zip(names, bar[1:], strict=True)]
        if rest:
            raise InvalidRecord("startTime is no midnight in UTC")
        return (symbol, timestamp, *figures) if is_requested_and_closed(response, seconds, "startTime") else None

    def parse(response: Response) -> Parsed:
        return _points(response, frozenset(), lambda symbol, bar: to_row(response, symbol, bar))

    return parse


PRICES = ("open", "high", "low", "close")
AMOUNTS = ("volume", "turnover")
parse_mark_prices = _bar_parser(PRICES)
parse_klines = _bar_parser((*PRICES, *AMOUNTS))


STARTS = ("startTime", "endTime")
DAYS = timedelta(days=PAGE_SIZE - 2)


def _dataset(
    name: str,
    title: str,
    columns: dict[str, str],
    read: Callable[[Response], Parsed],
    figures: Mapping[str, Figure],
    plan: Callable[[Slice], Iterator[Request]],
    every: timedelta | None = DAY,
    bar_ms: int = 0,
    next_page: Callable[[Response], Request | None] = no_next_page,
) -> Dataset:
    timestamp = list(columns)[1]
    return Dataset(
        provider=PROVIDER,
        name=name,
        title=title,
        subject_group="derivatives",
        columns=columns,
        key=("symbol", timestamp),
        read=read,
        plan=plan,
        figures=figures,
        bar=Bar() if "open" in columns else None,
        timestamps={timestamp: Timestamp("ms", every=every)},
        verify=verify_by_parsing(read),
        next_page=next_page,
        covers_until=f"make_timestamp((max({timestamp}) + {bar_ms}) * 1000)",
    )


DATASETS = (
    _dataset(
        "funding_history",
        "Settled funding rates of USDT perpetuals on Bybit",
        {"symbol": "varchar", "funding_rate_timestamp": "bigint", "funding_rate": "decimal(18,10)"},
        parse_rates,
        {"funding_rate": RATE},
        plan_windows("/v5/market/funding/history", timedelta(days=60), STARTS),
        every=None,
        next_page=older_rates,
    ),
    _dataset(
        "open_interest_1d",
        "Open interest of USDT perpetuals on Bybit at midnight UTC, longs and shorts added",
        {
            "symbol": "varchar",
            "timestamp": "bigint",
            "open_interest": "decimal(28,8)",
            "single_open_interest": "decimal(28,8)",
        },
        parse_open_interest,
        {"open_interest": NOT_NEGATIVE, "single_open_interest": NOT_NEGATIVE.or_missing},
        plan_windows("/v5/market/open-interest", DAYS, STARTS, intervalTime="1d"),
    ),
    _dataset(
        "account_ratio_1d",
        "Shares of long and short accounts on Bybit at midnight UTC",
        {"symbol": "varchar", "timestamp": "bigint", "buy_ratio": "decimal(18,8)", "sell_ratio": "decimal(18,8)"},
        parse_accounts,
        {"buy_ratio": SHARE, "sell_ratio": SHARE},
        plan_windows("/v5/market/account-ratio", DAYS, STARTS, period="1d"),
    ),
    _dataset(
        "mark_prices_1d",
        "Daily mark price bars of USDT perpetuals on Bybit: what open interest is valued at",
        {"symbol": "varchar", "start_time": "bigint"} | dict.fromkeys(PRICES, "decimal(18,8)"),
        parse_mark_prices,
        prices_of(Bar()),
        plan_windows("/v5/market/mark-price-kline", DAYS, ("start", "end"), interval="D"),
        bar_ms=DAY_MS,
    ),
    _dataset(
        "klines_1d",
        "Daily bars of USDT perpetuals on Bybit (OHLCV of trades, UTC days)",
        {"symbol": "varchar", "start_time": "bigint"}
        | dict.fromkeys(PRICES, "decimal(18,8)")
        | dict.fromkeys(AMOUNTS, "decimal(28,8)"),
        parse_klines,
        prices_of(Bar()) | each(AMOUNTS, NOT_NEGATIVE),
        plan_windows("/v5/market/kline", DAYS, ("start", "end"), interval="D"),
        bar_ms=DAY_MS,
    ),
)
