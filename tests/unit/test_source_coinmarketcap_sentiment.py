"""CoinMarketCap's index at the wire: pages from the newest day back, numbers, errors with a code."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from wire_bench import FIRST_DAYS, NOW, WireBench, fixture, make_response

from orchestration.sample.server import SampleMarket
from orchestration.settings import SAMPLE_NOW
from orchestration.sources.coinmarketcap_sentiment import DATASETS, PAGE_SIZE, older_page, parse_index
from orchestration.sources.shared.contract import Parsed, Request, SourceRejected, SourceUnavailable, Window

(INDEX,) = DATASETS
BODY = fixture("coinmarketcap_sentiment/fear_greed.json")
PATH = "/v3/fear-and-greed/historical"
MAY_1, DAY = 1746057600, 86_400
REQUEST = Request(PATH, {"start": "1", "limit": "500"}, window=FIRST_DAYS)


def body(*records: Any, code: str = "0") -> bytes:
    return json.dumps({"data": records, "status": {"error_code": code, "error_message": "no"}}).encode()


def entry(**changed: object) -> dict[str, object]:
    return {"timestamp": str(MAY_1), "value": 48, "value_classification": "Neutral"} | changed


def parsed(*records: Any) -> Parsed:
    return parse_index(make_response(INDEX, body(*records), REQUEST))


def test_closed_days_of_the_window_are_stored(httpserver: HTTPServer, tmp_path: Path) -> None:
    bench = WireBench(httpserver, tmp_path, INDEX)
    bench.run(BODY)
    assert bench.requested == [{"start": "1", "limit": "500"}]
    rows = bench.rows("timestamp, value, value_classification")
    assert rows == [(MAY_1, 48, "Neutral"), (MAY_1 + DAY, 57, "Neutral"), (MAY_1 + 2 * DAY, 54, "Neutral")]


def test_older_pages_follow_until_the_window_is_covered() -> None:
    days = [entry(timestamp=str(MAY_1 + 3 * DAY - n * DAY)) for n in range(PAGE_SIZE)]
    longer = Request(PATH, {"start": "1"}, window=Window(datetime(2023, 7, 1, tzinfo=UTC), NOW))
    following = older_page(make_response(INDEX, body(*days), longer))
    assert following is not None
    assert following.params["start"] == "501"
    assert older_page(make_response(INDEX, body(*days), REQUEST)) is None
    assert older_page(make_response(INDEX, body(*days[:-1]), longer)) is None


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (entry(timestamp=MAY_1), "not seconds as text"),
        (entry(timestamp=str(MAY_1 + 3600)), "no midnight in UTC"),
        (entry(timestamp=str(MAY_1 + 90 * DAY)), "in the future"),
        (entry(value="48"), "value is a text"),
        ({"timestamp": str(MAY_1)}, "value is missing"),
    ],
)
def test_a_malformed_entry_is_rejected_with_its_reason_and_the_others_are_kept(record: Any, reason: str) -> None:
    other = entry(timestamp=str(MAY_1 + DAY))
    result = parsed(record, other, other)
    assert [row[0] for row in result.rows] == [MAY_1 + DAY]
    assert [reason in row.reason for row in result.rejected] == [True], result.rejected


def test_an_index_beyond_its_scale_is_rejected_at_the_door(httpserver: HTTPServer, tmp_path: Path) -> None:
    bench = WireBench(httpserver, tmp_path, INDEX)
    _, loaded = bench.run(body(entry(value=-3), entry(timestamp=str(MAY_1 + DAY))))
    assert (loaded.rows_new, loaded.rejected) == (1, 1)


@pytest.mark.parametrize(("code", "raised"), [("1008", SourceUnavailable), ("1002", SourceRejected)])
def test_an_error_with_status_200_is_an_error(code: str, raised: type[Exception]) -> None:
    with pytest.raises(raised, match=f"error {code}, no"):
        INDEX.verify(make_response(INDEX, body(code=code), REQUEST))


def test_a_new_field_is_named_and_the_rows_are_kept() -> None:
    result = parsed(entry(weight=1))
    assert (len(result.rows), [row.record for row in result.rejected]) == (1, ["weight"])


def test_the_sample_serves_pages_with_a_key() -> None:
    headers = {"x-cmc_pro_api_key": "sample-coinmarketcap-key"}
    with SampleMarket(SAMPLE_NOW, full=True) as market:
        newest = json.loads(market.respond(f"/coinmarketcap{PATH}?start=1&limit=2", headers).body)["data"]
        older = json.loads(market.respond(f"/coinmarketcap{PATH}?start=3&limit=1", headers).body)["data"]
        assert market.respond(f"/coinmarketcap{PATH}", {}).status == 401
    assert int(newest[1]["timestamp"]) - int(older[0]["timestamp"]) == DAY
