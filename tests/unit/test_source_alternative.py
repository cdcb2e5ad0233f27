"""alternative.me's index at the wire: numbers as text, newest first, days that are over."""

import json
from pathlib import Path
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from wire_bench import FIRST_DAYS, WireBench, fixture, make_response

from orchestration.sources.alternative import DATASETS, parse_index
from orchestration.sources.shared.contract import Parsed, Request, SourceRejected

(INDEX,) = DATASETS
BODY = fixture("alternative/fng.json")
MAY_1, DAY = 1746057600, 86_400
REQUEST = Request("/fng/", {"limit": "0"}, window=FIRST_DAYS)


def entry(**changed: object) -> dict[str, object]:
    return {"value": "40", "value_classification": "Fear", "timestamp": str(MAY_1)} | changed


def parsed(*records: Any) -> Parsed:
    return parse_index(make_response(INDEX, json.dumps({"data": records}).encode(), REQUEST))


def test_the_whole_history_is_one_request_and_the_running_day_is_left_out(
    httpserver: HTTPServer, tmp_path: Path
) -> None:
    bench = WireBench(httpserver, tmp_path, INDEX)
    bench.run(BODY)
    assert (bench.paths, bench.requested) == (["/fng/"], [{"limit": "0", "format": "json"}])
    assert bench.rows("timestamp, value, value_classification") == [
        (MAY_1, 53, "Neutral"),
        (MAY_1 + DAY, 67, "Greed"),
        (MAY_1 + 2 * DAY, 64, "Greed"),
    ]


def test_an_index_beyond_its_scale_is_rejected_at_the_door(httpserver: HTTPServer, tmp_path: Path) -> None:
    bench = WireBench(httpserver, tmp_path, INDEX)
    bench.run(json.dumps({"data": [entry(value="101"), entry(timestamp=str(MAY_1 + DAY))]}).encode())
    assert bench.rows("value") == [(40,)]
    assert "value is 101, must be at least 0 and at most 100" in bench.rejection_reasons()[0]


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (entry(value=40), "not a whole number as text"),
        (entry(value="many"), "not a whole number as text"),
        (entry(timestamp="05-01-2025"), "not a whole number as text"),
        (entry(timestamp=str(MAY_1 + 3600)), "no midnight in UTC"),
        (entry(timestamp=str(MAY_1 * 1000)), "in milliseconds"),
        (entry(timestamp=str(MAY_1 + 90 * DAY)), "in the future"),
        ({"value": "40"}, "timestamp is missing"),
    ],
)
def test_a_malformed_entry_is_rejected_with_its_reason_and_the_others_are_kept(record: Any, reason: str) -> None:
    result = parsed(record, entry(timestamp=str(MAY_1 + DAY)), entry(timestamp=str(MAY_1 + DAY)))
    assert [row[0] for row in result.rows] == [MAY_1 + DAY]
    assert [reason in row.reason for row in result.rejected] == [True], result.rejected


@pytest.mark.parametrize("body", [{"data": []}, {"data": [], "metadata": {"error": "invalid parameter"}}])
def test_an_empty_history_and_an_error_in_the_body_are_refused(body: dict[str, Any]) -> None:
    with pytest.raises(SourceRejected, match=r"is empty|invalid parameter"):
        INDEX.verify(make_response(INDEX, json.dumps(body).encode(), REQUEST))


def test_a_new_field_is_named_and_the_rows_are_kept() -> None:
    result = parsed(entry(volatility="1"))
    assert (len(result.rows), [row.record for row in result.rejected]) == (1, ["volatility"])
