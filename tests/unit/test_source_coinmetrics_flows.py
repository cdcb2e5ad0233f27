"""Coin Metrics' exchange flows at the wire: two assets, absent dollar columns, a day that is not computed yet."""

import json
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from wire_bench import NOW, WireBench, fixture, make_response

from orchestration.sample.server import SampleMarket
from orchestration.settings import SAMPLE_NOW
from orchestration.sources.coinmetrics_flows import DATASETS, parse_flows, plan_flows
from orchestration.sources.shared.contract import Parsed, Request, Slice, Window

(FLOWS,) = DATASETS
MAY = Window(NOW.replace(day=1, hour=0), NOW)
PATH = "/v4/timeseries/asset-metrics"
METRICS = "FlowInExNtv,FlowOutExNtv,FlowInExUSD,FlowOutExUSD"


def parsed(*records: Any) -> Parsed:
    body = json.dumps({"data": records}).encode()
    return parse_flows(make_response(FLOWS, body, Request(PATH, {"assets": "btc"}, "BTC", MAY)))


def day(number: int, **flows: Any) -> dict[str, Any]:
    both = {"FlowInExNtv": "1", "FlowOutExNtv": "2"}
    return {"asset": "btc", "time": f"2025-05-0{number}T00:00:00.000000000Z"} | both | flows


def test_days_with_both_flows_are_stored_with_or_without_dollars(httpserver: HTTPServer, tmp_path: Path) -> None:
    bench = WireBench(httpserver, tmp_path, FLOWS)
    bench.run(fixture("coinmetrics/exchange_flows_1d.json"), window=MAY)
    assert (bench.paths, bench.requested[0]["metrics"]) == ([PATH], METRICS)
    rows = bench.rows("time[:10], flow_in_ex_ntv, flow_out_ex_ntv, flow_in_ex_usd, flow_out_ex_usd")
    assert rows == [
        ("2025-05-01", *map(Decimal, ("31245.12345678", "33012.5", "3015154413.5", "3185706250.25"))),
        ("2025-05-02", Decimal("28000.25"), Decimal("27500.125"), None, None),
        ("2025-05-03", *map(Decimal, ("15000", "15250.5", "1438359375", "1462379976.5625"))),
    ]


def test_only_assets_with_free_flows_are_requested() -> None:
    assert list(plan_flows(Slice("SOL", "sol", MAY, NOW))) == []
    early = NOW - timedelta(hours=3)
    (request,) = plan_flows(Slice("ETH", "eth", Window(MAY.start, early), early))
    assert (request.params["assets"], request.params["end_time"]) == ("eth", "2025-05-02")


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (day(1, FlowInExNtv="many"), "FlowInExNtv is 'many'"),
        ({"asset": "btc"}, "time is missing"),
        (day(1, asset="xmr"), "asset is xmr, which was not requested"),
        (day(1, time="2025-05-01T01:00:00.000000000Z"), "no midnight"),
        (day(1, time="2026-05-01T00:00:00.000000000Z"), "in the future"),
    ],
)
def test_a_malformed_day_is_rejected_with_its_reason_and_the_others_are_kept(record: Any, reason: str) -> None:
    result = parsed(record, day(2), day(2))
    assert [row[1][:10] for row in result.rows] == ["2025-05-02"]
    assert [reason in row.reason for row in result.rejected] == [True], result.rejected


def test_a_day_with_one_flow_alone_is_not_reported_yet() -> None:
    assert parsed(day(1, FlowOutExNtv=None)).rows == []


def test_the_sample_has_flows_of_two_assets() -> None:
    target = f"/coinmetrics{PATH}?metrics={METRICS}&start_time=2025-05-10&ignore_forbidden_errors=true&assets="
    with SampleMarket(SAMPLE_NOW, full=True) as market:
        ether, solana = (json.loads(market.respond(target + asset, {}).body)["data"] for asset in ("eth", "sol"))
    assert {"FlowInExNtv", "FlowOutExUSD"} < ether[0].keys()
    assert set(solana[0]) == {"asset", "time"}
