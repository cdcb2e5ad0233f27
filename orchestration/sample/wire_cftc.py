"""CFTC's Socrata resource of traders in financial futures: counts as text, Tuesdays, published on Fridays.

The figures are synthetic (`synthetic_series.py`).
"""

import re
from datetime import timedelta

from orchestration.sample.figures import instant
from orchestration.sample.synthetic_series import days_until, level
from orchestration.sample.wire import Wire, WireRequest, WireResponse, json_response, not_found
from orchestration.sources.shared.registry import symbols

PATH = "/resource/gpe5-46if.json"
WHERE = re.compile(
    r"cftc_contract_market_code='(\w+)' and report_date_as_yyyy_mm_dd "
    r"between '(\d{4}-\d\d-\d\d)' and '(\d{4}-\d\d-\d\d)'"
)
PUBLISHED_AFTER = timedelta(days=3, hours=20)
TUESDAY = 1
SIZES = {
    "open_interest_all": "28000",
    "dealer_positions_long_all": "2400",
    "dealer_positions_short_all": "2900",
    "asset_mgr_positions_long": "7100",
    "asset_mgr_positions_short": "1500",
    "lev_money_positions_long": "9800",
    "lev_money_positions_short": "15200",
}


def respond(request: WireRequest) -> WireResponse:
    """The published Tuesdays of one contract inside the bounds, oldest first."""
    matched = WHERE.fullmatch(request.params.get("$where", ""))
    if request.path != PATH:
        return not_found()
    if matched is None:
        return json_response({"message": "Query coordinator error: query.compiler.malformed", "errorCode": "q"}, 400)
    contract, first, last = matched.groups()
    if contract not in symbols("cftc").values():
        return json_response([])
    rows = []
    for day in days_until(request.now):
        is_published = instant(day.isoformat()) + PUBLISHED_AFTER <= request.now
        if day.weekday() == TUESDAY and is_published and first <= day.isoformat() <= last:
            counts = {
                name: str(int(level(f"{contract} {name}", day, size, spread="0.1"))) for name, size in SIZES.items()
            }
            stamp = {"cftc_contract_market_code": contract, "report_date_as_yyyy_mm_dd": f"{day}T00:00:00.000"}
            rows.append(stamp | {"market_and_exchange_names": "BITCOIN - CHICAGO MERCANTILE EXCHANGE"} | counts)
    return json_response(rows[: int(request.params.get("$limit", "1000"))])


WIRE = Wire("cftc", respond, lambda url: {"CFTC_BASE_URL": url}, bundled=False)
