"""OKX's liquidation orders of USDT perpetuals, one row per event, and the size of their contracts.

`GET /api/v5/public/liquidation-orders?instType=SWAP&uly&state=filled&after&limit`, no key. How long events are kept is
no longer documented (it was one day, then seven); 14 to 24 hours were observed. So a response covers no time before its
oldest event: older pages are requested until one is empty, and the covered time ends there.
Documentation: https://www.okx.com/docs-v5/en/#public-data-rest-api-get-liquidation-orders
Newest first; `after` selects events older than an instant in milliseconds. Events are in `details` of the elements of
`data`, all values are texts; elements may be references (`{"$ref": …}`). `side` is that of the order: a sell closes a
long; `bkPx` is the bankruptcy price, `sz` counts contracts. Events have no id; equal events are different events.
`GET /api/v5/public/instruments?instType=SWAP` has the sizes of contracts. An error has a code other than "0".
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from orchestration.sources.okx import TRANSIENT_CODES
from orchestration.sources.shared.contract import Dataset, Parsed, Request, Response, Row, Slice, Window
from orchestration.sources.shared.figures import POSITIVE, PRICE, Timestamp, each
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

MAX_RETENTION = timedelta(days=7)
"""The longest retention ever documented: nothing older is requested."""

PROVIDER = Provider(
    name="okx_futures",
    title="OKX futures",
    default_url="https://www.okx.com",
    licence="OKX's terms of service apply; no right to redistribute the data is granted.",
    limitations="Liquidation orders of the last 14 to 24 hours, at most one per contract and second, 100 per page.",
    rate=Rate(5, 1),
    rate_limit_body=error_codes("code", 50011, 50040),
    transient_error_body=error_codes("code", 50001, 50004, 50013, 50026),
    variable_stem="okx",
)
MAX_EVENTS = 100
MICROSECONDS_FROM = 10**14
KNOWN = frozenset({"instId", "bkLoss", "bkPx", "ccy", "posSide", "side", "sz", "ts", "time"})
"""The fields of an event, and its instrument."""


def plan_liquidations(wanted: Slice) -> Iterator[Request]:
    """The newest page of the window; older pages follow."""
    start = max(wanted.window.start, wanted.now - MAX_RETENTION)
    if start >= wanted.window.end:
        return
    params = {
        "instType": "SWAP",
        "uly": wanted.symbol.removesuffix("-SWAP"),
        "state": "filled",
        "limit": str(MAX_EVENTS),
    }
    if wanted.window.end < wanted.now:
        params["after"] = str(milliseconds(wanted.window.end))
    yield Request("/api/v5/public/liquidation-orders", params, wanted.subject, Window(start, wanted.window.end))


def older_liquidations(response: Response) -> Request | None:
    """The page before, with the oldest instant again, whose events may continue there; None before the window."""
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


def covered_window(response: Response) -> Window | None:
    """From after the oldest event, whose instant may continue on the next page, to the window's end.

    The whole window when the page has an event before its start. A page without events covers nothing, because quiet
    hours can't be distinguished from deleted ones. A page that is not full and was requested up to its only instant
    has all events of that instant.
    """
    window, oldest = response.request.window, _oldest(response)
    if oldest is None or window is None:
        return None
    if oldest < milliseconds(window.start):
        return window
    is_all_of_instant = response.request.params.get("after") == str(oldest + 1) and len(_details(response)) < MAX_EVENTS
    start = _instant(oldest if is_all_of_instant else oldest + 1)
    return Window(start, window.end) if start < window.end else None


def _oldest(response: Response) -> int | None:
    timestamps = [int(detail["ts"]) for detail in _details(response) if str(detail.get("ts", "")).isdecimal()]
    return min((timestamp for timestamp in timestamps if timestamp < MICROSECONDS_FROM), default=None)


def _instant(milliseconds_since_1970: int) -> datetime:
    return datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=milliseconds_since_1970)


def parse_liquidations(response: Response) -> Parsed:
    """One row per event inside the request's window, in the order of time; equal events are numbered."""
    details = _details(response)
    return parse_records(details, number_occurrences(lambda detail: _event(response, detail)), key_width=7, known=KNOWN)


def _details(response: Response) -> list[dict[str, Any]]:
    """The events of all elements, each with its instrument."""
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
    timestamp = text(member(detail, "ts"), "ts")
    if not timestamp.isdecimal():
        raise InvalidRecord(f"ts is {timestamp!r}, not a whole number")
    side = text(member(detail, "side"), "side")
    if side not in ("buy", "sell"):
        raise InvalidRecord(f"side is {side!r}, neither buy nor sell")
    price = number(member(detail, "bkPx"), "bkPx", text_allowed=True)
    size = number(member(detail, "sz"), "sz", text_allowed=True)
    if int(timestamp) > milliseconds(response.latest_timestamp):
        raise InvalidRecord("ts lies in the future")
    if int(timestamp) < MILLISECONDS_FROM:
        raise InvalidRecord("ts is in seconds; milliseconds were expected")
    window = response.request.window
    if window and not milliseconds(window.start) <= int(timestamp) < milliseconds(window.end):
        return None
    assert isinstance(detail, dict)
    pos_side = str(detail.get("posSide") or "")
    return (text(detail["instId"], "instId"), int(timestamp), side, pos_side, price, size)


def plan_instruments(wanted: Slice) -> Iterator[Request]:
    """The request for the list of all swaps."""
    yield Request("/api/v5/public/instruments", {"instType": "SWAP"})


def parse_instruments(response: Response) -> Parsed:
    """One row per swap: the size of a contract and its unit."""
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


LARGEST_CONTRACT = 10**8
"""One contract of PEPE holds ten million coins."""

DATASETS = (
    Dataset(
        provider=PROVIDER,
        name="instruments",
        title="Contract sizes of OKX swaps",
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
        figures=each(("ct_val", "ct_mult"), replace(POSITIVE, maximum=LARGEST_CONTRACT)),
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
        figures=each(("sz", "occurrence"), POSITIVE) | {"bk_px": PRICE},
        timestamps={"ts": Timestamp("ms")},
        verify=verify_by_parsing(parse_liquidations),
        next_page=older_liquidations,
        covers=covered_window,
        lookback=timedelta(days=1),
        empty_is_normal=True,
    ),
)
