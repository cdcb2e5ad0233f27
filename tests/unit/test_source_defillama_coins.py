"""DefiLlama's coin prices at the wire: points around midnight, pages of steps, unknown coins."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from wire_bench import FIRST_DAYS, NOW, WireBench, fixture, make_response

from orchestration.sources.defillama_coins import DATASETS, parse_chart, plan_chart
from orchestration.sources.shared.contract import Parsed, Request, Slice, SourceRejected, Window
from tests.recordings import RECORDED, needs_recordings

(POINTS,) = DATASETS
DAY = 86_400
MAY_2 = 1746144000
BITCOIN = "coingecko:bitcoin"
REQUEST = Request(f"/chart/{BITCOIN}", {"period": "1d"}, "BTC", Window(FIRST_DAYS.start, NOW))
RESPONSES = RECORDED / "responses" / "defillama"


def parsed(*points: Any, now: datetime = NOW, request: Request = REQUEST) -> Parsed:
    body = {"coins": {BITCOIN: {"symbol": "BTC", "confidence": 0.99, "prices": points}}}
    return parse_chart(make_response(POINTS, json.dumps(body).encode(), request, now))


def point(timestamp: float, price: float = 1) -> dict[str, float]:
    return {"timestamp": timestamp, "price": price}


def test_a_point_belongs_to_the_nearest_midnight(httpserver: HTTPServer, tmp_path: Path) -> None:
    bench = WireBench(httpserver, tmp_path, POINTS)
    extraction, loaded = bench.run(fixture("defillama_coins/chart_1d.json"), window=Window(FIRST_DAYS.start, NOW))
    assert (extraction.outcome, loaded.rejected) == ("complete", 0)
    assert bench.paths == [f"/chart/{BITCOIN}"]
    assert bench.requested == [{"start": str(MAY_2), "span": "4", "period": "1d"}]
    assert bench.rows("coin, timestamp, price") == [
        (BITCOIN, MAY_2 - 168, Decimal(96491)),
        (BITCOIN, MAY_2 + DAY + 133, Decimal("96891.40000001")),
        (BITCOIN, MAY_2 + 2 * DAY - 1, Decimal("95889.99")),
    ]


def test_no_request_spans_more_than_500_steps_and_no_day_is_missing() -> None:
    ten_years = Window(datetime(2015, 1, 1, tzinfo=UTC), datetime(2025, 1, 1, tzinfo=UTC))
    requested = [request.params for request in plan_chart(Slice("BTC", BITCOIN, ten_years, NOW))]
    assert max(int(params["span"]) for params in requested) == 500
    starts = [int(params["start"]) for params in requested]
    assert starts[0] == int((ten_years.start + timedelta(days=1)).timestamp())
    assert all(
        later == start + int(params["span"]) * DAY
        for start, later, params in zip(starts, starts[1:], requested, strict=False)
    )
    assert sum(int(params["span"]) for params in requested) == (date(2025, 1, 1) - date(2015, 1, 1)).days


def test_a_point_of_the_current_day_is_left_out() -> None:
    now = int(NOW.timestamp())
    assert parsed(point(now)).rows == []
    evening = datetime(2025, 5, 4, 18, tzinfo=UTC)
    assert parsed(point(int(evening.timestamp())), now=evening).rows == [], "the day has not ended"


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        (point(MAY_2 + 2 * 3600), "7200 seconds from midnight"),
        (point(MAY_2 * 1000), "milliseconds; seconds"),
        (point(MAY_2 + 30 * DAY), "in the future"),
        (point(MAY_2 + 0.5), "timestamp is a number, not a whole number"),
        ({"timestamp": MAY_2}, "price is missing"),
        ({"timestamp": MAY_2, "price": "96491"}, "price is a text"),
    ],
)
def test_a_malformed_close_is_rejected_with_its_reason_and_the_others_are_kept(wrong: Any, reason: str) -> None:
    result = parsed(wrong, point(MAY_2 + DAY))
    assert [row[1] for row in result.rows] == [MAY_2 + DAY]
    assert [reason in row.reason for row in result.rejected] == [True]


def test_a_new_column_is_named_and_the_rows_are_kept() -> None:
    result = parsed(point(MAY_2) | {"volume": 1})
    assert (len(result.rows), [row.record for row in result.rejected]) == (1, ["volume"])


def test_an_unknown_coin_is_absent_and_reported(httpserver: HTTPServer, tmp_path: Path) -> None:
    bench = WireBench(httpserver, tmp_path, POINTS)
    extraction, _ = bench.run(b'{"coins":{}}', window=Window(FIRST_DAYS.start, NOW))
    assert extraction.outcome == "failed"
    assert "coingecko:bitcoin is unknown; check the id" in str(extraction.message)
    before_it_was_listed = replace(REQUEST, window=Window.of_days(date(2012, 1, 1), date(2012, 12, 31)))
    assert parse_chart(make_response(POINTS, b'{"coins":{}}', before_it_was_listed)).rows == []


@needs_recordings
@pytest.mark.parametrize(("name", "floored"), [("bitcoin", 292), ("ethereum", 286), ("solana", 266)])
def test_all_of_366_recorded_points_are_parsed(name: str, floored: int) -> None:
    body = (RESPONSES / f"treasury26_chart_{name}.json").read_bytes()
    result = parse_chart(
        make_response(POINTS, body, Request(f"/chart/coingecko:{name}"), datetime(2026, 1, 1, tzinfo=UTC))
    )
    assert (len(result.rows), result.rejected) == (366, [])
    timestamps = [row[1] for row in result.rows]
    assert len({(timestamp + DAY // 2) // DAY for timestamp in timestamps}) == 366
    assert len({timestamp // DAY for timestamp in timestamps}) == floored, (
        "the days that truncating the time would have left"
    )


@needs_recordings
def test_a_recorded_response_of_another_endpoint_is_refused() -> None:
    body = json.loads((RESPONSES / "rotki_prices_historical_1604437979.json").read_bytes())["body"]
    with pytest.raises(SourceRejected, match="format has changed"):
        parse_chart(make_response(POINTS, json.dumps(body).encode(), Request("/chart/coingecko:binancecoin")))
