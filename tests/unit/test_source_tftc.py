"""TFTC's file at the wire: one list for all sessions, final ones alone, totals without funds."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from wire_bench import WireBench, fixture, make_response

from orchestration.sample.server import SampleMarket
from orchestration.sources.shared.contract import Parsed, Request, SourceRejected
from orchestration.sources.tftc import DATASETS, PROVIDER, parse_flows

(FLOWS,) = DATASETS
BODY = fixture("tftc/data.json")
REQUEST = Request("/bitcoin-etf-flows/data.json")
SATURDAY = datetime(2025, 5, 3, 12, tzinfo=UTC)
GOOD = {"date": "2025-04-30", "netFlowUsd": 1, "btcCloseUsd": 1, "perEtfUsd": {}}


def parsed(*days: Any, now: datetime = SATURDAY) -> Parsed:
    return parse_flows(make_response(FLOWS, json.dumps({"days": days}).encode(), REQUEST, now))


def test_final_sessions_of_the_whole_history_are_stored(httpserver: HTTPServer, tmp_path: Path) -> None:
    bench = WireBench(httpserver, tmp_path, FLOWS, now=SATURDAY)
    extraction, _ = bench.run(BODY)
    assert (extraction.outcome, bench.paths, bench.requested) == ("complete", ["/bitcoin-etf-flows/data.json"], [{}])
    # Friday's session is read on Sunday: the last funds report on Saturday.
    assert bench.rows("date, net_flow_usd") == [
        (date(2025, 4, 30), Decimal("-56300000.00")),
        (date(2025, 5, 1), Decimal("422500000.25")),
    ]
    assert "TFTC" in PROVIDER.licence


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"date": "04/30/2025"}, "not a day such as"),
        ({"date": "2023-12-29"}, "before the launch"),
        ({"date": "2026-05-01"}, "in the future"),
        ({"netFlowUsd": "many"}, "netFlowUsd is a text"),
        ({"date": None}, "date is null"),
    ],
)
def test_a_malformed_day_is_rejected_with_its_reason_and_the_others_are_kept(
    changed: dict[str, Any], reason: str
) -> None:
    other = GOOD | {"date": "2025-05-01"}
    result = parsed(GOOD | changed, other, other)
    assert result.rows == [(date(2025, 5, 1), Decimal(1))]
    assert [reason in row.reason for row in result.rejected] == [True], result.rejected


def test_a_session_without_a_total_is_absent_and_an_empty_file_is_refused() -> None:
    assert parsed(GOOD | {"netFlowUsd": None}).rows == []
    with pytest.raises(SourceRejected, match="is empty"):
        parsed()


def test_a_new_field_is_named_and_the_rows_are_kept() -> None:
    result = parsed(GOOD | {"holdingsBtc": 1})
    assert (len(result.rows), [row.record for row in result.rejected]) == (1, ["holdingsBtc"])


def test_the_sample_names_the_licence_and_the_newest_session() -> None:
    with SampleMarket(datetime(2025, 5, 9, 6, tzinfo=UTC), full=True) as market:
        body = json.loads(market.respond("/tftc/bitcoin-etf-flows/data.json", {}).body)
    assert (body["license"], body["updatedThrough"]) == ("https://creativecommons.org/licenses/by/4.0/", "2025-05-08")
    assert body["days"][0] == {"date": "2024-01-11", "netFlowUsd": 655300000, "btcCloseUsd": None, "perEtfUsd": {}}
