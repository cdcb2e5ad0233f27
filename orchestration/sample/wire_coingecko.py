"""CoinGecko's `/api/v3/global`.

The figures are synthetic: CoinMarketCap's bundled snapshots, slightly lower.
"""

from decimal import Decimal

from orchestration.sample.synthetic import newest_snapshot
from orchestration.sample.wire import Wire, WireRequest, WireResponse, json_response, not_found


def respond(request: WireRequest) -> WireResponse:
    """The newest snapshot by `now`."""
    if request.path != "/api/v3/global":
        return not_found()
    seconds, total, dominance = newest_snapshot(request.now, Decimal("0.985"))
    caps = {"btc": float(round(total / 100_000, 6)), "usd": float(total)}
    shares = {"btc": dominance, "eth": 8.5}
    data = {"active_cryptocurrencies": 17_000, "total_market_cap": caps, "market_cap_percentage": shares}
    return json_response({"data": data | {"updated_at": seconds}})


WIRE = Wire("coingecko", respond, lambda url: {"COINGECKO_BASE_URL": url}, bundled=False)
