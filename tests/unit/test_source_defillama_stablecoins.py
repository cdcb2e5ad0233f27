"""DefiLlama's stablecoins at the wire: one history per series, closed days, dollar pegs alone."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Response as WireResponse
from wire_bench import FIRST_DAYS, NOW, WireBench, fixture, make_response

from orchestration.sample.faults import CHALLENGE
from orchestration.sample.server import SampleMarket
from orchestration.sources.defillama_stablecoins import CHAINS, COINS, DATASETS, parse_supply, plan_supply
from orchestration.sources.shared.contract import Parsed, Request, Slice, SourceRejected, SourceUnavailable

(SUPPLY,) = DATASETS
BODY = fixture("defillama_stablecoins/all.json")
RECORDS: list[dict[str, Any]] = json.loads(BODY)
ALL = "/stablecoincharts/all"
MAY_1, DAY = 1746057600, 86_400
REQUESTS = 1 + len(COINS) + len(CHAINS)


def parsed(*records: Any, path: str = ALL, **params: str) -> Parsed:
    request = Request(path, params, window=FIRST_DAYS)
    return parse_supply(make_response(SUPPLY, json.dumps(records).encode(), request))


def point(date: object = str(MAY_1), **amounts: object) -> dict[str, object]:
    return {"date": date, "totalCirculating": {"peggedUSD": 2}, "totalCirculatingUSD": {"peggedUSD": 2.5}} | amounts


def test_every_series_is_requested_once_and_named_in_its_rows(httpserver: HTTPServer, tmp_path: Path) -> None:
    bench = WireBench(httpserver, tmp_path, SUPPLY)
    extraction, loaded = bench.run(WireResponse("slow down", 429, {"Retry-After": "1"}), BODY)
    assert (extraction.outcome, loaded.rows_new, loaded.rejected) == ("complete", 3 * REQUESTS, 0)
    assert len(bench.paths) == 1 + REQUESTS
    assert {path.rpartition("/")[2] for path in bench.paths} == {"all", *CHAINS}
    named = {series for (series,) in bench.rows("distinct series")}
    assert named == {"all", *(f"coin:{coin}" for coin in COINS), *(f"chain:{chain}" for chain in CHAINS)}


def test_only_dollar_pegs_of_closed_days_are_stored(httpserver: HTTPServer, tmp_path: Path) -> None:
    bench = WireBench(httpserver, tmp_path, SUPPLY)
    bench.run(BODY)
    rows = [row[1:] for row in bench.rows("series, date, total_circulating, total_circulating_usd") if row[0] == "all"]
    assert rows == [
        (MAY_1, Decimal("235100000000.25"), Decimal("235050000000.5")),
        (MAY_1 + DAY, Decimal("235400000000"), Decimal("235390000000.125")),
        (MAY_1 + 2 * DAY, Decimal("235300000000.75"), Decimal("235200000000")),
    ]
    _, again = bench.run(BODY)
    assert (again.rows_new, again.rejected) == (0, 0)


def test_a_coin_and_a_chain_are_told_apart_by_their_requests() -> None:
    requests = list(plan_supply(Slice("ALL", "", FIRST_DAYS, NOW)))
    assert [(request.path, dict(request.params)) for request in requests[:2]] == [(ALL, {}), (ALL, {"stablecoin": "1"})]
    assert parsed(point(), stablecoin="1").rows[0][0] == "coin:USDT"
    assert parsed(point(), path="/stablecoincharts/Tron").rows[0][0] == "chain:Tron"


def test_an_empty_history_is_refused(httpserver: HTTPServer, tmp_path: Path) -> None:
    extraction, loaded = WireBench(httpserver, tmp_path, SUPPLY).run(b"[]")
    assert (extraction.outcome, loaded.rows_new) == ("failed", 0)
    assert "the history is empty" in str(extraction.message)


@pytest.mark.parametrize(
    ("body", "raised"),
    [
        (BODY[:-200], SourceUnavailable),
        (CHALLENGE, SourceUnavailable),
        (b'{"message": "x"}', SourceRejected),
        (b"null", SourceRejected),
    ],
)
def test_a_body_that_is_no_list_is_never_an_empty_history(body: bytes, raised: type[Exception]) -> None:
    with pytest.raises(raised):
        SUPPLY.verify(make_response(SUPPLY, body, Request(ALL)))


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (point(date="2025-05-01"), "date is a text"),
        (point(date=str(MAY_1 + 3600)), "no midnight in UTC"),
        (point(date=str(MAY_1 * 1000)), "in milliseconds"),
        (point(date=str(MAY_1 + 30 * DAY)), "in the future"),
        (point(totalCirculatingUSD=7), "is not an object"),
        (point(totalCirculating={"peggedUSD": "many"}), "not a number"),
        ({"date": str(MAY_1)}, "totalCirculating is missing"),
        ([MAY_1], "a list"),
    ],
)
def test_a_malformed_point_is_rejected_with_its_reason_and_the_others_are_kept(record: Any, reason: str) -> None:
    result = parsed(record, point(date=str(MAY_1 + DAY)))
    assert [row[1] for row in result.rows] == [MAY_1 + DAY]
    assert [reason in row.reason for row in result.rejected] == [True], result.rejected


def test_an_impossible_supply_is_rejected_at_the_door(httpserver: HTTPServer, tmp_path: Path) -> None:
    bench = WireBench(httpserver, tmp_path, SUPPLY)
    _, loaded = bench.run(json.dumps([point(totalCirculating={"peggedUSD": -1}), *RECORDS[1:]]).encode())
    assert (loaded.rows_new, loaded.rejected) == (2 * REQUESTS, REQUESTS)
    assert "must be at least 0" in bench.rejection_reasons()[0]


def test_days_before_the_first_dollar_coin_and_repeated_ones_make_no_row() -> None:
    early = {"date": str(MAY_1), "totalCirculating": {}, "totalCirculatingUSD": {}}
    result = parsed(early, RECORDS[1], RECORDS[1])
    assert ([row[1] for row in result.rows], result.rejected) == ([MAY_1 + DAY], [])


def test_a_new_field_is_named_and_the_rows_are_kept() -> None:
    result = parsed(point(minted=1))
    assert (len(result.rows), [row.record for row in result.rejected]) == (1, ["minted"])


def test_the_sample_has_every_series_with_the_running_day() -> None:
    with SampleMarket(datetime(2025, 5, 12, 6, tzinfo=UTC), full=True) as market:
        target = f"/defillama_stablecoins{ALL}?stablecoin="
        tether, unknown = (json.loads(market.respond(target + coin, {}).body) for coin in ("1", "999"))
        chain = json.loads(market.respond("/defillama_stablecoins/stablecoincharts/Base", {}).body)
    assert (tether[-1]["date"], unknown) == (str(MAY_1 + 11 * DAY), [])
    assert chain[-1]["totalCirculatingUSD"]["peggedUSD"] < tether[-1]["totalCirculatingUSD"]["peggedUSD"]
