"""The `/data-api/v3/global-metrics/quotes/historical` of CoinMarketCap's charts: one quote per start of a day.

The figures are synthetic: Bitcoin's bundled closes times a round supply, at a constant share of the market.
"""

from datetime import timedelta
from decimal import Decimal

from orchestration.sample.figures import instant
from orchestration.sample.synthetic import days
from orchestration.sample.wire import Wire, WireRequest, WireResponse, json_response, not_found, parse_instant

PATH = "/data-api/v3/global-metrics/quotes/historical"
SUPPLY = 19_860_000
BTC_SHARE = Decimal("63.5")
AFTER_MIDNIGHT = timedelta(minutes=2)


def respond(request: WireRequest) -> WireResponse:
    """The snapshots of the days that start between `timeStart` and `timeEnd`, both inclusive."""
    if request.path != PATH:
        return not_found()
    if "interval" not in request.params:
        status = {"error_code": "500", "error_message": "The system is busy, please try again later!"}
        return json_response({"status": _status(request) | status}, 500)
    start, end = (parse_instant(request.params.get(name)) for name in ("timeStart", "timeEnd"))
    quotes = []
    for line in days("coinbase", "BTC-USD"):
        opens = instant(line["trade_date"]) + timedelta(days=1)
        if opens + AFTER_MIDNIGHT <= request.now and (start or opens) <= opens <= (end or opens):
            quotes.append(_quote(int(opens.timestamp()), Decimal(line["close"]) * SUPPLY))
    return json_response({"data": {"quotes": quotes}, "status": _status(request)})


def _quote(opens: int, btc_cap: Decimal) -> dict[str, object]:
    written = f"{parse_instant(str(opens)):%Y-%m-%dT%H:%M:%S}.000Z"
    total = btc_cap / BTC_SHARE * 100
    dollars = {
        "name": "2781",
        "timestamp": written,
        "totalMarketCap": float(round(total, 4)),
        "altcoinMarketCap": float(round(total - btc_cap, 4)),
        "originalScore": str(opens + int(AFTER_MIDNIGHT.total_seconds())),
    }
    quote = {"timestamp": written, "searchInterval": "1440", "btcDominance": float(BTC_SHARE), "ethDominance": 8.5}
    return quote | {"activeCryptocurrencies": 9_000, "quote": [dollars], "score": opens * 1000}


def _status(request: WireRequest) -> dict[str, object]:
    written = f"{request.now:%Y-%m-%dT%H:%M:%S}.000Z"
    return {"timestamp": written, "error_code": "0", "error_message": "SUCCESS", "elapsed": "24", "credit_count": 0}


def _settings(url: str) -> dict[str, str]:
    return {"COINMARKETCAP_WEB_BASE_URL": url, "COINMARKETCAP_WEB_HISTORY": "yes"}


WIRE = Wire("coinmarketcap_web", respond, _settings, bundled=False)
