"""CoinMarketCap's keyless `/public-api/v1/global-metrics/quotes/latest`: the newest bundled snapshot.

It shares the URL of the keyed API, which `wire_coinmarketcap.py` sets; it calls `respond` for this path.
"""

from orchestration.sample.figures import figures, instant
from orchestration.sample.wire import Wire, WireRequest, WireResponse, as_number, json_response, not_found

PATH = "/public-api/v1/global-metrics/quotes/latest"


def respond(request: WireRequest) -> WireResponse:
    """The newest snapshot by `now`; its instant is in `last_updated`."""
    lines = [line for line in figures("global_market_caps") if instant(line["as_of_at"]) <= request.now]
    if request.path != PATH or not lines:
        return not_found()
    line = lines[-1]
    written = f"{instant(line['as_of_at']):%Y-%m-%dT%H:%M:%S}.000Z"
    caps = {"total_market_cap": as_number(line["total_usd"]), "altcoin_market_cap": as_number(line["ex_btc_usd"])}
    data = {"quote": {"USD": caps}, "btc_dominance": as_number(line["btc_dominance_pct"]), "eth_dominance": 8.5}
    status = {"timestamp": f"{request.now:%Y-%m-%dT%H:%M:%S}.000Z", "error_code": 0, "error_message": None}
    return json_response({"status": status, "data": data | {"last_updated": written}})


WIRE = Wire("coinmarketcap_public", respond, lambda url: {}, bundled=False)
