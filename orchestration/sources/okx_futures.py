"""OKX's liquidation orders of a coin's USDT perpetual, one row per event, and what a contract of it is worth.

`GET /api/v5/public/liquidation-orders?instType=SWAP&uly&state=filled&after&limit`, no key. How long events are kept is
not documented any more (it was one day, then seven); between 14 and 24 hours were seen. So an answer proves nothing of
the time before its oldest event: pages go back until there are none, and that is how far it is known.
Documentation: https://www.okx.com/docs-v5/en/#public-data-rest-api-get-liquidation-orders
Newest first; `after` asks for events older than an instant in milliseconds. Events stand in `details` of the elements
of `data`, texts throughout; elements may be mere references (`{"$ref": …}`). `side` is that of the order: a sell
closes a long; `bkPx` is the bankruptcy price, `sz` counts contracts. There is no id, and identical neighbours are real.
`GET /api/v5/public/instruments?instType=SWAP` says what a contract holds. Errors come with a code that is not "0".
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from orchestration.sources.okx import TRANSIENT_CODES
from orchestration.sources.shared.contract import Dataset, Parsed, Request, Response, Row, Slice, Window
from orchestration.sources.shared.figures import POSITIVE, Timestamp, each
from orchestration.sources.shared.parsing import (
    MILLISECONDS_FROM,
    InvalidRecord,
    expect_list,
    member,
    milliseconds,
    number,
    number_occurrences,
    parse_envelope_list,
    parse_records,
    text,
    verify_by_parsing,
)
from orchestration.sources.shared.provider import Provider, Rate, error_codes

MOST_KEPT = timedelta(days=7)
"""The longest that was ever documented: nothing older is looked for."""

PROVIDER = Provider(
    name="okx_futures",
    title="OKX futures",
    default_url="https://www.okx.com",
    licence="OKX's terms of service apply; no right to redistribute the data is granted.",
    limitations="Liquidation orders of the last 14 to 24 hours, at most one per contract and second, 100 a page.",
    rate=Rate(5, 1),
    rate_limit_body=error_codes("code", 50011, 50040),
    transient_error_body=error_codes("code", 50001, 50004, 50013, 50026),
    variable_stem="okx",
)
MOST_EVENTS = 100
MICROSECONDS_FROM = 10**14
KNOWN = frozenset({"instId", "bkLoss", "bkPx", "ccy", "posSide", "side", "sz", "ts", "time"})
"""The fields of an event, and its instrument."""


def plan_liquidations(wanted: Slice) -> Iterator[Request]:
    """The newest page of what is still kept of the window; older pages follow."""
    start = max(wanted.window.start, wanted.now - MOST_KEPT)
    if start >= wanted.window.end:
        return
    params = {
        "instType": "SWAP",
        "uly": wanted.symbol.removesuffix("-SWAP"),
        "state": "filled",
        "limit": str(MOST_EVENTS),
    }
    if wanted.window.end < wanted.now:
        params["after"] = str(milliseconds(wanted.window.end))
    yield Request("/api/v5/public/liquidation-orders", params, wanted.subject, Window(start, wanted.window.end))


def older_liquidations(response: Response) -> Request | None:
    """The page before: events of the oldest instant are asked again, because the page may have cut through them."""
    request, window, oldest = response.request, response.request.window, _oldest(response)
    if oldest is None or window is None or oldest < milliseconds(window.start):
        return None
    after = oldest + 1
    if str(after) == request.params.get("after"):
        after = oldest
    end = _instant(after)
    if end <= window.start:
        return None
    return replace(request, params={**request.params, "after": str(after)}, window=Window(window.start, end))


def whole_liquidations(response: Response) -> Window | None:
    """From the oldest event, whose instant the page may have cut through, to the window's end.

    All of the window when an event from before its start is there: then the page reached so far. A page without events
    tells of no time, because nothing distinguishes quiet hours from hours that are not kept any more.
    A page of one instant only, which its request began with and which is not full, has all events of that instant.
    """
    window, oldest = response.request.window, _oldest(response)
    if oldest is None or window is None:
        return None
    if oldest < milliseconds(window.start):
        return window
    is_all_of_instant = (
        response.request.params.get("after") == str(oldest + 1) and len(_details(response)) < MOST_EVENTS
    )
    start = _instant(oldest if is_all_of_instant else oldest + 1)
    return Window(start, window.end) if start < window.end else None


def _oldest(response: Response) -> int | None:
    timestamps = [int(detail["ts"]) for detail in _details(response) if str(detail.get("ts", "")).isdecimal()]
    return min((stamp for stamp in timestamps if stamp < MICROSECONDS_FROM), default=None)


def _instant(milliseconds_since_1970: int) -> datetime:
    return datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=milliseconds_since_1970)


def parse_liquidations(response: Response) -> Parsed:
    """One row per event inside the request's window, by time; identical events are told apart by their number."""
    details = _details(response)
    return parse_records(details, number_occurrences(lambda detail: _event(response, detail)), key_width=7, known=KNOWN)


def _details(response: Response) -> list[dict[str, Any]]:
    """The events of all elements that have some, each with its instrument."""
    return [
        {**detail, "instId": element.get("instId")} if isinstance(detail, dict) else {}
        for element in _data(response)
        if isinstance(element, dict) and "details" in element
        for detail in expect_list(response, element["details"], "details")
    ]


def _data(response: Response) -> list[Any]:
    return parse_envelope_list(
        response, "0", TRANSIENT_CODES, "check the family in dbt_project/seeds/asset_symbols.csv"
    )


def _event(response: Response, detail: object) -> Row | None:
    stamp = text(member(detail, "ts"), "ts")
    if not stamp.isdecimal():
        raise InvalidRecord(f"ts is {stamp!r}, not a whole number")
    side = text(member(detail, "side"), "side")
    if side not in ("buy", "sell"):
        raise InvalidRecord(f"side is {side!r}, neither buy nor sell")
    price = number(member(detail, "bkPx"), "bkPx", text_allowed=True)
    size = number(member(detail, "sz"), "sz", text_allowed=True)
    if int(stamp) > milliseconds(response.latest_timestamp):
        raise InvalidRecord("ts lies in the future")
    if int(stamp) < MILLISECONDS_FROM:
        raise InvalidRecord("ts is in seconds where milliseconds were promised")
    window = response.request.window
    if window and not milliseconds(window.start) <= int(stamp) < milliseconds(window.end):
        return None
    assert isinstance(detail, dict)
    pos_side = str(detail.get("posSide") or "")
    return (text(detail["instId"], "instId"), int(stamp), side, pos_side, price, size)


def plan_instruments(wanted: Slice) -> Iterator[Request]:
    """The one list of all swaps."""
    yield Request("/api/v5/public/instruments", {"instType": "SWAP"})


def parse_instruments(response: Response) -> Parsed:
    """One row per swap: what a contract holds, and of what."""
    return parse_records(_data(response), _instrument, key_width=1)


def _instrument(record: object) -> Row | None:
    if member(record, "ctVal") == "":
        return None
    return (
        text(member(record, "instId"), "instId"),
        number(member(record, "ctVal"), "ctVal", text_allowed=True),
        number(member(record, "ctMult"), "ctMult", text_allowed=True),
        text(member(record, "ctValCcy"), "ctValCcy"),
        text(member(record, "ctType"), "ctType"),
    )


DATASETS = (
    Dataset(
        provider=PROVIDER,
        name="instruments",
        title="What a contract of each OKX swap holds",
        subject_group="derivatives",
        columns={
            "inst_id": "varchar",
            "ct_val": "decimal(28,10)",
            "ct_mult": "decimal(28,10)",
            "ct_val_ccy": "varchar",
            "ct_type": "varchar",
        },
        key=("inst_id",),
        read=parse_instruments,
        plan=plan_instruments,
        figures=each(("ct_val", "ct_mult"), POSITIVE),
        verify=verify_by_parsing(parse_instruments),
        per_asset=False,
    ),
    Dataset(
        provider=PROVIDER,
        name="liquidation_orders",
        title="Liquidation events of USDT perpetuals on OKX",
        subject_group="liquidations",
        columns={
            "inst_id": "varchar",
            "ts": "bigint",
            "side": "varchar",
            "pos_side": "varchar",
            "bk_px": "decimal(28,10)",
            "sz": "decimal(28,10)",
            "occurrence": "integer",
        },
        key=("inst_id", "ts", "side", "pos_side", "bk_px", "sz", "occurrence"),
        read=parse_liquidations,
        plan=plan_liquidations,
        figures=each(("bk_px", "sz", "occurrence"), POSITIVE),
        timestamps={"ts": Timestamp("ms")},
        verify=verify_by_parsing(parse_liquidations),
        next_page=older_liquidations,
        covers=whole_liquidations,
        lookback=timedelta(days=1),
        empty_is_normal=True,
    ),
)
