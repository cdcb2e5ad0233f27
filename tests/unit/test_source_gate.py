"""Gate's hourly statistics at the wire: the 180-day limit, seconds, two versions of fields."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Response as WireResponse
from wire_bench import FIRST_DAYS, NOW, WireBench, fixture, make_response

from orchestration.sources.gate import DATASETS, parse_contract_stats, plan_contract_stats
from orchestration.sources.shared.contract import Parsed, Request, Slice, SourceRejected, SourceUnavailable, Window

(STATS,) = DATASETS
MAY_1 = 1746057600
HOURS: list[dict[str, Any]] = json.loads(fixture("gate/contract_stats_1h.json"))
REQUEST = Request("/", {"contract": "BTC_USDT"}, "BTC", FIRST_DAYS)


@pytest.fixture
def bench(httpserver: HTTPServer, tmp_path: Path) -> WireBench:
    return WireBench(httpserver, tmp_path, STATS)


def parsed(*hours: Any) -> Parsed:
    return parse_contract_stats(make_response(STATS, json.dumps(hours).encode(), REQUEST))


def planned(window: Window, now: datetime = NOW) -> list[Request]:
    return list(plan_contract_stats(Slice("BTC", "BTC_USDT", window, now)))


def test_hours_become_rows_from_numbers_and_texts(bench: WireBench) -> None:
    bench.run(fixture("gate/contract_stats_1h.json"))
    assert bench.rows("contract, time, long_liq_usd, long_liq_usd_new, short_liq_usd, open_interest_usd") == [
        ("BTC_USDT", MAY_1, Decimal("32500.5"), Decimal("32600.25"), Decimal(1300), Decimal("812500000.5")),
        ("BTC_USDT", MAY_1 + 3600, Decimal(0), None, Decimal(38000), Decimal(811_000_000)),
    ]
    assert bench.rejection_reasons() == []


def test_a_request_is_in_seconds_with_the_hourly_interval(bench: WireBench) -> None:
    bench.run(b"[]")
    assert bench.requested == [{"contract": "BTC_USDT", "interval": "1h", "from": str(MAY_1), "limit": "1000"}]
    assert bench.paths == ["/api/v4/futures/usdt/contract_stats"]


def test_nothing_is_requested_from_before_180_days() -> None:
    requests = planned(Window(datetime(2024, 1, 1, tzinfo=UTC), NOW))
    assert min(int(request.params["from"]) for request in requests) == int((NOW - timedelta(days=179)).timestamp())
    assert len(requests) == 5
    assert planned(Window.of_days(datetime(2024, 1, 1).date(), datetime(2024, 2, 1).date())) == []


def test_pages_have_no_gaps() -> None:
    pages = planned(Window(NOW - timedelta(days=100), NOW))
    assert [int(page.params["from"]) for page in pages] == [
        int((NOW - timedelta(days=100) + timedelta(hours=990 * number)).timestamp()) for number in range(3)
    ]
    assert all(int(page.params["limit"]) >= 990 for page in pages)


def test_milliseconds_are_recognised() -> None:
    assert parsed({**HOURS[0], "time": MAY_1 * 1000}).rows == parsed(HOURS[0]).rows


def test_the_running_hour_and_hours_outside_the_window_are_left_out() -> None:
    running = int(NOW.timestamp()) - 3600 + 60
    assert running % 3600 == 60
    hours = [{**HOURS[0], "time": int(NOW.timestamp())}, {**HOURS[0], "time": MAY_1 - 3600}]
    assert parsed(*hours).rows == []


def test_the_error_beyond_the_retention_has_status_400_and_is_reported(bench: WireBench) -> None:
    wall = b'{"label":"INVALID_PARAM_VALUE","message":"from time exceeds 180-day limit"}'
    extraction, _ = bench.run(WireResponse(wall, status=400))
    assert extraction.outcome == "failed"
    assert "180-day limit" in str(extraction.message)


def test_an_error_with_status_200_is_an_error() -> None:
    with pytest.raises(SourceRejected, match="CONTRACT_NOT_FOUND"):
        STATS.verify(make_response(STATS, b'{"label":"CONTRACT_NOT_FOUND","message":"no"}', REQUEST))
    with pytest.raises(SourceUnavailable, match="run again"):
        STATS.verify(make_response(STATS, b'{"label":"TOO_MANY_REQUESTS","message":"slow down"}', REQUEST))


def test_a_429_is_retried(bench: WireBench) -> None:
    extraction, loaded = bench.run(
        WireResponse(b"", status=429, headers={"Retry-After": "0"}), fixture("gate/contract_stats_1h.json")
    )
    assert (extraction.outcome, loaded.rows_new) == ("complete", 2)


def test_an_empty_past_window_is_reported(bench: WireBench) -> None:
    _, loaded = bench.run(b"[]")
    assert (loaded.rows_new, loaded.empty_responses) == (0, ("BTC from 2025-05-01",))


def test_repeated_hours_are_one_row_and_a_new_column_is_named() -> None:
    result = parsed(HOURS[1], HOURS[0], HOURS[1] | {"surprise": 1})
    assert [row[1] for row in result.rows] == [MAY_1, MAY_1 + 3600]
    assert [row.reason for row in result.rejected] == ["unknown column surprise: not loaded; the rows were kept"]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"time": MAY_1 + 5}, "no full hour"),
        ({"time": MAY_1 + 90 * 86_400}, "in the future"),
        ({"time": None}, "time is null"),
        ({"time": 0}, "before the market existed"),
        ({"time": -3600}, "before the market existed"),
        ({"long_liq_usd": None, "long_liq_usd_new": None}, "neither long_liq_usd nor long_liq_usd_new"),
        ({"short_liq_usd": "many"}, "not a number"),
    ],
)
def test_a_malformed_hour_is_rejected_with_its_reason(change: dict[str, Any], reason: str) -> None:
    result = parsed({**HOURS[0], **change}, HOURS[1])
    assert [row[1] for row in result.rows] == [MAY_1 + 3600]
    assert [reason in row.reason for row in result.rejected] == [True]


@pytest.mark.parametrize(
    ("body", "failure"),
    [(b"<html>", SourceUnavailable), (b'[{"time":1', SourceUnavailable), (b'{"a":1}', SourceRejected)],
)
def test_a_body_that_is_no_array_is_rejected(body: bytes, failure: type[Exception]) -> None:
    with pytest.raises(failure):
        STATS.verify(make_response(STATS, body, REQUEST))
