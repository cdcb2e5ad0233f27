"""CoinMarketCap's `/v5/derivatives/liquidations/exchange/list/latest`: the last 24 hours per venue. Synthetic.

It shares URL and key of the keyed API, which `wire_coinmarketcap.py` sets and checks; it calls `respond` for this path.
"""

from datetime import timedelta
from decimal import Decimal

from orchestration.sample.synthetic_futures import HOUR, closed_or_running
from orchestration.sample.wire import Wire, WireRequest, WireResponse, json_response, not_found

PATH = "/v5/derivatives/liquidations/exchange/list/latest"
VENUES = {"binance": 270, "bybit": 521, "okx": 294}
ASSETS = ("BTC", "ETH", "SOL")


def respond(request: WireRequest) -> WireResponse:
    """Sums over the last 24 whole hours by `now`, of every venue."""
    if request.path != PATH:
        return not_found()
    exchanges = [
        {"name": venue.capitalize(), "slug": venue, "exchange_id": venue_id, "quotes": [_quote(venue, request)]}
        for venue, venue_id in VENUES.items()
    ]
    status = {"timestamp": f"{request.now:%Y-%m-%dT%H:%M:%S}.000Z", "error_code": "0", "error_message": ""}
    return json_response(
        {"status": status, "data": {"exchanges": exchanges, "total_size": len(exchanges), "has_more": False}}
    )


def _quote(venue: str, request: WireRequest) -> dict[str, object]:
    quote: dict[str, object] = {"symbol": "USD", "crypto_id": 2781}
    for span in (1, 4, 24):
        longs = shorts = Decimal(0)
        for asset in ASSETS:
            for hour in closed_or_running(venue, asset, request.now):
                if request.now - timedelta(hours=span) < hour.opens + HOUR <= request.now:
                    longs, shorts = longs + hour.long_usd, shorts + hour.short_usd
        sides = {"total": longs + shorts, "long": longs, "short": shorts}
        quote |= {f"{side}_liquidations_{span}h": float(value) for side, value in sides.items()}
    return quote


WIRE = Wire("coinmarketcap_liquidations", respond, lambda url: {}, bundled=False)
