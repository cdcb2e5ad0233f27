"""Hyperliquid's perpetuals: daily bars of trades and hourly funding of single coins.

`POST https://api.hyperliquid.xyz/info` with a JSON body, no key. 1,200 weight a minute and address: a request weighs
20, plus 1 per 60 bars and 1 per 20 funding rates in its response.
Documentation: https://hyperliquid.gitbook.io/hyperliquid-docs/for-developers/api/info-endpoint/perpetuals
- `{"type": "candleSnapshot", "req": {"coin": "BTC", "interval": "1d", "startTime": ms, "endTime": ms}}` returns `[{"t":
  1746057600000, "T": 1746143999999, "s": "BTC", "i": "1d", "o": "94180.0", "h", "l", "c", "v": "21034.5", "n": 165012},
  …]`, oldest first, at most 5,000 bars back from now, values as text, `v` in coins; the running day is included.
- `{"type": "fundingHistory", "coin": "BTC", "startTime": ms, "endTime": ms}` returns `[{"coin": "BTC", "fundingRate":
  "0.0000125", "premium": "0.0003", "time": 1746057600012}]`, oldest first, at most 500 rates. A rate is what longs pay
  shorts for one hour as a fraction; stamps are some milliseconds late.
An unknown coin is an error 500 with the body `null`. Prices are in USD, settled in USDC.

Not had: open interest has no history (`metaAndAssetCtxs` is the present level without a timestamp), and there is no
public feed of the market's liquidations: only the fills of a single user name theirs.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from orchestration.sources.shared.contract import Dataset, Parsed, Request, Response, Row, Slice, SourceRejected
from orchestration.sources.shared.figures import DAY, NOT_NEGATIVE, RATE, Bar, Timestamp, prices_of
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
    whole_number,
)
from orchestration.sources.shared.provider import Provider, Rate
from orchestration.sources.shared.timestamps import (
    DAY_MS,
    is_requested_and_closed,
    is_requested_and_past,
    timestamp_ms,
)

CANDLE_DAYS, FUNDING_DAYS = 500, 20
"""Windows that fit a page: 500 daily bars, 480 hourly rates."""
MAX_RATES = 500
CANDLE_WEIGHT, FUNDING_WEIGHT = 29, 45
PRICES = {"open": "o", "high": "h", "low": "l", "close": "c"}
KNOWN_CANDLE = frozenset({"t", "T", "s", "i", "o", "h", "l", "c", "v", "n"})
KNOWN_RATE = frozenset({"coin", "fundingRate", "premium", "time"})

PROVIDER = Provider(
    name="hyperliquid",
    title="Hyperliquid perpetuals",
    default_url="https://api.hyperliquid.xyz",
    licence="Public data of an open ledger; Hyperliquid's terms grant no explicit right to redistribute.",
    limitations="Open interest has no history, and no public feed has the market's liquidations; bars are of trades.",
    rate=Rate(1_200, 60),
)


def plan_candles(wanted: Slice) -> Iterator[Request]:
    """Windows of at most 500 days, oldest first."""
    for window in wanted.window.split(timedelta(days=CANDLE_DAYS)):
        bounds = {"startTime": milliseconds(window.start), "endTime": milliseconds(window.end) - 1}
        body = {"type": "candleSnapshot", "req": {"coin": wanted.symbol, "interval": "1d", **bounds}}
        yield Request("/info", subject=wanted.subject, window=window, weight=CANDLE_WEIGHT, json_body=body)


def plan_funding(wanted: Slice) -> Iterator[Request]:
    """Windows of at most 20 days, oldest first."""
    for window in wanted.window.split(timedelta(days=FUNDING_DAYS)):
        bounds = {"startTime": milliseconds(window.start), "endTime": milliseconds(window.end)}
        body = {"type": "fundingHistory", "coin": wanted.symbol, **bounds}
        yield Request("/info", subject=wanted.subject, window=window, weight=FUNDING_WEIGHT, json_body=body)


def parse_candles(response: Response) -> Parsed:
    """One row per closed UTC day inside the window, oldest first."""
    candles = expect_list(response, json_body(response), "the body")
    coin = _coin(response)
    parsed = parse_records(candles, lambda candle: _candle(response, coin, candle), key_width=2)
    return Parsed(parsed.rows, [*parsed.rejected, *unknown_columns(candles, KNOWN_CANDLE)])


def parse_funding(response: Response) -> Parsed:
    """One row per settlement inside the window, oldest first."""
    rates = expect_list(response, json_body(response), "the body")
    if len(rates) >= MAX_RATES:
        raise SourceRejected(
            f"{describe_request(response)}: {len(rates)} rates came, a full page; funding is settled more often than "
            "every hour, so report it"
        )
    coin = _coin(response)
    parsed = parse_records(rates, lambda rate: _rate(response, coin, rate), key_width=2)
    return Parsed(parsed.rows, [*parsed.rejected, *unknown_columns(rates, KNOWN_RATE)])


def _coin(response: Response) -> str:
    body = response.request.json_body or {}
    return str(body.get("coin") or (body.get("req") or {}).get("coin") or "")


def _candle(response: Response, coin: str, candle: Any) -> Row | None:
    if text(member(candle, "s"), "s") != coin:
        raise InvalidRecord(f"s is {candle['s']}, which was not requested")
    opens = timestamp_ms(member(candle, "t"), "t")
    seconds, rest = divmod(opens, 1000)
    if rest:
        raise InvalidRecord("t is no midnight in UTC")
    prices = [number(member(candle, field), field, text_allowed=True) for field in PRICES.values()]
    volume = number(member(candle, "v"), "v", text_allowed=True)
    trades = whole_number(member(candle, "n"), "n")
    return (coin, opens, *prices, volume, trades) if is_requested_and_closed(response, seconds, "t") else None


def _rate(response: Response, coin: str, rate: Any) -> Row | None:
    if text(member(rate, "coin"), "coin") != coin:
        raise InvalidRecord(f"coin is {rate['coin']}, which was not requested")
    settled = timestamp_ms(member(rate, "time"), "time")
    figure = number(member(rate, "fundingRate"), "fundingRate", text_allowed=True)
    return (coin, settled, figure) if is_requested_and_past(response, settled, "time") else None


DATASETS = (
    Dataset(
        provider=PROVIDER,
        name="candles_1d",
        title="Daily bars of perpetuals on Hyperliquid (OHLC of trades, volume in coins, UTC days)",
        subject_group="derivatives",
        columns={"coin": "varchar", "opened": "bigint"}
        | dict.fromkeys(PRICES, "decimal(18,8)")
        | {"volume": "decimal(28,8)", "trade_count": "bigint"},
        key=("coin", "opened"),
        read=parse_candles,
        plan=plan_candles,
        figures=prices_of(Bar()) | {"volume": NOT_NEGATIVE, "trade_count": NOT_NEGATIVE},
        bar=Bar(),
        timestamps={"opened": Timestamp("ms", every=DAY)},
        verify=verify_by_parsing(parse_candles),
        covers_until=f"make_timestamp((max(opened) + {DAY_MS}) * 1000)",
    ),
    Dataset(
        provider=PROVIDER,
        name="funding_history",
        title="Hourly funding rates of perpetuals on Hyperliquid",
        subject_group="derivatives",
        columns={"coin": "varchar", "time": "bigint", "funding_rate": "decimal(18,10)"},
        key=("coin", "time"),
        read=parse_funding,
        plan=plan_funding,
        figures={"funding_rate": RATE},
        timestamps={"time": Timestamp("ms")},
        verify=verify_by_parsing(parse_funding),
        # Two requests per coin: a year would be twenty, which the weight allows to few.
        lookback=timedelta(days=35),
        covers_until="make_timestamp(max(time) * 1000)",
    ),
)
