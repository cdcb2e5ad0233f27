"""When Farside refuses a page, the site's WordPress is requested instead, once; a blocked address is not retried."""

import json
from datetime import date
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Response as WireResponse
from wire_bench import WireBench, fixture

from orchestration.sample.faults import CHALLENGE
from orchestration.sources.farside import DATASETS
from tests.warehouse.farside_page import FUNDS, history, page

(FLOWS,) = DATASETS
PAGE = page(FUNDS, history(date(2025, 5, 2)))
ROWS = 120 * 4
BLOCKED = WireResponse(CHALLENGE, 403, content_type="text/html")
ALL_DATA = "/bitcoin-etf-flow-all-data/"
WORDPRESS = "/wp-json/wp/v2"


def rendered(page: bytes) -> dict[str, object]:
    return {"id": 1321, "modified": "2024-10-30T09:55:49", "content": {"rendered": page.decode(), "protected": False}}


OBJECT = json.dumps(rendered(PAGE)).encode()
LIST = json.dumps([rendered(PAGE)]).encode()


@pytest.fixture
def bench(httpserver: HTTPServer, tmp_path: Path) -> WireBench:
    return WireBench(httpserver, tmp_path, FLOWS)


@pytest.mark.parametrize(
    "refusal",
    [
        pytest.param(BLOCKED, id="403"),
        pytest.param(CHALLENGE, id="a bot check with status 200"),
        pytest.param(b"<html>no</html>", id="a short body"),
        pytest.param(WireResponse("gone", 404), id="404"),
    ],
)
def test_wordpress_is_the_fallback_of_a_refused_page(bench: WireBench, refusal: WireResponse | bytes) -> None:
    extraction, loaded = bench.run(refusal, OBJECT)
    assert bench.paths == [ALL_DATA, f"{WORDPRESS}/pages/1321"]
    assert extraction.outcome == "complete"
    assert loaded.rows_new == ROWS
    assert "used /wp-json/wp/v2/pages/1321 instead" in (extraction.message or "")


def test_the_rows_are_those_of_the_page(httpserver: HTTPServer, tmp_path: Path) -> None:
    columns = "asset, date, ticker, cell"
    by_page = WireBench(httpserver, tmp_path / "page", FLOWS)
    by_page.run(PAGE)
    httpserver.clear()
    by_json = WireBench(httpserver, tmp_path / "json", FLOWS)
    by_json.run(BLOCKED, OBJECT)
    assert by_json.rows(columns) == by_page.rows(columns)


def test_a_name_without_a_page_is_searched_among_the_posts(httpserver: HTTPServer, tmp_path: Path) -> None:
    bench = WireBench(httpserver, tmp_path, FLOWS, WAREHOUSE_ASSETS="ETH", FARSIDE_PAGES="recent")
    eth = json.dumps([rendered(fixture("farside/eth_all_data.html"))]).encode()
    extraction, loaded = bench.run(BLOCKED, b"[]", eth)
    assert bench.paths == ["/eth/", f"{WORDPRESS}/pages", f"{WORDPRESS}/posts"]
    assert [requested.get("slug") for requested in bench.requested] == [None, "eth", "eth"]
    assert (extraction.outcome, loaded.rows_new) == ("complete", 12)


def test_a_missing_page_and_post_are_reported(httpserver: HTTPServer, tmp_path: Path) -> None:
    bench = WireBench(httpserver, tmp_path, FLOWS, FARSIDE_PAGES="recent")
    extraction, loaded = bench.run(BLOCKED, b"[]", b"[]")
    assert len(bench.paths) == 3
    assert extraction.problems
    assert "the page is a list, not an object" in extraction.problems[0]
    assert loaded.rows_new == 0


def test_a_good_page_needs_no_fallback(bench: WireBench) -> None:
    extraction, _ = bench.run(PAGE)
    assert bench.paths == [ALL_DATA]
    assert extraction.message is None


def test_a_host_that_blocks_everything_gets_two_requests_and_other_sources_are_named(
    httpserver: HTTPServer, tmp_path: Path
) -> None:
    bench = WireBench(httpserver, tmp_path, FLOWS, WAREHOUSE_ASSETS="BTC,ETH")
    extraction, _ = bench.run(BLOCKED)
    assert bench.paths == [ALL_DATA, f"{WORDPRESS}/pages/1321"]
    assert extraction.outcome == "failed"
    message = extraction.message or ""
    assert "farside /bitcoin-etf-flow-all-data/ for BTC: returned 403" in message
    assert "this is normal for Farside; rely on The Block for funds and DefiLlama for totals" in message
    assert "farside for ETH: not requested after the refusal" in message


def test_blocked_pages_are_not_requested_for_the_other_assets(httpserver: HTTPServer, tmp_path: Path) -> None:
    bench = WireBench(httpserver, tmp_path, FLOWS, WAREHOUSE_ASSETS="BTC,ETH")
    bench.run(BLOCKED, OBJECT, LIST)
    assert bench.paths == [ALL_DATA, f"{WORDPRESS}/pages/1321", f"{WORDPRESS}/pages"]
    assert bench.requested[-1] == {"slug": "ethereum-etf-flow-all-data"}


@pytest.mark.parametrize(
    "response",
    [b'{"id": 1321}', b'{"content": {"rendered": ""}}', b'{"content": "x"}', b"[1, 2]", b'"text"', b"null"],
)
def test_another_shape_of_wordpress_is_a_changed_format(bench: WireBench, response: bytes) -> None:
    extraction, loaded = bench.run(BLOCKED, response)
    assert extraction.outcome == "failed"
    assert "the format has changed" in (extraction.message or "")
    assert loaded.rows_new == 0


def test_a_busy_host_gets_no_request_at_another_address(bench: WireBench) -> None:
    extraction, _ = bench.run(WireResponse("slow down", 429, {"Retry-After": "600"}))
    assert bench.paths == [ALL_DATA]
    assert "a pause of 600 s" in (extraction.message or "")


def test_every_request_has_the_warehouse_s_user_agent(bench: WireBench) -> None:
    bench.run(BLOCKED, OBJECT)
    assert all(headers["user-agent"].startswith("crypto-market-warehouse/") for headers in bench.headers)
