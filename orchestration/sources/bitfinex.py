"""Bitfinex's liquidations since 2019: all markets in one list, one row per event, with the position's id.

`GET /v2/liquidations/hist?start&end&limit&sort=1`, no key, three requests per minute.
Documentation: https://docs.bitfinex.com/reference/rest-public-liquidations
Arrays in arrays in an array: `["pos", POS_ID, MTS, _, SYMBOL, AMOUNT, BASE_PRICE, _, IS_MATCH, IS_MARKET_SOLD, _,
PRICE_ACQUIRED]`, milliseconds. The sign of the amount is that of the position: above 0 a long was closed. A liquidation
has two rows: the trigger (IS_MATCH 0) and the execution at a price (IS_MATCH 1), which is the one to count; BASE_PRICE
is the price at which the position was opened. Besides perpetuals (`tBTCF0:USTF0`) there are spot margin positions.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
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
    Window,
)
from orchestration.sources.shared.figures import PRICE, SIGNED, Timestamp, each
from orchestration.sources.shared.parsing import (
    InvalidRecord,
    describe_request,
    expect_list,
    json_body,
    milliseconds,
    number,
    parse_records,
    text,
    verify_by_parsing,
    whole_number,
)
from orchestration.sources.shared.provider import Provider, Rate

MAX_EVENTS = 500
WIDTH = 12
MICROSECONDS_FROM = 10**14

PROVIDER = Provider(
    name="bitfinex",
    title="Bitfinex liquidations",
    default_url="https://api-pub.bitfinex.com",
    licence="For personal use under Bitfinex's API terms; no right to redistribute is granted.",
    limitations="Few and small liquidations since 2019-08-01; three requests a minute.",
    rate=Rate(3, 60),
    rate_limit_body=re.compile(rb"^\s*\[\s*\"error\"\s*,\s*11010\b"),
    transient_error_body=re.compile(rb"^\s*\[\s*\"error\"\s*,\s*(20060|10000)\b"),
)


def plan_liquidations(wanted: Slice) -> Iterator[Request]:
    """The oldest page of the window; newer pages follow."""
    params = {
        "start": str(milliseconds(wanted.window.start)),
        "end": str(milliseconds(wanted.window.end) - 1),
        "limit": str(MAX_EVENTS),
        "sort": "1",
    }
    yield Request("/v2/liquidations/hist", params, wanted.subject, wanted.window)


def newer_liquidations(response: Response) -> Request | None:
    """The page after a full one, from its newest instant on, whose events may continue on the next page."""
    events = _events(response)
    if len(events) < MAX_EVENTS:
        return None
    request, newest = response.request, _newest(events)
    if newest is None:
        return None
    window = Window(_instant(newest), request.window.end) if request.window else None
    return replace(request, params={**request.params, "start": str(newest)}, window=window)


def covered_window(response: Response) -> Window | None:
    """The requested window; of a full page, the time before its newest instant."""
    window, events = response.request.window, _events(response)
    if window is None or len(events) < MAX_EVENTS:
        return window
    timestamp = _newest(events)
    newest = window.start if timestamp is None else _instant(timestamp)
    return Window(window.start, newest) if window.start < newest else None


def _newest(events: list[Any]) -> int | None:
    """The newest valid timestamp of a page; other records don't count for where it ends."""
    timestamps = [event[2] for event in events if isinstance(event, list) and len(event) > 2]
    return max((time for time in timestamps if isinstance(time, int) and time < MICROSECONDS_FROM), default=None)


def _instant(milliseconds_since_1970: int) -> datetime:
    return datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=milliseconds_since_1970)


def parse_liquidations(response: Response) -> Parsed:
    """One row per trigger (`is_match` 0) or execution (1), in the order of position and time."""
    return parse_records(_events(response), lambda event: _row(response, event), key_width=4)


def _events(response: Response) -> list[Any]:
    body = expect_list(response, json_body(response), "the body")
    if body[:1] == ["error"]:
        problem = f"{describe_request(response)}: {', '.join(str(part) for part in body[1:])}"
        if "ratelimit" in problem:
            raise SourceUnavailable(f"{problem}; run again in a minute")
        raise SourceRejected(f"{problem}; check the window")
    events = [outer[0] if isinstance(outer, list) and outer else outer for outer in body]
    if events and not any(isinstance(event, list) and len(event) == WIDTH for event in events):
        raise SourceRejected(f"{describe_request(response)}: no event has {WIDTH} elements; the format has changed")
    return events


def _row(response: Response, event: Any) -> Row | None:
    if not isinstance(event, list):
        raise InvalidRecord("the event is no list")
    if len(event) != WIDTH:
        raise InvalidRecord(f"the event has {len(event)} elements, not {WIDTH}")
    timestamp = whole_number(event[2], "MTS")
    if timestamp > milliseconds(response.latest_timestamp):
        raise InvalidRecord("MTS lies in the future")
    amount = number(event[5], "AMOUNT")
    if amount == 0:
        raise InvalidRecord("AMOUNT is 0: neither a long nor a short")
    is_match = whole_number(event[8], "IS_MATCH")
    if is_match not in (0, 1):
        raise InvalidRecord(f"IS_MATCH is {is_match}, neither 0 nor 1")
    acquired: Decimal | None = number(event[11], "PRICE_ACQUIRED") if event[11] is not None else None
    if is_match == 1 and acquired is None:
        raise InvalidRecord("PRICE_ACQUIRED is null, although IS_MATCH is 1")
    return (
        whole_number(event[1], "POS_ID"),
        timestamp,
        amount,
        is_match,
        text(event[4], "SYMBOL"),
        number(event[6], "BASE_PRICE"),
        acquired,
    )


DATASETS = (
    Dataset(
        provider=PROVIDER,
        name="liquidations",
        title="Liquidation events of all markets on Bitfinex",
        subject_group="liquidations",
        columns={
            "pos_id": "bigint",
            "mts": "bigint",
            "amount": "decimal(28,10)",
            "is_match": "integer",
            "symbol": "varchar",
            "base_price": "decimal(28,10)",
            "price_acquired": "decimal(28,10)",
        },
        key=("pos_id", "mts", "amount", "is_match"),
        read=parse_liquidations,
        plan=plan_liquidations,
        # The sign of the amount is the side of the position.
        figures=each(("pos_id", "amount", "is_match"), SIGNED)
        | {"base_price": PRICE, "price_acquired": PRICE.or_missing},
        timestamps={"mts": Timestamp("ms")},
        verify=verify_by_parsing(parse_liquidations),
        next_page=newer_liquidations,
        covers=covered_window,
        per_asset=False,
        lookback=timedelta(days=2),
        empty_is_normal=True,
    ),
)
