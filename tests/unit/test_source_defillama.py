"""DefiLlama's ETF flows at the wire: one list for all assets, final sessions."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from wire_bench import WireBench, fixture, make_response

from orchestration.sources.defillama import DATASETS, PROVIDER, parse_flows
from orchestration.sources.shared.contract import Parsed, Request, SourceRejected

(FLOWS,) = DATASETS
RECORDS: list[dict[str, Any]] = json.loads(fixture("defillama/flows.json"))


@pytest.fixture
def bench(httpserver: HTTPServer, tmp_path: Path) -> WireBench:
    return WireBench(httpserver, tmp_path, FLOWS)


def parsed(*records: Any) -> Parsed:
    return parse_flows(make_response(FLOWS, json.dumps(records).encode(), Request("/flows")))


def test_the_url_has_its_own_variable() -> None:
    assert (PROVIDER.name, PROVIDER.url_variable) == ("defillama", "DEFILLAMA_ETFS_BASE_URL")


def test_one_request_returns_every_asset_without_the_running_day(bench: WireBench) -> None:
    bench.run(fixture("defillama/flows.json"))
    assert (bench.paths, bench.requested) == (["/flows"], [{}])
    assert bench.rows("gecko_id, day, total_flow_usd") == [
        ("bitcoin", "2025-05-01T00:00:00.000Z", Decimal("422500000.00")),
        ("bitcoin", "2025-05-02T00:00:00.000Z", Decimal("674900000.00")),
        ("ethereum", "2025-05-01T00:00:00.000Z", Decimal("6400000.00")),
        ("ethereum", "2025-05-02T00:00:00.000Z", Decimal("-20100000.50")),
    ]
    assert bench.rejection_reasons() == []


def test_an_empty_list_is_refused_because_a_response_is_always_the_whole_history(bench: WireBench) -> None:
    extraction, _ = bench.run(b"[]")
    assert extraction.outcome == "failed"
    assert "run again later, or rely on other sources" in str(extraction.message)


def test_a_new_column_is_named_once_and_the_rows_are_kept() -> None:
    result = parsed(*({**record, "price_usd": 1, "aum": 2} for record in RECORDS))
    assert len(result.rows) == 4
    assert [(row.record, row.reason) for row in result.rejected] == [
        ("aum, price_usd", "unknown column aum, price_usd: not loaded; the rows were kept")
    ]


def test_repeated_and_unsorted_sessions_are_one_row_each() -> None:
    result = parsed(RECORDS[1], RECORDS[0], RECORDS[1])
    assert [row[1][:10] for row in result.rows] == ["2025-05-01", "2025-05-02"]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"gecko_id": None}, "gecko_id is null"),
        ({"gecko_id": ""}, "gecko_id is an empty text"),
        ({"day": "11 Jan 2024"}, "not an ISO 8601 instant"),
        ({"day": "2025-05-01T00:00:00"}, "without a time zone"),
        ({"day": "2025-05-01T12:00:00.000Z"}, "no midnight"),
        ({"day": 1746057600000}, "day is a number"),
        ({"day": "2026-05-01T00:00:00.000Z"}, "in the future"),
        ({"total_flow_usd": None}, "total_flow_usd is null"),
        ({"total_flow_usd": "422500000"}, "total_flow_usd is a text"),
        ({"total_flow_usd": float("inf")}, "not a finite number"),
    ],
)
def test_a_malformed_record_is_rejected_with_its_reason(change: dict[str, Any], reason: str) -> None:
    result = parsed({**RECORDS[0], **change}, RECORDS[1])
    assert len(result.rows) == 1
    assert [reason in row.reason for row in result.rejected] == [True]


def test_a_missing_field_and_a_record_of_another_kind_are_rejected() -> None:
    result = parsed({"gecko_id": "bitcoin", "day": "2025-05-01T00:00:00.000Z"}, ["bitcoin"], RECORDS[1])
    assert len(result.rows) == 1
    assert {row.reason for row in result.rejected} == {
        "the field total_flow_usd is missing",
        "the record is a list, not an object",
    }


def test_an_error_object_is_refused_as_a_whole() -> None:
    with pytest.raises(SourceRejected, match="the format has changed"):
        parse_flows(make_response(FLOWS, b'{"error":"not available"}'))
