"""CoinMarketCap's global metrics at the wire: snapshots inside the window, and its errors."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Response as WireResponse
from wire_bench import FIRST_DAYS, KEY, NOW, WireBench, fixture, make_response

from orchestration.sources.coinmarketcap import DATASETS, parse_global_metrics, plan_global_metrics
from orchestration.sources.shared.contract import Parsed, Request, Slice, SourceRejected, SourceUnavailable, Window

(METRICS,) = DATASETS
ENVELOPE: dict[str, Any] = json.loads(fixture("coinmarketcap/global_metrics_historical.json"))
QUOTES: list[dict[str, Any]] = ENVELOPE["data"]["quotes"]
REQUEST = Request("/", subject="ALL", window=FIRST_DAYS)


@pytest.fixture
def bench(httpserver: HTTPServer, tmp_path: Path) -> WireBench:
    return WireBench(httpserver, tmp_path, METRICS)


def parsed(*quotes: Any) -> Parsed:
    body = json.dumps({"status": ENVELOPE["status"], "data": {"quotes": quotes}}).encode()
    return parse_global_metrics(make_response(METRICS, body, REQUEST))


def with_dollars(quote: dict[str, Any], **change: Any) -> dict[str, Any]:
    return {**quote, "quote": {"USD": {**quote["quote"]["USD"], **change}}}


def test_a_window_becomes_one_row_per_snapshot(bench: WireBench) -> None:
    bench.run(fixture("coinmarketcap/global_metrics_historical.json"))
    assert bench.rows("timestamp, total_market_cap, altcoin_market_cap, btc_dominance, eth_dominance") == [
        (
            "2025-05-01T00:02:00.000Z",
            Decimal("2950000000000.25"),
            Decimal("1047200000000.125"),
            Decimal("64.5012"),
            Decimal("7.3125"),
        ),
        ("2025-05-02T00:02:00.000Z", Decimal("3000000000000"), Decimal("1057500000000"), Decimal("64.75"), None),
    ]
    assert bench.rejection_reasons() == []


def test_the_first_quote_of_each_day_is_requested(bench: WireBench) -> None:
    bench.run(fixture("coinmarketcap/global_metrics_historical.json"))
    assert bench.paths == ["/v1/global-metrics/quotes/historical"]
    params = bench.requested[0]
    assert (params["time_start"], params["time_end"]) == ("2025-05-01T00:00:00Z", "2025-05-04T00:00:00Z")
    assert (params["interval"], params["convert"]) == ("daily", "USD")


def test_the_default_lookback_is_one_request_within_the_free_year() -> None:
    start = (NOW - METRICS.lookback).replace(hour=0)
    assert NOW - start < timedelta(days=365)
    assert len(list(plan_global_metrics(Slice("ALL", "", Window(start, NOW.replace(hour=23)), NOW)))) == 1


def test_longer_windows_are_split_without_a_gap() -> None:
    start = datetime(2020, 1, 1, tzinfo=UTC)
    pages = list(plan_global_metrics(Slice("ALL", "", Window(start, start + timedelta(days=721)), NOW)))
    assert len(pages) == 3
    assert [page.params["time_start"] for page in pages[1:]] == [page.params["time_end"] for page in pages[:-1]]


def test_a_snapshot_at_the_boundary_of_two_windows_belongs_to_the_later_one() -> None:
    at_the_end = {**QUOTES[0], "timestamp": "2025-05-04T00:00:00.000Z"}
    before = {**QUOTES[0], "timestamp": "2025-04-30T23:59:59.999Z"}
    assert parsed(at_the_end, before).rows == []


def test_an_empty_past_window_is_reported(bench: WireBench) -> None:
    body = json.dumps({"status": ENVELOPE["status"], "data": {"quotes": []}}).encode()
    _, loaded = bench.run(body)
    assert (loaded.rows_new, loaded.empty_responses) == (0, ("ALL from 2025-05-01",))


def test_the_error_about_a_key_names_the_setting_to_check(bench: WireBench) -> None:
    extraction, _ = bench.run(WireResponse(fixture("coinmarketcap/error_401.json"), 401))
    assert extraction.outcome == "failed"
    assert "check COINMARKETCAP_API_KEY" in str(extraction.message)
    assert KEY not in str(extraction.message)


@pytest.mark.parametrize(
    ("code", "failure"),
    [
        (1006, SourceRejected),
        ("1001", SourceRejected),
        (400, SourceRejected),
        (1008, SourceUnavailable),
        ("1011", SourceUnavailable),
        (500, SourceUnavailable),
    ],
)
def test_an_error_code_in_a_200_is_an_error_as_number_and_as_text(code: object, failure: type[Exception]) -> None:
    body = json.dumps({"status": {**ENVELOPE["status"], "error_code": code, "error_message": "no"}}).encode()
    with pytest.raises(failure, match=f"error {code}, no; "):
        METRICS.verify(make_response(METRICS, body, REQUEST))


def test_a_zero_as_text_is_success() -> None:
    body = json.dumps({**ENVELOPE, "status": {**ENVELOPE["status"], "error_code": "0"}}).encode()
    METRICS.verify(make_response(METRICS, body, REQUEST))


def test_new_columns_at_both_depths_are_named_and_the_rows_are_kept() -> None:
    changed = {**with_dollars(QUOTES[1], total_market_cap_ex_stable=1), "fear_index": 50}
    result = parsed(QUOTES[0], changed)
    assert len(result.rows) == 2
    assert [row.record for row in result.rejected] == ["fear_index", "total_market_cap_ex_stable"]


def test_repeated_and_unsorted_snapshots_are_one_row_each() -> None:
    assert [row[0][:10] for row in parsed(QUOTES[1], QUOTES[0], QUOTES[1]).rows] == ["2025-05-01", "2025-05-02"]


@pytest.mark.parametrize(
    ("quote", "reason"),
    [
        ({**QUOTES[0], "timestamp": None}, "timestamp is null"),
        ({**QUOTES[0], "timestamp": 1746057600}, "timestamp is a number"),
        ({**QUOTES[0], "timestamp": "2025-05-04T06:05:00.001Z"}, "in the future"),
        ({**QUOTES[0], "quote": {"EUR": {}}}, "the field USD is missing"),
        ({**QUOTES[0], "quote": []}, "the record is a list"),
        ({**QUOTES[0], "btc_dominance": "64.5"}, "btc_dominance is a text"),
        ({**QUOTES[0], "eth_dominance": "7.3"}, "eth_dominance is a text"),
        (with_dollars(QUOTES[0], total_market_cap=None), "total_market_cap is null"),
        (with_dollars(QUOTES[0], altcoin_market_cap=float("nan")), "not a finite number"),
        ("2025-05-01", "the record is a text"),
    ],
)
def test_a_malformed_snapshot_is_refused_with_its_reason(quote: Any, reason: str) -> None:
    result = parsed(quote, QUOTES[1])
    assert [row[0][:10] for row in result.rows] == ["2025-05-02"]
    assert [reason in row.reason for row in result.rejected] == [True]


def test_data_without_quotes_is_refused() -> None:
    with pytest.raises(SourceRejected, match=r"data\.quotes is null"):
        parse_global_metrics(make_response(METRICS, json.dumps({**ENVELOPE, "data": {}}).encode(), REQUEST))
