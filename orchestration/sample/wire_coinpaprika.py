"""`/v1/global` as CoinPaprika answers it.

The figures are made up: CoinMarketCap's bundled snapshots less a little.
"""

from decimal import Decimal

from orchestration.sample.made_up import newest_snapshot
from orchestration.sample.wire import Wire, WireRequest, WireResponse, json_answer, not_found


def answer(question: WireRequest) -> WireResponse:
    """The newest snapshot by `now`."""
    if question.path != "/v1/global":
        return not_found()
    taken, total, dominance = newest_snapshot(question.now, Decimal("0.97"))
    told = {"market_cap_usd": int(total), "bitcoin_dominance_percentage": round(dominance, 2), "last_updated": taken}
    return json_answer(told | {"cryptocurrencies_number": 9_000})


WIRE = Wire("coinpaprika", answer, lambda url: {"COINPAPRIKA_BASE_URL": url}, bundled=False)
