"""DefiLlama's coin prices: the price of a coin near each midnight, collected from exchanges and chains.

`GET /chart/coingecko:<id>?start=…&span=…&period=1d`, no key, no published limit, cached for an hour.
Documentation: https://api-docs.defillama.com/#tag/coins/get/chart/{coins}
The body has `coins.<id>.prices`, oldest first, with JSON numbers; `span` is the number of steps after `start`, at most
500, so there is one point more. A point is the known price nearest to a midnight in UTC, up to three minutes before or
after it; it counts for the nearest midnight, as the close of the day that ended there. (Truncating the time instead
would lose one day in five.) An unknown coin is absent from `coins`. Past prices may be restated.
"""

from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from typing import Any

from orchestration.sources.shared.contract import Dataset, Parsed, Request, Response, Row, Slice, SourceRejected
from orchestration.sources.shared.figures import EARLIEST, PRICE, Timestamp
from orchestration.sources.shared.parsing import (
    MILLISECONDS_FROM,
    InvalidRecord,
    describe_request,
    expect_list,
    expect_object,
    json_body,
    member,
    number,
    parse_records,
    unknown_columns,
    verify_by_parsing,
    whole_number,
)
from orchestration.sources.shared.provider import Provider, Rate
from orchestration.sources.shared.timestamps import DAY_SECONDS

MAX_STEPS = 500
MAX_DISTANCE_SECONDS = 3600
"""From midnight; the maximum of 1,098 recorded points was 168 seconds. A more distant point is no close of a day."""
RECENT = timedelta(days=14)

PROVIDER = Provider(
    name="defillama_coins",
    title="DefiLlama coin prices",
    default_url="https://coins.llama.fi",
    licence="DefiLlama's terms of service apply; they don't state whether the data may be redistributed.",
    rate=Rate(2, 1),
    limitations="Prices minutes before or after midnight, for comparison; no volumes.",
)


def plan_chart(wanted: Slice) -> Iterator[Request]:
    """Windows of at most 500 days, oldest first; the close of a day is the midnight at its end."""
    for window in wanted.window.split(timedelta(days=MAX_STEPS)):
        start = int(window.start.timestamp()) + DAY_SECONDS
        span = -(-int((window.end - window.start).total_seconds()) // DAY_SECONDS)
        params = {"start": str(start), "span": str(span), "period": "1d"}
        yield Request(f"/chart/{wanted.symbol}", params, wanted.subject, window)


def parse_chart(response: Response) -> Parsed:
    """One row per point that is the close of a UTC day inside the window, oldest first.

    Raises SourceRejected where the coin is absent and the window has recent days.
    """
    body = expect_object(response, json_body(response), "the body")
    coins = expect_object(response, body.get("coins"), "coins")
    requested = response.request.path.rsplit("/", 1)[-1]
    window = response.request.window
    if not coins and window and window.end > response.fetched_at - RECENT:
        raise SourceRejected(
            f"{describe_request(response)}: {requested} is unknown; check the id in dbt_project/seeds/asset_symbols.csv"
        )
    rows: list[Row] = []
    rejected = []
    for coin, series in coins.items():
        points = expect_list(response, expect_object(response, series, coin).get("prices"), f"the prices of {coin}")
        parsed = parse_records(points, partial(_row, response, coin), key_width=2)
        rows += parsed.rows
        rejected += [*parsed.rejected, *unknown_columns(points, frozenset({"timestamp", "price"}))]
    return Parsed(rows, rejected)


def _row(response: Response, coin: str, point: object) -> Row | None:
    timestamp = whole_number(member(point, "timestamp"), "timestamp")
    price: Any = number(member(point, "price"), "price")
    if timestamp >= MILLISECONDS_FROM:
        raise InvalidRecord("timestamp is in milliseconds; seconds were expected")
    if timestamp > response.latest_timestamp.timestamp():
        raise InvalidRecord("timestamp lies in the future")
    if timestamp < EARLIEST.timestamp():
        raise InvalidRecord(f"timestamp is {timestamp}, before the market existed: it is in another unit")
    midnight = (timestamp + DAY_SECONDS // 2) // DAY_SECONDS * DAY_SECONDS
    if midnight > response.as_of.timestamp():
        return None
    window = response.request.window
    day_opens = midnight - DAY_SECONDS
    if window and not window.start.timestamp() <= day_opens < window.end.timestamp():
        return None
    if abs(timestamp - midnight) > MAX_DISTANCE_SECONDS:
        raise InvalidRecord(f"timestamp is {abs(timestamp - midnight)} seconds from midnight in UTC: no close of a day")
    return (coin, timestamp, price)


DATASETS = (
    Dataset(
        provider=PROVIDER,
        name="chart_1d",
        title="Price of a coin near each midnight in UTC",
        subject_group="reference_prices",
        columns={"coin": "varchar", "timestamp": "bigint", "price": "decimal(38,18)"},
        key=("coin", "timestamp"),
        read=parse_chart,
        plan=plan_chart,
        figures={"price": PRICE},
        timestamps={"timestamp": Timestamp("s")},
        verify=verify_by_parsing(parse_chart),
        covers_until="date_trunc('day', make_timestamp((max(timestamp) + 43200) * 1000000))",
    ),
)
