"""CoinGecko's `/api/v3/global` and `/api/v3/coins/markets`.

The figures are synthetic: CoinMarketCap's bundled snapshots, slightly lower, and the highest of Binance's bundled days.
"""

from datetime import timedelta
from decimal import Decimal

from orchestration.sample.figures import instant
from orchestration.sample.synthetic import days, newest_snapshot
from orchestration.sample.wire import Wire, WireRequest, WireResponse, json_response, not_found
from orchestration.sources.shared.registry import symbols

REACHED = timedelta(hours=14, minutes=30, milliseconds=125)
"""When in its day a synthetic record is reached."""
BELOW_ONE_VENUE = Decimal("0.999")
"""An average over venues is lower than the highest trade of one."""


def respond(request: WireRequest) -> WireResponse:
    """The newest snapshot by `now`, or the records of the days that had ended by then."""
    if request.path == "/api/v3/coins/markets":
        return _markets(request)
    if request.path != "/api/v3/global":
        return not_found()
    seconds, total, dominance = newest_snapshot(request.now, Decimal("0.985"))
    caps = {"btc": float(round(total / 100_000, 6)), "usd": float(total)}
    shares = {"btc": dominance, "eth": 8.5}
    data = {"active_cryptocurrencies": 17_000, "total_market_cap": caps, "market_cap_percentage": shares}
    return json_response({"data": data | {"updated_at": seconds}})


def _markets(request: WireRequest) -> WireResponse:
    if request.params.get("vs_currency") != "usd":
        return json_response({"status": {"error_code": 422, "error_message": "Missing parameter vs_currency"}}, 422)
    pairs = symbols("binance")
    listed = [(asset, coin, pairs[asset]) for asset, coin in symbols("coingecko").items() if asset in pairs]
    coins = []
    for asset, coin, pair in listed:
        ended = [line for line in days("binance", pair) if instant(line["trade_date"]) + timedelta(1) <= request.now]
        if ended:
            best = max(ended, key=lambda line: Decimal(line["high"]))
            high, at = Decimal(best["high"]) * BELOW_ONE_VENUE, instant(best["trade_date"]) + REACHED
            reached = {"ath": float(high), "ath_date": f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03}Z"}
            coins.append({"id": coin, "symbol": asset.lower(), "name": asset, "roi": None} | reached)
    return json_response(coins[: int(request.params.get("per_page", 100))])


WIRE = Wire("coingecko", respond, lambda url: {"COINGECKO_BASE_URL": url}, bundled=False)
