"""CoinPaprika's `/v1/global`.

The figures are synthetic: CoinMarketCap's bundled snapshots, slightly lower.
"""

from decimal import Decimal

from orchestration.sample.synthetic import newest_snapshot
from orchestration.sample.wire import Wire, WireRequest, WireResponse, json_response, not_found


def respond(request: WireRequest) -> WireResponse:
    """The newest snapshot by `now`."""
    if request.path != "/v1/global":
        return not_found()
    seconds, total, dominance = newest_snapshot(request.now, Decimal("0.97"))
    figures = {"market_cap_usd": int(total), "bitcoin_dominance_percentage": round(dominance, 2)}
    return json_response(figures | {"last_updated": seconds, "cryptocurrencies_number": 9_000})


WIRE = Wire("coinpaprika", respond, lambda url: {"COINPAPRIKA_BASE_URL": url}, bundled=False)
