"""The JSON behind The Block's charts of ETF flows, for the full market: the bundled flows of Farside's pages."""

from datetime import timedelta

from orchestration.sample.figures import figures, instant
from orchestration.sample.wire import Wire, WireRequest, WireResponse, json_response, not_found
from orchestration.sample.wire_defillama import has_reported

PATH = "/dashboard/markets_structuredproducts_{coin}spotetfflows_daily_other.json"
ASSETS = {PATH.format(coin=asset.lower()): asset for asset in ("BTC", "ETH")}
NOON = timedelta(hours=12)


def respond(request: WireRequest) -> WireResponse:
    """Every fund's sessions reported by `now`, oldest first."""
    if request.path not in ASSETS:
        return not_found()
    series: dict[str, list[dict[str, int]]] = {}
    for line in figures("etf_fund_flows"):
        if line["asset"] == ASSETS[request.path] and has_reported(line["trade_date"], request.now):
            noon = int((instant(line["trade_date"]) + NOON).timestamp())
            point = {"Timestamp": noon, "Result": round(float(line["net_flow_musd"]) * 1_000_000)}
            series.setdefault(line["fund_ticker"], []).append(point)
    all_series = {ticker: {"Data": points} for ticker, points in series.items()}
    return json_response({"Frequency": "Daily", "UpdatedAt": int(request.now.timestamp()), "Series": all_series})


WIRE = Wire("theblock", respond, lambda url: {"THEBLOCK_BASE_URL": url}, bundled=False)
