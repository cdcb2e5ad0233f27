"""Coinbase Exchange daily candles: OHLCV of one product in true US dollars.

`GET /products/{product_id}/candles?granularity=86400&start=…&end=…`, no key, 10 requests per second.
Documentation: https://docs.cdp.coinbase.com/api-reference/exchange-api/rest-api/products/get-product-candles
At most 300 candles per response, newest first, as arrays of six JSON numbers
`[time, low, high, open, close, volume]`: low and high come before open and close. `time` is the opening in seconds.
A single bound is ignored, so both are sent. Days without a trade are absent, and rows before `start` may be included,
as is the running day. Closed candles are not restated.
"""

from collections.abc import Iterator
from datetime import timedelta

from orchestration.sources.shared.contract import (
    Dataset,
    Parsed,
    Request,
    Response,
    Row,
    Slice,
    SourceRejected,
    SourceUnavailable,
)
from orchestration.sources.shared.figures import DAY, NOT_NEGATIVE, Bar, Timestamp, prices_of
from orchestration.sources.shared.parsing import (
    InvalidRecord,
    describe_request,
    expect_list,
    json_body,
    number,
    parse_records,
    verify_by_parsing,
    whole_number,
)
from orchestration.sources.shared.provider import Provider, Rate
from orchestration.sources.shared.timestamps import DAY_SECONDS, is_requested_and_closed

PAGE_DAYS = 290
"""Below the limit of 300; a longer window is refused."""
FIELDS = ("time", "low", "high", "open", "close", "volume")

PROVIDER = Provider(
    name="coinbase",
    title="Coinbase Exchange market data",
    default_url="https://api.exchange.coinbase.com",
    licence="Coinbase's market data terms apply; redistribution is restricted.",
    limitations="Days without a trade are absent; volume in coins only.",
    rate=Rate(8, 1),
)


def plan_candles(wanted: Slice) -> Iterator[Request]:
    """Windows of at most 290 days, oldest first; both bounds are inclusive, so the end is a second before midnight."""
    for window in wanted.window.split(timedelta(days=PAGE_DAYS)):
        params = {
            "granularity": str(DAY_SECONDS),
            "start": f"{window.start:%Y-%m-%dT%H:%M:%SZ}",
            "end": f"{window.end - timedelta(seconds=1):%Y-%m-%dT%H:%M:%SZ}",
        }
        yield Request(f"/products/{wanted.symbol}/candles", params, wanted.subject, window)


def parse_candles(response: Response) -> Parsed:
    """One row per closed UTC day inside the request's window, oldest first; days without a trade are absent."""
    body = json_body(response)
    if isinstance(body, dict) and "message" in body:
        problem = f"{describe_request(response)}: {body['message']}"
        if "rate limit" in str(body["message"]).lower():
            raise SourceUnavailable(f"{problem}; run again later")
        raise SourceRejected(f"{problem}; check the product in dbt_project/seeds/asset_symbols.csv")
    product_id = response.request.path.split("/")[2]
    return parse_records(
        expect_list(response, body, "the body"), lambda candle: _row(response, product_id, candle), key_width=2
    )


def _row(response: Response, product_id: str, candle: object) -> Row | None:
    if not isinstance(candle, list) or len(candle) != len(FIELDS):
        raise InvalidRecord(f"a candle has the six values {', '.join(FIELDS)}")
    opens = whole_number(candle[0], "time")
    is_fact = is_requested_and_closed(response, opens, "time")
    values = [number(value, name) for name, value in zip(FIELDS[1:], candle[1:], strict=True)]
    return (product_id, opens, *values) if is_fact else None


DATASETS = (
    Dataset(
        provider=PROVIDER,
        name="candles_1d",
        title="Daily spot candles (OHLCV, UTC days) of Coinbase Exchange",
        subject_group="prices",
        columns={
            "product_id": "varchar",
            "time": "bigint",
            "low": "decimal(18,8)",
            "high": "decimal(18,8)",
            "open": "decimal(18,8)",
            "close": "decimal(18,8)",
            "volume": "decimal(28,8)",
        },
        key=("product_id", "time"),
        read=parse_candles,
        plan=plan_candles,
        figures=prices_of(Bar()) | {"volume": NOT_NEGATIVE},
        bar=Bar(),
        timestamps={"time": Timestamp("s", every=DAY)},
        verify=verify_by_parsing(parse_candles),
        covers_until="make_timestamp((max(time) + 86400) * 1000000)",
    ),
)
