"""CFTC's positions at the wire: Tuesdays, counts as text, and nothing before the Friday of publication."""

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from wire_bench import NOW, WireBench, fixture, make_response

from orchestration.sample.server import SampleMarket
from orchestration.sources.cftc import DATASETS, MAX_ROWS, parse_positions
from orchestration.sources.shared.contract import Parsed, Request, SourceRejected, Window

(POSITIONS,) = DATASETS
BODY = fixture("cftc/futures_positions.json")
GOOD: dict[str, Any] = json.loads(BODY)[0]
APRIL = Window.of_days(date(2025, 4, 14), date(2025, 5, 3))
DATE = "report_date_as_yyyy_mm_dd"


def parsed(*records: Any, now: datetime = NOW) -> Parsed:
    asked = {"$where": f"cftc_contract_market_code='133741' and {DATE} between '2025-04-14' and '2025-05-03'"}
    request = Request("/resource/gpe5-46if.json", asked, "BTC", APRIL)
    return parse_positions(make_response(POSITIONS, json.dumps(records).encode(), request, now))


def test_a_window_is_one_request_for_the_weeks_of_one_contract(httpserver: HTTPServer, tmp_path: Path) -> None:
    bench = WireBench(httpserver, tmp_path, POSITIONS)
    extraction, _ = bench.run(BODY, window=APRIL)
    (sent,) = bench.requested
    assert sent["$where"] == (
        "cftc_contract_market_code='133741' and report_date_as_yyyy_mm_dd between '2025-04-14' and '2025-05-03'"
    )
    assert (sent["$order"], sent["$limit"], extraction.outcome) == (DATE, str(MAX_ROWS), "complete")
    rows = bench.rows("contract, report_date, open_interest_all, lev_money_long, lev_money_short")
    assert rows[0] == ("133741", date(2025, 4, 15), 25010, 9700, 15150)
    assert [row[1].isoformat() for row in rows] == ["2025-04-15", "2025-04-22", "2025-04-29"]


@pytest.mark.parametrize(
    ("now", "known"),
    [
        (datetime(2025, 5, 2, 20, 59, tzinfo=UTC), ["2025-04-22"]),
        (datetime(2025, 5, 2, 21, tzinfo=UTC), ["2025-04-22", "2025-04-29"]),
    ],
)
def test_a_tuesday_is_no_fact_before_its_friday(now: datetime, known: list[str]) -> None:
    """Even where the agency's table has it early."""
    assert [row[1].isoformat() for row in parsed(*json.loads(BODY)[1:], now=now).rows] == known


def test_a_week_without_a_report_is_normal(httpserver: HTTPServer, tmp_path: Path) -> None:
    extraction, loaded = WireBench(httpserver, tmp_path, POSITIONS).run(b"[]", window=APRIL)
    assert (extraction.outcome, loaded.rows_new) == ("complete", 0)


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"open_interest_all": 25010}, "not a whole number as text"),
        ({"open_interest_all": "25,010"}, "not a whole number as text"),
        ({DATE: "2025-04-15T12:00:00.000"}, "no midnight"),
        ({DATE: "April"}, "not an ISO 8601 instant"),
        ({DATE: "2026-04-14T00:00:00.000"}, "in the future"),
        ({"cftc_contract_market_code": None}, "is null"),
        ({"cftc_contract_market_code": "NaN"}, "is NaN, which was not requested"),
    ],
)
def test_a_malformed_report_is_rejected_with_its_reason_and_the_others_are_kept(
    changed: dict[str, Any], reason: str
) -> None:
    other = GOOD | {DATE: "2025-04-22T00:00:00.000"}
    result = parsed(GOOD | changed, other, other)
    assert [row[1].isoformat() for row in result.rows] == ["2025-04-22"]
    assert [reason in row.reason for row in result.rejected] == [True], result.rejected


def test_a_negative_count_is_rejected_at_the_door(httpserver: HTTPServer, tmp_path: Path) -> None:
    bench = WireBench(httpserver, tmp_path, POSITIONS)
    _, loaded = bench.run(json.dumps([GOOD | {"lev_money_positions_long": "-1"}]).encode(), window=APRIL)
    assert (loaded.rows_new, loaded.rejected) == (0, 1)
    assert "lev_money_long is -1" in bench.rejection_reasons()[0]


def test_a_full_page_is_refused_because_it_may_lack_weeks() -> None:
    with pytest.raises(SourceRejected, match="shorten the window"):
        parsed(*[GOOD] * MAX_ROWS)


def test_the_sample_publishes_a_tuesday_on_friday_evening() -> None:
    target = (
        "/cftc/resource/gpe5-46if.json?%24where=cftc_contract_market_code%3D%27133741%27+and+"
        "report_date_as_yyyy_mm_dd+between+%272025-05-01%27+and+%272025-05-12%27"
    )
    for hour, count in ((19, 0), (20, 1)):
        with SampleMarket(datetime(2025, 5, 9, hour, tzinfo=UTC), full=True) as market:
            assert len(json.loads(market.respond(target, {}).body)) == count
