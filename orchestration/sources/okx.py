"""OKX daily candles: spot bars of one instrument per UTC day, quoted in USDT.

`GET /api/v5/market/candles` has the newest 1,440 bars, at most 300 per response and 40 requests per two seconds;
`GET /api/v5/market/history-candles` has the older ones, 100 per response (300 since August 2025) and 20 requests per
two seconds. No key.
Documentation: https://www.okx.com/docs-v5/en/#order-book-trading-market-data-get-candlesticks
`bar` is `1Dutc`: OKX's plain `1D` is a day in Hong Kong, 16:00 to 16:00 UTC. Newest first; `after` selects bars older
than an instant in milliseconds and `before` newer ones, both exclusive; `before` alone returns the newest page. Rows
are nine texts `[ts, o, h, l, c, vol, volCcy, volCcyQuote, confirm]`; for spot `vol` is in units of the asset and
`volCcyQuote` in the quote asset; `confirm` is "0" while the bar runs. Errors have status 200 and a code other than "0".
Closed bars are not restated.
"""

from collections.abc import Iterator
from datetime import timedelta

from orchestration.sources.shared.contract import Dataset, Parsed, Request, Response, Row, Slice, Window
from orchestration.sources.shared.figures import DAY, NOT_NEGATIVE, Bar, Timestamp, each, prices_of
from orchestration.sources.shared.parsing import (
    InvalidRecord,
    milliseconds,
    number,
    parse_envelope_list,
    parse_records,
    text,
    verify_by_parsing,
)
from orchestration.sources.shared.provider import Provider, Rate, error_codes
from orchestration.sources.shared.timestamps import is_requested_and_closed

NEWEST = timedelta(days=1400)
"""The days in `candles`: its 1,440 bars, with a margin."""
NEWEST_PAGE_DAYS = 300
HISTORY_PAGE_DAYS = 100
FIELDS = ("ts", "o", "h", "l", "c", "vol", "volCcy", "volCcyQuote", "confirm")
TRANSIENT_CODES = frozenset({"50001", "50004", "50011", "50013", "50026", "50040"})
"""Server errors, timeouts, too many requests."""

PROVIDER = Provider(
    name="okx",
    title="OKX spot market data",
    default_url="https://www.okx.com",
    licence="OKX's terms of service apply; no right to redistribute the data is granted.",
    limitations="Pairs in USDT; days older than the listing of the pair are absent.",
    rate=Rate(18, 2),
    rate_limit_body=error_codes("code", 50011, 50040),
    transient_error_body=error_codes("code", 50001, 50004, 50013, 50026),
)


def plan_candles(wanted: Slice) -> Iterator[Request]:
    """The older days from `history-candles`, then the newer ones from `candles`, oldest first, each with both ends."""
    boundary = (wanted.now - NEWEST).replace(hour=0, minute=0, second=0, microsecond=0)
    older = (wanted.window.start, min(wanted.window.end, boundary), "/api/v5/market/history-candles", HISTORY_PAGE_DAYS)
    newer = (max(wanted.window.start, boundary), wanted.window.end, "/api/v5/market/candles", NEWEST_PAGE_DAYS)
    for start, end, path, page_days in (older, newer):
        if start >= end:
            continue
        for window in Window(start, end).split(timedelta(days=page_days)):
            params = {
                "instId": wanted.symbol,
                "bar": "1Dutc",
                "before": str(milliseconds(window.start) - 1),
                "after": str(milliseconds(window.end)),
                "limit": str(page_days),
            }
            yield Request(path, params, wanted.subject, window)


def parse_candles(response: Response) -> Parsed:
    """One row per closed UTC day inside the request's window, oldest first."""
    candles = parse_envelope_list(
        response, "0", TRANSIENT_CODES, "check the instrument in dbt_project/seeds/asset_symbols.csv"
    )
    instrument = response.request.params.get("instId", "")
    return parse_records(candles, lambda candle: _row(response, instrument, candle), key_width=2)


def _row(response: Response, instrument: str, candle: object) -> Row | None:
    if not isinstance(candle, list) or len(candle) != len(FIELDS):
        raise InvalidRecord(f"a candle has the nine values {', '.join(FIELDS)}")
    timestamp = text(candle[0], "ts")
    if not timestamp.isdecimal() or len(timestamp) < 12:
        raise InvalidRecord(f"ts is {timestamp!r}, not milliseconds since 1970")
    seconds, rest = divmod(int(timestamp), 1000)
    if rest:
        raise InvalidRecord("ts is no midnight in UTC")
    is_fact = is_requested_and_closed(response, seconds, "ts")
    values = [number(value, name, text_allowed=True) for name, value in zip(FIELDS[1:8], candle[1:8], strict=True)]
    confirm = text(candle[8], "confirm")
    if confirm not in ("0", "1"):
        raise InvalidRecord(f"confirm is {confirm!r}, neither 0 nor 1")
    return (instrument, int(timestamp), *values) if is_fact and confirm == "1" else None


BAR = Bar("o", "h", "l", "c")

DATASETS = (
    Dataset(
        provider=PROVIDER,
        name="candles_1d",
        title="Daily spot candles (OHLCV, UTC days) of OKX",
        subject_group="prices",
        columns={
            "inst_id": "varchar",
            "ts": "bigint",
            "o": "decimal(18,8)",
            "h": "decimal(18,8)",
            "l": "decimal(18,8)",
            "c": "decimal(18,8)",
            "vol": "decimal(28,8)",
            "vol_ccy": "decimal(28,8)",
            "vol_ccy_quote": "decimal(28,8)",
        },
        key=("inst_id", "ts"),
        read=parse_candles,
        plan=plan_candles,
        figures=prices_of(BAR) | each(("vol", "vol_ccy", "vol_ccy_quote"), NOT_NEGATIVE),
        bar=BAR,
        timestamps={"ts": Timestamp("ms", every=DAY)},
        verify=verify_by_parsing(parse_candles),
        covers_until="make_timestamp((max(ts) + 86400000) * 1000)",
    ),
)
