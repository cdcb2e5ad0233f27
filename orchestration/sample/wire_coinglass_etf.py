"""CoinGlass's history of ETF flows, for the full market.

The bundled flows of Farside's pages, and synthetic flows of SOL funds where the market is set to a day after their
launch.
"""

from orchestration.sample.figures import figures, instant
from orchestration.sample.synthetic_flows import sol_flows
from orchestration.sample.wire import Wire, WireRequest, WireResponse, json_response, not_found
from orchestration.sample.wire_coinglass import KEY
from orchestration.sample.wire_defillama import has_reported

PATH = "/api/etf/{coin}/flow-history"
ASSETS = {PATH.format(coin=coin): asset for coin, asset in (("bitcoin", "BTC"), ("ethereum", "ETH"), ("solana", "SOL"))}


def respond(request: WireRequest) -> WireResponse:
    """The sessions reported by `now`, oldest first; errors have status 200."""
    if request.headers.get("cg-api-key") != KEY:
        return json_response({"code": "400", "msg": "Invalid API key provided"})
    if request.path not in ASSETS:
        return json_response({"code": "401", "msg": "Upgrade plan"}) if "/api/etf/" in request.path else not_found()
    sessions: dict[str, list[dict[str, object]]] = {}
    asset = ASSETS[request.path]
    for line in sol_flows(request.now) if asset == "SOL" else figures("etf_fund_flows"):
        if line["asset"] == asset and has_reported(line["trade_date"], request.now):
            flow = round(float(line["net_flow_musd"]) * 1_000_000)
            sessions.setdefault(line["trade_date"], []).append({"etf_ticker": line["fund_ticker"], "flow_usd": flow})
    return json_response(
        {"code": "0", "msg": "success", "data": [_session(*item) for item in sorted(sessions.items())]}
    )


def _session(trade_date: str, funds: list[dict[str, object]]) -> dict[str, object]:
    return {
        "timestamp": int(instant(trade_date).timestamp() * 1000),
        "flow_usd": sum(int(str(fund["flow_usd"])) for fund in funds),
        "price_usd": None,
        "etf_flows": funds,
    }


WIRE = Wire(
    "coinglass_etf", respond, lambda url: {"COINGLASS_ETF_BASE_URL": url, "COINGLASS_API_KEY": KEY}, bundled=False
)
