"""HTX's liquidation orders of USDT perpetuals, one row per event with an id.

`GET /v5/market/liquidation_orders?contract_code&start_time&end_time&limit`, no key, windows of at most two hours, 90
days back. Known from clients and measurements; documentation: https://www.htx.com/en-us/opend/newApiPages/
All values are texts, times are milliseconds. `side` is that of the order and `position_side` that of the position;
`trade_turnover` is the value in USDT; `amount` counts contracts here (coins in v3), so it is never multiplied by a
price. An error has a code other than 200. A window with a full page is requested again in halves.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

from orchestration.sources.shared.contract import Dataset, Parsed, Request, Response, Row, Slice, Window
from orchestration.sources.shared.figures import POSITIVE, PRICE, Timestamp, each
from orchestration.sources.shared.parsing import (
    InvalidRecord,
    member,
    milliseconds,
    number,
    parse_envelope_list,
    parse_records,
    text,
    verify_by_parsing,
)
from orchestration.sources.shared.provider import Provider, Rate, error_codes

MAX_EVENTS = 100
SPAN = timedelta(hours=2)
RETENTION = timedelta(days=89)
TRANSIENT_CODES = frozenset({"1032", "429", "500", "503"})
KNOWN = frozenset(
    {
        *("id", "contract_code", "liquidation_time", "side", "position_side"),
        *("volume", "amount", "bankrupt_price", "trade_turnover"),
    }
)

PROVIDER = Provider(
    name="htx",
    title="HTX futures",
    default_url="https://api.hbdm.com",
    licence="For personal use under HTX's API terms; no right to redistribute is granted.",
    limitations="Its own contracts only, the last 90 days.",
    rate=Rate(20, 1),
    rate_limit_body=error_codes("code", 429, 1032),
    transient_error_body=error_codes("code", 500, 503),
)


def plan_liquidations(wanted: Slice) -> Iterator[Request]:
    """Windows of two hours, oldest first, as far back as events are kept."""
    start = max(wanted.window.start, (wanted.now - RETENTION).replace(minute=0, second=0, microsecond=0))
    if start >= wanted.window.end:
        return
    for window in Window(start, wanted.window.end).split(SPAN):
        yield _request(wanted.symbol, wanted.subject, window)


def _request(contract: str, subject: str, window: Window) -> Request:
    params = {
        "contract_code": contract,
        "start_time": str(milliseconds(window.start)),
        "end_time": str(milliseconds(window.end) - 1),
        "limit": str(MAX_EVENTS),
    }
    return Request("/v5/market/liquidation_orders", params, subject, window)


def next_half(response: Response) -> Request | None:
    """The next half window: a full page may lack events, so its window is requested in halves, down to one second."""
    request, window = response.request, response.request.window
    remaining = request.follow_ups
    if len(_data(response)) >= MAX_EVENTS and window and window.end - window.start > timedelta(seconds=1):
        middle = window.start + (window.end - window.start) / 2
        middle = middle.replace(microsecond=0)
        halves = (Window(window.start, middle), Window(middle, window.end))
        contract = request.params["contract_code"]
        remaining = (*(_request(contract, request.subject, half) for half in halves), *remaining)
    return replace(remaining[0], follow_ups=remaining[1:]) if remaining else None


def covered_window(response: Response) -> Window | None:
    """The requested window; None for a full page."""
    return response.request.window if len(_data(response)) < MAX_EVENTS else None


def parse_liquidations(response: Response) -> Parsed:
    """One row per event, in the order of ids."""
    return parse_records(_data(response), lambda record: _event(response, record), key_width=1, known=KNOWN)


def _data(response: Response) -> list[object]:
    return parse_envelope_list(
        response, "200", TRANSIENT_CODES, "check the contract in dbt_project/seeds/asset_symbols.csv"
    )


def _event(response: Response, record: object) -> Row | None:
    timestamp = text(member(record, "liquidation_time"), "liquidation_time")
    if not timestamp.isdecimal():
        raise InvalidRecord(f"liquidation_time is {timestamp!r}, not a whole number")
    if int(timestamp) > milliseconds(response.latest_timestamp):
        raise InvalidRecord("liquidation_time lies in the future")
    side = text(member(record, "side"), "side")
    position = text(member(record, "position_side"), "position_side")
    if (side, position) not in (("buy", "short"), ("sell", "long")):
        raise InvalidRecord(f"a {side} order does not close a {position} position")
    return (
        text(member(record, "id"), "id"),
        text(member(record, "contract_code"), "contract_code"),
        int(timestamp),
        side,
        position,
        number(member(record, "volume"), "volume", text_allowed=True),
        number(member(record, "amount"), "amount", text_allowed=True),
        number(member(record, "bankrupt_price"), "bankrupt_price", text_allowed=True),
        number(member(record, "trade_turnover"), "trade_turnover", text_allowed=True),
    )


DATASETS = (
    Dataset(
        provider=PROVIDER,
        name="liquidation_orders",
        title="Liquidation events of USDT perpetuals on HTX",
        subject_group="liquidations",
        columns={
            "id": "varchar",
            "contract_code": "varchar",
            "liquidation_time": "bigint",
            "side": "varchar",
            "position_side": "varchar",
            "volume": "decimal(28,10)",
            "amount": "decimal(28,10)",
            "bankrupt_price": "decimal(28,10)",
            "trade_turnover": "decimal(28,10)",
        },
        key=("id",),
        read=parse_liquidations,
        plan=plan_liquidations,
        figures=each(("volume", "amount", "trade_turnover"), POSITIVE) | {"bankrupt_price": PRICE},
        timestamps={"liquidation_time": Timestamp("ms")},
        verify=verify_by_parsing(parse_liquidations),
        next_page=next_half,
        covers=covered_window,
        lookback=timedelta(days=2),
        empty_is_normal=True,
    ),
)
