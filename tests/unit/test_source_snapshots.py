"""Snapshots of the whole market at the wire: the instant of the figures, errors with status 200, no history."""

import csv
import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from wire_bench import NOW, WireBench, fixture, make_response

from orchestration.sources.shared.contract import Dataset, Slice, SourceRejected, SourceUnavailable, Window
from orchestration.sources.shared.registry import dataset
from tests.recordings import RECORDED, needs_recordings

COINGECKO = dataset("coingecko", "global")
HIGHS = dataset("coingecko", "all_time_highs")
COINPAPRIKA = dataset("coinpaprika", "global")
COINMARKETCAP = dataset("coinmarketcap_public", "global_metrics")
TAKEN = int(datetime(2025, 5, 4, 5, 55, tzinfo=UTC).timestamp())
TODAY = Window(NOW - timedelta(days=400), NOW)
RESPONSES = RECORDED / "responses"
GOOD: dict[str, Any] = json.loads(fixture("coinmarketcap_public/global_metrics_latest.json"))


@pytest.mark.parametrize(
    ("found", "file", "path", "row"),
    [
        (COINGECKO, "coingecko/global.json", "/api/v3/global", (TAKEN, "3060000000000.25", "62.125", "7.25")),
        (COINPAPRIKA, "coinpaprika/global.json", "/v1/global", (TAKEN, "3010000000000", "62.75")),
        (
            COINMARKETCAP,
            "coinmarketcap_public/global_metrics_latest.json",
            "/public-api/v1/global-metrics/quotes/latest",
            ("2025-05-04T05:55:00.000Z", "3000000000000.5", "1125000000000.25", "62.5", "7.25"),
        ),
    ],
    ids=["coingecko", "coinpaprika", "coinmarketcap"],
)
def test_a_snapshot_carries_its_own_instant(
    httpserver: HTTPServer, tmp_path: Path, found: Dataset, file: str, path: str, row: tuple[Any, ...]
) -> None:
    bench = WireBench(httpserver, tmp_path, found)
    extraction, _ = bench.run(fixture(file), window=TODAY)
    assert (extraction.outcome, bench.paths) == ("complete", [path])
    (stored,) = bench.rows(", ".join(found.columns))
    assert stored == (row[0], *(Decimal(figure) for figure in row[1:]))


def test_all_time_highs_are_those_of_coins_that_have_one(httpserver: HTTPServer, tmp_path: Path) -> None:
    """One request for the 250 largest; of a price with an exponent all digits are kept."""
    bench = WireBench(httpserver, tmp_path, HIGHS)
    bench.run(fixture("coingecko/coins_markets.json"), window=TODAY)
    order = {"order": "market_cap_desc", "per_page": "250", "page": "1"}
    assert (bench.paths, bench.requested) == (["/api/v3/coins/markets"], [{"vs_currency": "usd", **order}])
    assert bench.rows("id, ath, ath_date") == [
        ("bitcoin", Decimal("108786.25"), "2025-01-20T09:11:54.494Z"),
        ("pepe", Decimal("0.00002803"), "2024-12-09T16:45:40.000Z"),
    ]
    assert bench.rejection_reasons() == []


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"ath": "108786"}, "ath"),
        ({"ath": -1}, "ath"),
        ({"ath_date": "2025-05-05T09:00:00Z"}, "ath_date lies in the future"),
        ({"ath_date": "2025-01-20"}, "without a time zone"),
        ({"ath_date": None}, "ath_date"),
        ({"id": None}, "id"),
    ],
)
def test_an_impossible_record_is_rejected_and_the_others_stored(
    httpserver: HTTPServer, tmp_path: Path, change: dict[str, Any], reason: str
) -> None:
    first, *others = json.loads(fixture("coingecko/coins_markets.json"))
    bench = WireBench(httpserver, tmp_path, HIGHS)
    bench.run(json.dumps([first | change, *others]).encode(), window=TODAY)
    assert [row[0] for row in bench.rows("id")] == ["pepe"]
    assert [reason in found for found in bench.rejection_reasons()] == [True]


def test_a_list_without_coins_is_no_list_of_records() -> None:
    response = make_response(HIGHS, b"[]")
    with pytest.raises(SourceRejected, match="no coin came"):
        HIGHS.verify(response)


@pytest.mark.parametrize("found", [COINGECKO, COINPAPRIKA, COINMARKETCAP, HIGHS], ids=lambda found: found.table)
def test_the_past_is_not_requested(found: Dataset) -> None:
    last_year = Slice("ALL", "", Window.of_days(date(2024, 1, 1), date(2024, 12, 31)), NOW)
    assert list(found.plan(last_year)) == []
    assert len(list(found.plan(Slice("ALL", "", TODAY, NOW)))) == 1


@pytest.mark.parametrize("code", [1011, "1011"])
def test_an_exceeded_quota_is_transient_with_its_code_as_number_or_text(code: Any) -> None:
    body = {"status": {"error_code": code, "error_message": "quota"}}
    with pytest.raises(SourceUnavailable, match="error 1011, quota; run again later"):
        COINMARKETCAP.verify(make_response(COINMARKETCAP, json.dumps(body).encode()))


def test_an_error_with_status_200_adds_no_row() -> None:
    body = GOOD | {"status": {"error_code": "400", "error_message": "no"}}
    with pytest.raises(SourceRejected, match="rely on coingecko"):
        COINMARKETCAP.verify(make_response(COINMARKETCAP, json.dumps(body).encode()))
    fine = GOOD | {"status": GOOD["status"] | {"error_code": "0"}}
    COINMARKETCAP.verify(make_response(COINMARKETCAP, json.dumps(fine).encode()))


def test_a_snapshot_from_the_future_is_refused() -> None:
    later = {**json.loads(fixture("coinpaprika/global.json")), "last_updated": TAKEN + 86_400}
    with pytest.raises(SourceRejected, match="lies in the future"):
        COINPAPRIKA.verify(make_response(COINPAPRIKA, json.dumps(later).encode()))


@pytest.mark.parametrize("taken", [TAKEN * 1000, 10**40, 0, -TAKEN])
def test_a_snapshot_whose_instant_is_in_another_unit_is_refused(taken: int) -> None:
    paprika = {**json.loads(fixture("coinpaprika/global.json")), "last_updated": taken}
    gecko = {"data": {**json.loads(fixture("coingecko/global.json"))["data"], "updated_at": taken}}
    for found, body in ((COINPAPRIKA, paprika), (COINGECKO, gecko)):
        with pytest.raises(SourceRejected, match=f"instant is {taken}, no number of seconds since 1970"):
            found.verify(make_response(found, json.dumps(body).encode()))


@needs_recordings
def test_recorded_errors_of_coingecko_add_no_row() -> None:
    """History, bars and errors in three forms: none of them is parsed as a current snapshot."""
    later = datetime(2026, 11, 1, tzinfo=UTC)
    others = sorted(path for path in (RESPONSES / "coingecko").glob("*.json") if path.name != "oas_demo_global.json")
    assert len(others) >= 10
    for path in others:
        with pytest.raises(SourceRejected, match="format has changed"):
            COINGECKO.verify(make_response(COINGECKO, path.read_bytes(), now=later))


@needs_recordings
def test_all_of_471_recorded_snapshots_are_parsed_and_two_have_a_share_of_another_instant() -> None:
    """The tolerance of the identity total × (1 − dominance) = rest is calibrated on these."""
    with (RESPONSES.parent / "coinmarketcap" / "global_metrics_latest_daily.csv").open(newline="") as file:
        days = list(csv.DictReader(file))
    off = []
    assert callable(COINMARKETCAP.read)
    for day in days:
        dollars = {name: float(day[name]) for name in ("total_market_cap", "altcoin_market_cap")}
        shares = {name: float(day[name]) for name in ("btc_dominance", "eth_dominance")}
        data = {"quote": {"USD": dollars}, "last_updated": day["last_updated"], **shares}
        body = json.dumps({"status": {"error_code": 0}, "data": data}).encode()
        ((_, total, rest, dominance, _),) = COINMARKETCAP.read(
            make_response(COINMARKETCAP, body, now=datetime(2026, 11, 1, tzinfo=UTC))
        ).rows
        off.append(abs(float(rest) / float(total) - (1 - float(dominance) / 100)))
    assert len(days) == 471
    assert sorted(off)[-3] < 1e-12
    assert 1e-3 < sorted(off)[-2] < max(off) < 0.005


@needs_recordings
def test_recorded_responses_are_parsed_and_the_parts_add_up() -> None:
    now = datetime(2026, 11, 1, tzinfo=UTC)
    for found, name in (
        (COINGECKO, "coingecko/oas_demo_global.json"),
        (COINPAPRIKA, "coinpaprika/docs_example_global_2018.json"),
    ):
        found.verify(make_response(found, (RESPONSES / name).read_bytes(), now=now))
    recorded = json.loads((RESPONSES / "cmc" / "keyless_global_metrics_latest_2026-09-20.json").read_bytes())
    recorded["data"]["last_updated"] = recorded["status"]["timestamp"]
    assert callable(COINMARKETCAP.read)
    ((_, total, rest, dominance, _),) = COINMARKETCAP.read(
        make_response(COINMARKETCAP, json.dumps(recorded).encode(), now=now)
    ).rows
    assert float(rest) == pytest.approx(float(total) * (1 - float(dominance) / 100), rel=1e-12)
