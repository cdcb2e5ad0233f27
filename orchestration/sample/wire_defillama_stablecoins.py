"""DefiLlama's `/stablecoincharts/…`: the whole history of one series, dates as text, the running day included.

The figures are synthetic (`synthetic_series.py`).
"""

from orchestration.sample.figures import instant
from orchestration.sample.synthetic_series import days_until, level
from orchestration.sample.wire import Wire, WireRequest, WireResponse, json_response, not_found
from orchestration.sources.defillama_stablecoins import CHAINS, COINS

SUPPLIES = {"": "172e9", "USDT": "120e9", "USDC": "38e9", "DAI": "4.9e9", "USDE": "2.7e9"}
CHAIN_SUPPLIES = {"Ethereum": "90e9", "Tron": "60e9", "Solana": "6e9", "BSC": "5e9", "Base": "3e9"}
GROWTH, SPREAD = "0.001", "0.0005"


def respond(request: WireRequest) -> WireResponse:
    """Every day of the total, of a coin or of a chain; an unknown id has no history."""
    place = request.path.removeprefix("/stablecoincharts/")
    coin = next((coin for coin, coin_id in COINS.items() if coin_id == request.params.get("stablecoin")), "")
    if place in CHAINS:
        return json_response(_points(request, place, CHAIN_SUPPLIES[place]))
    if place != "all":
        return not_found()
    return json_response(_points(request, coin, SUPPLIES[coin]) if coin or not request.params else [])


def _points(request: WireRequest, series: str, supply: str) -> list[dict[str, object]]:
    points: list[dict[str, object]] = []
    for day in days_until(request.now):
        coins = level(f"stablecoins {series}", day, supply, GROWTH, SPREAD)
        other = {"peggedEUR": 350_000_000.5} if not series else {}
        points.append(
            {
                "date": str(int(instant(day.isoformat()).timestamp())),
                "totalCirculating": {"peggedUSD": float(round(coins, 2))} | other,
                "totalUnreleased": {"peggedUSD": 0},
                "totalCirculatingUSD": {"peggedUSD": float(round(coins * level(series, day, "1", spread="0.001"), 2))}
                | other,
                "totalMintedUSD": {"peggedUSD": float(round(coins, 2))},
                "totalBridgedToUSD": {"peggedUSD": 0},
            }
        )
    return points


WIRE = Wire("defillama_stablecoins", respond, lambda url: {"DEFILLAMA_STABLECOINS_BASE_URL": url}, bundled=False)
