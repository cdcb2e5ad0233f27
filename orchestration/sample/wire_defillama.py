"""DefiLlama's `/flows`: every session of every asset in one list, US dollars."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from orchestration.sample.figures import figures, instant
from orchestration.sample.wire import Wire, WireRequest, WireResponse, as_number, json_response, not_found

GECKO_IDS = {"BTC": "bitcoin", "ETH": "ethereum"}
REPORTED_AFTER = timedelta(hours=29)
"""From a session's midnight to the report of its last fund: about 05:00 UTC of the next day."""


def respond(request: WireRequest) -> WireResponse:
    """The totals of the sessions whose funds had all reported by `now`."""
    if request.path != "/flows":
        return not_found()
    lines = (line for line in figures("etf_total_flows") if has_reported(line["trade_date"], request.now))
    return json_response([_row(line) for line in lines])


def has_reported(trade_date: str, now: datetime) -> bool:
    """Whether all funds of a session had reported at `now`."""
    return instant(trade_date) + REPORTED_AFTER <= now


def _row(line: Mapping[str, str]) -> dict[str, object]:
    return {
        "gecko_id": GECKO_IDS[line["asset"]],
        "day": f"{line['trade_date']}T00:00:00.000Z",
        "total_flow_usd": as_number(line["net_flow_usd"]),
    }


WIRE = Wire("defillama", respond, lambda url: {"DEFILLAMA_ETFS_BASE_URL": url})
