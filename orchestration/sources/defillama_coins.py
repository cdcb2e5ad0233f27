"""DefiLlama's coin prices: the price of a coin near each midnight, gathered from exchanges and chains.

`GET /chart/coingecko:<id>?start=…&span=…&period=1d`, no key, no published limit, cached for an hour.
Documentation: https://api-docs.defillama.com/#tag/coins/get/chart/{coins}
An answer holds `coins.<id>.prices`, oldest first, of JSON numbers; `span` counts the steps after `start`, at most 500,
so that one point more comes. A point is the known price nearest to a midnight in UTC, up to three minutes off on either
side: it is that of the nearest midnight, and the close of the day that ended there. Cutting off the hour instead would
lose one day in five. A coin that is not known is absent from `coins`. A price of the past may be restated.
"""

from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from typing import Any

from orchestration.sources.shared.contract import Dataset, Parsed, Request, Response, Row, Slice, SourceRejected
from orchestration.sources.shared.figures import EARLIEST, POSITIVE, Timestamp
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

MOST_STEPS = 500
FARTHEST_SECONDS = 3600
"""From midnight; 168 seconds was the farthest of 1,098 recorded points. A point farther off is no close of a day."""
RECENT = timedelta(days=14)

PROVIDER = Provider(
    name="defillama_coins",
    title="DefiLlama coin prices",
    default_url="https://coins.llama.fi",
    licence="DefiLlama's terms of service apply; whether the data may be redistributed is not said.",
    rate=Rate(2, 1),
    limitations="Prices minutes beside midnight, to compare with; no volumes.",
)


def plan_chart(wanted: Slice) -> Iterator[Request]:
    """Windows of at most 500 days; the closes of a window's days are the midnights one day later."""
    for window in wanted.window.split(timedelta(days=MOST_STEPS)):
        start = int(window.start.timestamp()) + DAY_SECONDS
        span = -(-int((window.end - window.start).total_seconds()) // DAY_SECONDS)
        params = {"start": str(start), "span": str(span), "period": "1d"}
        yield Request(f"/chart/{wanted.symbol}", params, wanted.subject, window)


def parse_chart(response: Response) -> Parsed:
    """One row per point that is the close of a UTC day inside the window, oldest first.

    Raises SourceRejected where the coin is absent although recent days were asked for.
    """
    body = expect_object(response, json_body(response), "the body")
    coins = expect_object(response, body.get("coins"), "coins")
    asked = response.request.path.rsplit("/", 1)[-1]
    window = response.request.window
    if not coins and window and window.end > response.fetched_at - RECENT:
        raise SourceRejected(
            f"{describe_request(response)}: it does not know {asked}; check the id in dbt_project/seeds/asset_symbols.csv"
        )
    rows: list[Row] = []
    rejected = []
    for coin, told in coins.items():
        points = expect_list(response, expect_object(response, told, coin).get("prices"), f"the prices of {coin}")
        parsed = parse_records(points, partial(_row, response, coin), key_width=2)
        rows += parsed.rows
        rejected += [*parsed.rejected, *unknown_columns(points, frozenset({"timestamp", "price"}))]
    return Parsed(rows, rejected)


def _row(response: Response, coin: str, point: object) -> Row | None:
    stamp = whole_number(member(point, "timestamp"), "timestamp")
    price: Any = number(member(point, "price"), "price")
    if stamp >= MILLISECONDS_FROM:
        raise InvalidRecord("timestamp is in milliseconds where seconds were promised")
    if stamp > response.latest_timestamp.timestamp():
        raise InvalidRecord("timestamp lies in the future")
    if stamp < EARLIEST.timestamp():
        raise InvalidRecord(f"timestamp is {stamp}, before there was a market: the stamp is in another unit")
    midnight = (stamp + DAY_SECONDS // 2) // DAY_SECONDS * DAY_SECONDS
    if midnight > response.as_of.timestamp():
        return None
    window = response.request.window
    day_opens = midnight - DAY_SECONDS
    if window and not window.start.timestamp() <= day_opens < window.end.timestamp():
        return None
    if abs(stamp - midnight) > FARTHEST_SECONDS:
        raise InvalidRecord(f"timestamp is {abs(stamp - midnight)} seconds from midnight in UTC: no close of a day")
    return (coin, stamp, price)


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
        figures={"price": POSITIVE},
        timestamps={"timestamp": Timestamp("s")},
        verify=verify_by_parsing(parse_chart),
        covers_until="date_trunc('day', make_timestamp((max(timestamp) + 43200) * 1000000))",
    ),
)
