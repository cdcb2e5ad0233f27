"""TFTC's `/bitcoin-etf-flows/data.json` for the full market: the bundled totals of Bitcoin's funds in its format."""

from orchestration.sample.figures import figures
from orchestration.sample.wire import Wire, WireRequest, WireResponse, as_number, json_response, not_found
from orchestration.sample.wire_defillama import has_reported


def respond(request: WireRequest) -> WireResponse:
    """Every session of Bitcoin's funds that had been reported by `now`, oldest first."""
    if request.path != "/bitcoin-etf-flows/data.json":
        return not_found()
    days: list[dict[str, object]] = [
        {
            "date": line["trade_date"],
            "netFlowUsd": as_number(line["net_flow_usd"]),
            "btcCloseUsd": None,
            "perEtfUsd": {},
        }
        for line in figures("etf_total_flows")
        if line["asset"] == "BTC" and has_reported(line["trade_date"], request.now)
    ]
    about = {
        "name": "US spot Bitcoin ETF daily net flows",
        "attribution": "Sample figures in TFTC's format",
        "license": "https://creativecommons.org/licenses/by/4.0/",
        "updatedThrough": days[-1]["date"] if days else None,
    }
    return json_response(about | {"days": days})


WIRE = Wire("tftc", respond, lambda url: {"TFTC_BASE_URL": url}, bundled=False)
