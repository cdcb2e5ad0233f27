"""SoSoValue at the wire: two endpoints for totals, one request per fund, and zeros that are no figures."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Response as WireResponse
from wire_bench import KEY, WireBench, make_response

from orchestration.ingest.rate_limit import Clock, RateLimiter
from orchestration.sources.shared.contract import (
    Dataset,
    Parsed,
    Request,
    Slice,
    SourceRejected,
    SourceUnavailable,
    Window,
)
from orchestration.sources.shared.etfs import fund_tickers
from orchestration.sources.sosovalue import (
    DATASETS,
    PROVIDER,
    parse_chart,
    parse_funds,
    parse_totals,
    plan_chart,
    plan_funds,
    plan_totals,
)

TOTALS, CHART, FUNDS = DATASETS
Plan = Callable[[Slice], Iterator[Request]]
NOW = datetime(2025, 5, 10, 18, tzinfo=UTC)
"""A Saturday: 8 May is final, Friday 9 May is pending."""
V1 = [
    {"date": "2025-05-09", "total_net_inflow": 321460000.0, "cum_net_inflow": 1},
    {"date": "2025-05-08", "total_net_inflow": 117460123.0, "cum_net_inflow": 1},
    {"date": "2025-05-07", "total_net_inflow": 142308456.5, "cum_net_inflow": 1},
]


def parsed(dataset: Dataset, body: Any, path: str = "/openapi/v1/etfs/IBIT/history") -> Parsed:
    read = {TOTALS.name: parse_totals, CHART.name: parse_chart, FUNDS.name: parse_funds}[dataset.name]
    return read(make_response(dataset, json.dumps(body).encode(), Request(path, subject="BTC"), NOW))


def test_totals_of_final_sessions_are_parsed_oldest_first(httpserver: HTTPServer, tmp_path: Path) -> None:
    bench = WireBench(httpserver, tmp_path, TOTALS, now=NOW)
    extraction, _ = bench.run(json.dumps({"code": 0, "message": "success", "data": V1}).encode(), window=None)
    assert (extraction.outcome, bench.paths) == ("complete", ["/openapi/v1/etfs/summary-history"])
    assert bench.requested == [{"symbol": "BTC", "country_code": "US", "limit": "300"}]
    assert bench.headers[0]["x-soso-api-key"] == KEY
    assert bench.rows("asset, date, total_net_inflow") == [
        ("BTC", date(2025, 5, 7), Decimal("142308456.50")),
        ("BTC", date(2025, 5, 8), Decimal("117460123.00")),
    ]
    assert KEY not in json.dumps([str(path) for path in tmp_path.rglob("*")]) + "".join(
        path.read_bytes().decode("latin-1") for path in (tmp_path / "landing").rglob("*") if path.is_file()
    )


def test_the_chart_is_requested_with_a_body(httpserver: HTTPServer, tmp_path: Path) -> None:
    bench = WireBench(httpserver, tmp_path, CHART, now=NOW)
    body = {"code": 0, "msg": None, "data": {"list": [{"date": "2025-05-08", "totalNetInflow": 117460123.0}]}}
    bench.run(json.dumps(body).encode(), window=None)
    assert (bench.paths, bench.bodies) == (["/openapi/v2/etf/historicalInflowChart"], [b'{"type": "us-btc-spot"}'])
    assert bench.rows("asset, date, total_net_inflow") == [("BTC", date(2025, 5, 8), Decimal("117460123.00"))]


def test_every_known_fund_is_requested_and_a_missing_one_is_no_failure(httpserver: HTTPServer, tmp_path: Path) -> None:
    bench = WireBench(httpserver, tmp_path, FUNDS, now=NOW)
    lacking = WireResponse(b'{"code":400401,"message":"Not found"}', 404)
    found = json.dumps({"code": 0, "data": [{"date": "2025-05-08", "net_inflow": 69000000}]}).encode()
    extraction, _ = bench.run(lacking, found, window=None)
    tickers = fund_tickers("BTC")
    assert (extraction.outcome, len(tickers)) == ("complete", 13)
    assert sorted(bench.paths) == sorted(f"/openapi/v1/etfs/{ticker}/history" for ticker in tickers)
    assert len(bench.rows("ticker")) == len(tickers) - 1


def test_the_free_plan_allows_ten_requests_a_minute() -> None:
    clock = Clock(pause=lambda _: None)
    pace = RateLimiter(clock)
    began = clock.now()
    for _ in range(10):
        pace.acquire(PROVIDER.rate)
    assert clock.now() - began < 60
    pace.acquire(PROVIDER.rate)
    assert clock.now() - began >= 60


@pytest.mark.parametrize(
    ("plan", "kept"), [(plan_totals, 31), (plan_funds, 31), (plan_chart, 440)], ids=["totals", "funds", "chart"]
)
def test_a_window_before_the_retention_sends_no_request(plan: Plan, kept: int) -> None:
    """Responses have the newest sessions whatever the window, and the quota is 10,000 requests per month."""
    for days, is_requested in ((kept - 1, True), (kept, False)):
        window = Window(datetime(2024, 1, 1, tzinfo=UTC), NOW - timedelta(days=days))
        assert bool(list(plan(Slice("BTC", "BTC", window, NOW)))) == is_requested


def test_funds_come_from_the_seed() -> None:
    wanted = Slice("SOL", "SOL", Window.of_days(date(2026, 1, 1), date(2026, 1, 2)), datetime(2026, 1, 5, tzinfo=UTC))
    assert [request.path.split("/")[4] for request in plan_funds(wanted)] == fund_tickers("SOL")
    assert {"BSOL", "GSOL", "VSOL", "FSOL", "TSOL", "SOEZ", "MSOL"} <= set(fund_tickers("SOL"))


def test_a_zero_counts_as_missing() -> None:
    flows = [{"date": f"2025-05-0{day}", "net_inflow": flow} for day, flow in ((6, 0), (7, 0.0), (8, -3))]
    assert parsed(FUNDS, {"code": 0, "data": flows}).rows == [("BTC", "IBIT", date(2025, 5, 8), Decimal(-3))]


@pytest.mark.parametrize("written", ["2025-05-08", 1746662400000, "1746662400000"])
def test_dates_come_as_text_or_milliseconds(written: object) -> None:
    rows = parsed(FUNDS, [{"date": written, "net_inflow": 5}]).rows
    assert rows == [("BTC", "IBIT", date(2025, 5, 8), Decimal(5))], "a bare list is valid, too"


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        ({"date": "08 May 2025", "net_inflow": 5}, "not a day such as"),
        ({"date": 1746662400, "net_inflow": 5}, "not milliseconds since 1970"),
        ({"date": None, "net_inflow": 5}, "date is null"),
        ({"date": "2025-05-08", "net_inflow": None}, "net_inflow is null"),
        ({"date": "2025-05-08"}, "the field net_inflow is missing"),
    ],
)
def test_a_malformed_record_is_rejected_with_its_reason(record: dict[str, Any], reason: str) -> None:
    result = parsed(FUNDS, [record, {"date": "2025-05-07", "net_inflow": 5}])
    assert len(result.rows) == 1
    assert [reason in row.reason for row in result.rejected] == [True]


@pytest.mark.parametrize(
    ("body", "failure", "reason"),
    [
        ({"code": 400101, "message": "bad key"}, SourceRejected, "check SOSOVALUE_API_KEY"),
        ({"code": 1, "msg": "fail", "data": None}, SourceRejected, "error 1, fail"),
        ({"code": 402901, "message": "slow down"}, SourceUnavailable, "slow down; run again later"),
        ({"code": 0, "data": None}, SourceRejected, "data is null"),
    ],
)
def test_an_error_with_status_200_is_reported(body: Any, failure: type[Exception], reason: str) -> None:
    with pytest.raises(failure, match=reason):
        parsed(CHART, body)
