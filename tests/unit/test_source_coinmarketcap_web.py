"""CoinMarketCap's charts at the wire: opt-in only, timestamps that start a day, a quote that is a list."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from wire_bench import NOW, WireBench, fixture, make_response

from orchestration.ingest.extraction import OPT_IN_ONLY
from orchestration.settings import Settings
from orchestration.sources.coinmarketcap_web import DATASETS, PROVIDER, parse_history, plan_history
from orchestration.sources.shared.contract import Parsed, Request, Slice, SourceRejected, SourceUnavailable, Window
from tests.recordings import RECORDED, needs_recordings

(HISTORY,) = DATASETS
MAY = Window(NOW.replace(day=1, hour=0), NOW)
REQUEST = Request("/data-api/v3/global-metrics/quotes/historical", {}, "ALL", MAY)
GOOD: dict[str, Any] = json.loads(fixture("coinmarketcap_web/quotes_historical.json"))
MAY_1 = 1746057600
RESPONSES = RECORDED / "responses" / "cmc"


def parsed(*quotes: Any, now: datetime = NOW, request: Request = REQUEST) -> Parsed:
    body = {"data": {"quotes": quotes}, "status": {"error_code": "0"}}
    return parse_history(make_response(HISTORY, json.dumps(body).encode(), request, now))


def quote(number: int = 0, **changed: Any) -> dict[str, Any]:
    return {**GOOD["data"]["quotes"][number], **changed}


@pytest.mark.parametrize("value", ["", "no", "perhaps"])
def test_nothing_is_requested_without_opting_in(httpserver: HTTPServer, tmp_path: Path, value: str) -> None:
    bench = WireBench(httpserver, tmp_path, HISTORY, COINMARKETCAP_WEB_HISTORY=value)
    extraction, _ = bench.run(fixture("coinmarketcap_web/quotes_historical.json"), window=MAY)
    assert (extraction.outcome, extraction.message, bench.paths) == ("skipped", OPT_IN_ONLY, [])


def test_every_spelling_of_yes_opts_in() -> None:
    for value in ("yes", "YES", "true", "1", "on"):
        assert Settings.load({"COINMARKETCAP_WEB_HISTORY": value}).is_enabled(PROVIDER)


def test_a_snapshot_carries_its_own_instant(httpserver: HTTPServer, tmp_path: Path) -> None:
    bench = WireBench(httpserver, tmp_path, HISTORY)
    extraction, _ = bench.run(fixture("coinmarketcap_web/quotes_historical.json"), window=MAY)
    assert (extraction.outcome, bench.paths) == ("complete", [REQUEST.path])
    bounds = {"timeStart": str(MAY_1), "timeEnd": str(int(NOW.timestamp()))}
    assert bench.requested == [{"convertId": "2781", "interval": "1d", **bounds}]
    rows = bench.rows("timestamp, original_score, total_market_cap, altcoin_market_cap, btc_dominance, eth_dominance")
    caps = (Decimal("2960000000000.25"), Decimal("1110000000000.125"), Decimal("62.5"), Decimal("7.25"))
    assert rows[0] == ("2025-05-01T00:00:00.000Z", MAY_1 + 120, *caps)
    assert len(rows) == 3


def test_twelve_years_are_a_few_requests_without_a_gap() -> None:
    whole = Window(datetime(2013, 4, 29, tzinfo=UTC), NOW)
    requested = [request.params for request in plan_history(Slice("ALL", "", whole, NOW))]
    assert len(requested) == 5
    assert all(before["timeEnd"] == after["timeStart"] for before, after in pairwise(requested))


@pytest.mark.parametrize("code", [1011, "1011"])
def test_an_exceeded_quota_is_transient_with_its_code_as_number_or_text(code: Any) -> None:
    body = {"status": {"error_code": code, "error_message": "quota"}}
    with pytest.raises(SourceUnavailable, match="error 1011, quota; run again later"):
        parse_history(make_response(HISTORY, json.dumps(body).encode(), REQUEST))


def test_an_error_with_status_200_adds_no_row() -> None:
    body = GOOD | {"status": {"error_code": "400", "error_message": "no"}}
    with pytest.raises(SourceRejected, match="unset COINMARKETCAP_WEB_HISTORY"):
        parse_history(make_response(HISTORY, json.dumps(body).encode(), REQUEST))


def test_the_last_point_of_a_chart_is_the_current_state_and_left_out() -> None:
    now = quote(timestamp="2025-05-04T05:55:00.000Z")
    assert [row[0][:10] for row in parsed(quote(), now).rows] == ["2025-05-01"]
    assert parsed(quote(), now).rejected == []
    assert [row.reason for row in parsed(now, quote()).rejected] == ["timestamp is no midnight in UTC"]


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        (quote(timestamp="2025-05-01T23:59:59.999Z"), "no midnight"),
        (quote(timestamp="2026-05-01T00:00:00.000Z"), "in the future"),
        (quote(quote={"USD": {}}), "quote is no list"),
        (quote(quote=[{"name": "1"}]), "0 entries in US dollars"),
        (quote(timestamp="2025-05-02T00:00:00.000Z"), "originalScore lies outside"),
        (quote(btcDominance=None), "btcDominance is null"),
    ],
)
def test_a_malformed_snapshot_is_rejected_with_its_reason_and_the_others_are_kept(wrong: Any, reason: str) -> None:
    result = parsed(wrong, quote(2))
    assert [row[0][:10] for row in result.rows] == ["2025-05-03"]
    assert [reason in row.reason for row in result.rejected] == [True]


def test_a_new_column_is_named_and_the_rows_are_kept() -> None:
    result = parsed(quote(stablecoinMarketCap=1))
    assert (len(result.rows), [row.record for row in result.rejected]) == (1, ["stablecoinMarketCap"])


@needs_recordings
@pytest.mark.parametrize(
    ("name", "days"), [("4fb1f9d0e9f6acf897a94e7c9e0335b9", 2), ("7597f731a582ffb4e67751af13de407e", 30)]
)
def test_recorded_responses_are_parsed_and_the_parts_add_up(name: str, days: int) -> None:
    """The recordings are in bitcoin, and a tool changed their status to a list: both is corrected here."""
    body = json.loads((RESPONSES / f"{name}.json").read_bytes())
    body["status"] = {name: value[0] for name, value in body["status"].items()}
    for quoted in body["data"]["quotes"]:
        quoted["quote"][0]["name"] = "2781"
    later = datetime(2026, 11, 1, tzinfo=UTC)
    result = parse_history(make_response(HISTORY, json.dumps(body).encode(), Request(REQUEST.path), later))
    assert (len(result.rows), result.rejected) == (days, [])
    for written, taken, total, rest, dominance, _ in result.rows:
        assert taken - datetime.fromisoformat(written).timestamp() == 120, "two minutes after the day has started"
        assert float(rest) == pytest.approx(float(total) * (1 - float(dominance) / 100), rel=1e-5)


@needs_recordings
def test_recorded_bars_of_a_single_coin_are_refused() -> None:
    body = json.loads((RESPONSES / "fcce7d762bbee082f65c377f184cd541.json").read_bytes())
    body["status"] = {"error_code": "0"}
    result = parse_history(make_response(HISTORY, json.dumps(body).encode(), Request(REQUEST.path)))
    assert (result.rows, bool(result.rejected)) == ([], True)
