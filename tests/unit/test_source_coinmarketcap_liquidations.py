"""CoinMarketCap's liquidations at the wire: a snapshot of all venues, or nothing."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from wire_bench import FIRST_DAYS, NOW, WireBench, fixture, make_response

from orchestration.sample.server import SampleMarket
from orchestration.settings import SAMPLE_NOW
from orchestration.sources.coinmarketcap_liquidations import DATASETS, PATH, PROVIDER, parse_venues
from orchestration.sources.shared.contract import Parsed, Request, SourceRejected, SourceUnavailable, Window

(VENUES,) = DATASETS
BODY: dict[str, Any] = json.loads(fixture("coinmarketcap_liquidations/venues_24h.json"))
TODAY = Window(FIRST_DAYS.start, NOW)


def parsed(**changed: Any) -> Parsed:
    return parse_venues(make_response(VENUES, json.dumps(BODY | changed).encode(), Request(PATH)))


def test_one_snapshot_has_every_venue_at_one_instant(httpserver: HTTPServer, tmp_path: Path) -> None:
    bench = WireBench(httpserver, tmp_path, VENUES)
    bench.run(json.dumps(BODY).encode(), window=TODAY)
    assert (bench.paths, bench.requested) == ([PATH], [{}])
    rows = bench.rows("timestamp, exchange, long_liquidations_24h, short_liquidations_24h, total_liquidations_24h")
    assert rows[0] == (
        *("2025-05-04T05:59:43.237Z", "binance"),
        *map(Decimal, ("40000000.5", "20000000.25", "60000000.75")),
    )
    assert [row[1] for row in rows] == ["binance", "bybit"]


def test_the_key_and_the_limit_are_shared_with_the_other_figures() -> None:
    assert (PROVIDER.api_key_variable, PROVIDER.url_variable) == ("COINMARKETCAP_API_KEY", "COINMARKETCAP_BASE_URL")


def test_a_part_of_the_venues_is_no_total() -> None:
    parts: tuple[dict[str, Any], ...] = ({"exchanges": []}, BODY["data"] | {"has_more": True})
    for data in parts:
        with pytest.raises(SourceRejected, match="is no total"):
            parsed(data=data)


def test_a_malformed_venue_takes_the_whole_snapshot_with_it(httpserver: HTTPServer, tmp_path: Path) -> None:
    for quotes, reason in (([], "no single entry in USD"), (None, "no list"), ([{"symbol": "USD"}], "is missing")):
        venues = [BODY["data"]["exchanges"][0], BODY["data"]["exchanges"][1] | {"quotes": quotes}]
        result = parsed(data=BODY["data"] | {"exchanges": venues})
        assert [reason in row.reason for row in result.rejected] == [True]
        assert result.rows == []
    negative = json.loads(json.dumps(BODY).replace("10000000", "-10000000"))
    _, loaded = WireBench(httpserver, tmp_path, VENUES).run(json.dumps(negative).encode(), window=TODAY)
    assert loaded.rows_new == 0, "a total without a venue would be too small"


@pytest.mark.parametrize(("code", "raised"), [("1008", SourceUnavailable), ("1006", SourceRejected)])
def test_an_error_with_status_200_is_an_error(code: str, raised: type[Exception]) -> None:
    with pytest.raises(raised, match=f"error {code}"):
        parsed(status={"error_code": code, "error_message": "no"})


@pytest.mark.parametrize("written", ["yesterday", "2026-05-04T00:00:00.000Z", None])
def test_an_instant_that_can_not_be_is_a_changed_format(written: str | None) -> None:
    with pytest.raises(SourceRejected, match="format has changed"):
        parsed(status=BODY["status"] | {"timestamp": written})


def test_a_new_field_is_named_and_the_rows_are_kept() -> None:
    venues = [venue | {"rank": 1} for venue in BODY["data"]["exchanges"]]
    result = parsed(data=BODY["data"] | {"exchanges": venues})
    assert (len(result.rows), [row.record for row in result.rejected]) == (2, ["rank"])


def test_the_sample_has_it_in_the_full_market_alone() -> None:
    key = {"x-cmc_pro_api_key": "sample-coinmarketcap-key"}
    for full, headers, status in ((True, key, 200), (True, {}, 401), (False, key, 404)):
        with SampleMarket(SAMPLE_NOW, full=full) as market:
            assert market.respond(f"/coinmarketcap{PATH}", headers).status == status
