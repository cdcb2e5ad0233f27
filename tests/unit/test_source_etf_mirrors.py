"""The Block and CoinGlass at the wire: flows per fund of final sessions, unambiguous timestamps."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from wire_bench import KEY, WireBench, fixture, make_response

from orchestration.settings import Settings
from orchestration.sources import coinglass, coinglass_etf, theblock
from orchestration.sources.shared.contract import Parsed, Request, SourceRejected, SourceUnavailable
from orchestration.sources.shared.etfs import is_final
from orchestration.sources.shared.provider import Rate
from orchestration.sources.shared.registry import datasets

(BLOCK,), (GLASS,) = theblock.DATASETS, coinglass_etf.DATASETS
BLOCK_PATH = "/dashboard/markets_structuredproducts_btcspotetfflows_daily_other.json"
GLASS_PATH = "/api/etf/bitcoin/flow-history"
SATURDAY = datetime(2025, 5, 3, 11, tzinfo=UTC)
"""30 April is final 40 hours after its close, as is 1 May 16 hours after its close; 2 May is pending."""


def of_block(body: Any) -> Parsed:
    return theblock.parse_flows(make_response(BLOCK, json.dumps(body).encode(), Request(BLOCK_PATH, subject="BTC")))


def of_glass(body: Any) -> Parsed:
    return coinglass_etf.parse_flows(
        make_response(GLASS, json.dumps(body).encode(), Request(GLASS_PATH, subject="BTC"))
    )


@pytest.mark.parametrize(
    ("source", "at", "settled"),
    [
        ("defillama", datetime(2025, 5, 9, 11, 59, tzinfo=UTC), False),
        ("defillama", datetime(2025, 5, 9, 12, 0, tzinfo=UTC), True),
        ("sosovalue", datetime(2025, 5, 10, 11, 59, tzinfo=UTC), False),
        ("sosovalue", datetime(2025, 5, 10, 12, 0, tzinfo=UTC), True),
    ],
)
def test_a_session_becomes_final_by_new_york_time(source: str, at: datetime, settled: bool) -> None:
    may, january = datetime(2025, 5, 8).date(), datetime(2025, 1, 8).date()
    assert is_final(source, may, at) is settled
    in_winter = at.replace(month=1, hour=at.hour + 1)
    assert is_final(source, january, in_winter) is settled, "an hour later in UTC during New York's winter time"


def test_one_request_per_asset_returns_every_fund_of_the_block(httpserver: HTTPServer, tmp_path: Path) -> None:
    bench = WireBench(httpserver, tmp_path, BLOCK, now=SATURDAY)
    extraction, _ = bench.run(fixture("theblock/btc.json"), window=None)
    assert (extraction.outcome, bench.paths, bench.requested) == ("complete", [BLOCK_PATH], [{}])
    assert bench.rows("asset, ticker, timestamp, result") == [
        ("BTC", "GBTC", 1745928000, Decimal("0.00")),
        ("BTC", "GBTC", 1746014400, Decimal("-16600000.50")),
        ("BTC", "IBIT", 1745928000, Decimal("216700000.00")),
        ("BTC", "IBIT", 1746014400, Decimal("267000000.00")),
    ], "a null is no figure, and 1 and 2 May are pending"
    assert bench.rejection_reasons() == []


@pytest.mark.parametrize(
    ("point", "reason"),
    [
        ({"Timestamp": 1745928000000, "Result": 1}, "not seconds since 1970"),
        ({"Timestamp": 1745933400, "Result": 1}, "at 13:30 UTC, neither noon nor midnight"),
        ({"Timestamp": 1745928000, "Result": "1"}, "Result is a text"),
        ({"Timestamp": 1745928000}, "the field Result is missing"),
        ([1745928000, 1], "the record is a list"),
    ],
)
def test_a_malformed_flow_is_rejected_with_its_reason(point: Any, reason: str) -> None:
    good = {"Timestamp": 1745841600, "Result": 5}
    result = of_block({"Series": {"IBIT": {"Data": [point, good]}}})
    assert [row[2] for row in result.rows] == [1745841600]
    assert [reason in row.reason for row in result.rejected] == [True]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ({"Series": {}}, "Series is empty"),
        ({"error": "gone"}, "Series is null"),
        ({"Series": {"IBIT": []}}, "the series IBIT is a list"),
        ({"Series": {"IBIT": {"Data": None}}}, "the data of IBIT is null"),
    ],
)
def test_another_shape_of_the_block_is_refused_as_a_whole(body: Any, reason: str) -> None:
    with pytest.raises(SourceRejected, match=reason):
        of_block(body)


def test_coinglass_reports_funds_and_their_sum_and_a_fund_without_a_figure_is_absent(
    httpserver: HTTPServer, tmp_path: Path
) -> None:
    bench = WireBench(httpserver, tmp_path, GLASS, now=SATURDAY)
    extraction, _ = bench.run(fixture("coinglass_etf/bitcoin.json"), window=None)
    assert (extraction.outcome, bench.paths, bench.requested) == ("complete", [GLASS_PATH], [{}])
    assert bench.headers[0]["cg-api-key"] == KEY
    assert bench.rows("coin, etf_ticker, timestamp, flow_usd") == [
        ("bitcoin", "GBTC", 1746057600000, Decimal("-16400000.00")),
        ("bitcoin", "IBIT", 1745884800000, Decimal("216700000.00")),
        ("bitcoin", "IBIT", 1746057600000, Decimal("351400000.50")),
        ("bitcoin", "Total", 1745884800000, Decimal("172900000.00")),
        ("bitcoin", "Total", 1746057600000, Decimal("422500000.00")),
    ]


def test_older_field_names_of_coinglass_are_parsed() -> None:
    old = {"timestamp": 1745884800000, "change_usd": 5, "etf_flows": [{"ticker": "IBIT", "change_usd": 5}]}
    assert [row[1] for row in of_glass({"code": "0", "data": [old]}).rows] == ["IBIT", "Total"]


@pytest.mark.parametrize("funds", [{}, {"etf_flows": None}, {"etf_flows": []}, {"etf_flows": [{"etf_ticker": "IBIT"}]}])
def test_a_coinglass_row_without_figures_does_not_affect_other_rows(funds: dict[str, Any]) -> None:
    """Rows of weekends have neither a sum nor flows."""
    session = {"timestamp": 1745884800000, "flow_usd": 5, "etf_flows": [{"etf_ticker": "IBIT", "flow_usd": 5}]}
    result = of_glass({"code": "0", "data": [session, {"timestamp": 1745712000000, "price_usd": 1, **funds}]})
    assert ([row[1] for row in result.rows], result.rejected) == (["IBIT", "Total"], [])


@pytest.mark.parametrize("timestamp", [1745884800, 1745928000000, -86_400_000])
def test_a_coinglass_timestamp_that_is_no_midnight_in_milliseconds_is_rejected(timestamp: int) -> None:
    result = of_glass({"code": "0", "data": [{"timestamp": timestamp, "flow_usd": 1, "etf_flows": []}]})
    assert (result.rows, len(result.rejected)) == ([], 1)


@pytest.mark.parametrize(
    ("body", "failure", "reason"),
    [
        ({"code": "401", "msg": "Upgrade plan"}, SourceRejected, "upgrade the plan, or rely on other sources"),
        ({"code": "400", "msg": "Invalid API key provided"}, SourceRejected, "check COINGLASS_API_KEY"),
        ({"code": "429", "message": "Too Many Requests"}, SourceUnavailable, "Too Many Requests; run again"),
        ({"code": "0", "data": []}, SourceRejected, "the history is empty"),
    ],
)
def test_coinglass_errors_with_status_200_are_errors(body: Any, failure: type[Exception], reason: str) -> None:
    with pytest.raises(failure, match=reason):
        of_glass(body)


def test_both_coinglass_sources_share_a_key_and_send_no_request_without_one(tmp_path: Path) -> None:
    assert coinglass_etf.PROVIDER.api_key_variable == coinglass.PROVIDER.api_key_variable == "COINGLASS_API_KEY"
    assert coinglass_etf.PROVIDER.rate == coinglass.PROVIDER.rate == Rate(30, 60), (
        "the rate of the smallest plan, for both"
    )
    settings = Settings.load({"WAREHOUSE_HOME": str(tmp_path), "COINGLASS_API_KEY": ""})
    assert settings.api_key(coinglass_etf.PROVIDER) is None
    assert {found.provider.name for found in datasets()} >= {"theblock", "coinglass_etf", "sosovalue"}


def test_a_series_without_points_is_named() -> None:
    body = {"Series": {"IBIT": {"Data": [{"Timestamp": 1745928000, "Result": 5}]}, "FBTC": {"Data": []}}}
    parsed = of_block(body)
    assert [row[1] for row in parsed.rows] == ["IBIT"]
    assert [(notice.record, notice.is_notice) for notice in parsed.rejected] == [("FBTC", True)]
