"""Coin Metrics' `/v4/timeseries/asset-metrics`: pages in either direction, absent and null metrics.

The figures are synthetic: Coinbase's bundled closes, a few basis points off (`synthetic.py`), times a round supply.
"""

from datetime import date, timedelta
from decimal import Decimal
from urllib.parse import urlencode

from orchestration.sample.figures import instant
from orchestration.sample.synthetic import days, venue_factor
from orchestration.sample.synthetic_series import level
from orchestration.sample.wire import Wire, WireRequest, WireResponse, json_response, not_found
from orchestration.sources.shared.registry import symbols

HOST = "https://community-api.coinmetrics.io"
"""The next page links to the real host, as behind a proxy."""
PATH = "/v4/timeseries/asset-metrics"
COMPUTED_AFTER = timedelta(hours=27)
SUPPLIES = {
    "BTC": 19_860_000, "ETH": 120_700_000, "SOL": 518_000_000, "XRP": 58_500_000_000, "BNB": 140_900_000,
    "DOGE": 149_300_000_000, "ADA": 35_300_000_000, "LINK": 657_000_000, "AVAX": 418_000_000, "LTC": 75_800_000,
}  # fmt: skip
WITHOUT_NETWORK_DATA = frozenset({"SOL", "BNB", "AVAX"})
"""Assets with only an estimated capitalisation."""
METRICS = frozenset({"PriceUSD", "CapMrktCurUSD", "CapMrktEstUSD", "SplyCur"})
FLOWS = {"BTC": "32000", "ETH": "450000"}
"""Coins that go into exchanges on a day, of the assets for which flows are free."""
FLOW_METRICS = frozenset({"FlowInExNtv", "FlowOutExNtv", "FlowInExUSD", "FlowOutExUSD"})


def respond(request: WireRequest) -> WireResponse:
    """Daily rows of one asset; the defaults are `paging_from=end` and `page_size=100`."""
    if request.path != PATH:
        return not_found()
    params = dict(request.params)
    asset = next((asset for asset, name in symbols("coinmetrics").items() if name == params.get("assets")), "")
    if asset not in SUPPLIES:
        return _error(400, "bad_parameter", f"Bad parameter 'assets'. Value '{params.get('assets')}' is not supported.")
    requested = params.get("metrics", "").split(",")
    refused = sorted(set(requested) - METRICS - (FLOW_METRICS if asset in FLOWS else frozenset()))
    if refused and params.get("ignore_forbidden_errors") != "true":
        message = f"Requested metric '{refused[0]}' with frequency '1d' for asset '{params['assets']}' is not available"
        return _error(403, "forbidden", f"{message} with supplied credentials.")
    rows = _rows(asset, requested, params, request)
    size, first = int(params.get("page_size", "100")), int(params.pop("next_page_token", "0"))
    if params.get("paging_from", "end") == "end":
        page = rows[max(0, len(rows) - first - size) : len(rows) - first]
    else:
        page = rows[first : first + size]
    body: dict[str, object] = {"data": page}
    if first + size < len(rows):
        token = str(first + size)
        body |= {"next_page_token": token}
        body |= {"next_page_url": f"{HOST}{PATH}?{urlencode(params | {'next_page_token': token})}"}
    return json_response(body)


def _rows(
    asset: str, requested: list[str], params: dict[str, str], request: WireRequest
) -> list[dict[str, str | None]]:
    rows: list[dict[str, str | None]] = []
    for line in days("coinbase", symbols("coinbase")[asset]):
        day, opens = line["trade_date"], instant(line["trade_date"])
        if opens + timedelta(days=1) > request.now or not _is_requested(day, params):
            continue
        price = Decimal(line["close"]) * venue_factor("coinmetrics", asset)
        caps = {
            "PriceUSD": price,
            "CapMrktCurUSD": price * SUPPLIES[asset],
            "CapMrktEstUSD": price * SUPPLIES[asset],
            "SplyCur": Decimal(SUPPLIES[asset]),
        } | _flows(asset, instant(day).date(), price)
        has = [
            name
            for name in requested
            if name in caps and (name == "CapMrktEstUSD" or asset not in WITHOUT_NETWORK_DATA)
        ]
        # The newest day has no figures until they are computed.
        is_computed = opens + COMPUTED_AFTER <= request.now
        figures = {name: f"{caps[name]:f}" if is_computed else None for name in has}
        rows.append({"asset": params["assets"], "time": f"{day}T00:00:00.000000000Z", **figures})
    return rows


def _flows(asset: str, day: date, price: Decimal) -> dict[str, Decimal]:
    """What went into and out of exchanges, in coins and USD; nothing for an asset without free flows."""
    if asset not in FLOWS:
        return {}
    coins = {way: round(level(f"{asset} {way}", day, FLOWS[asset], spread="0.3"), 8) for way in ("In", "Out")}
    amounts = (("Ntv", Decimal(1)), ("USD", price))
    return {f"Flow{way}Ex{unit}": amount * factor for way, amount in coins.items() for unit, factor in amounts}


def _is_requested(day: str, params: dict[str, str]) -> bool:
    return params.get("start_time", "")[:10] <= day <= params.get("end_time", "9999")[:10]


def _error(status: int, kind: str, message: str) -> WireResponse:
    return json_response({"error": {"type": kind, "message": message}}, status)


WIRE = Wire("coinmetrics", respond, lambda url: {"COINMETRICS_BASE_URL": url}, bundled=False)
