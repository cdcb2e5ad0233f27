"""Coin Metrics at the wire: linked pages, metrics that an asset does not have, a day that is not computed yet."""

import csv
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from wire_bench import NOW, WireBench, fixture, make_response

from orchestration.sample.server import SampleMarket
from orchestration.sources.coinmetrics import DATASETS, METRICS, next_page, parse_metrics, plan_metrics
from orchestration.sources.shared.contract import Parsed, Request, Slice, SourceRejected, SourceUnavailable, Window
from tests.recordings import RECORDED, needs_recordings

(DAYS,) = DATASETS
MAY = Window(NOW.replace(day=1, hour=0), NOW)
PATH = "/v4/timeseries/asset-metrics"
REQUEST = Request(PATH, {"assets": "btc"}, "BTC", MAY)
GOOD: dict[str, Any] = json.loads(fixture("coinmetrics/asset_metrics_1d.json"))
RESPONSES = RECORDED / "responses" / "coinmetrics"


def parsed(*records: Any, now: datetime = NOW, request: Request = REQUEST) -> Parsed:
    return parse_metrics(make_response(DAYS, json.dumps({"data": records}).encode(), request, now))


def day(number: int, **figures: Any) -> dict[str, Any]:
    return {"asset": "btc", "time": f"2025-05-0{number}T00:00:00.000000000Z", **figures}


def test_a_price_applies_to_the_end_of_its_day(httpserver: HTTPServer, tmp_path: Path) -> None:
    bench = WireBench(httpserver, tmp_path, DAYS)
    extraction, _ = bench.run(fixture("coinmetrics/asset_metrics_1d.json"), window=MAY)
    assert (extraction.outcome, bench.paths) == ("complete", [PATH])
    rows = bench.rows("asset, time, price_usd, cap_mrkt_cur_usd, cap_mrkt_est_usd, sply_cur")
    assert rows[0] == (
        "btc",
        "2025-05-01T00:00:00.000000000Z",
        *map(Decimal, ("96500.5", "1916490000000.250000000000000001", "1916480000000.25", "19860000.5")),
    )
    assert [row[1][:10] for row in rows] == ["2025-05-01", "2025-05-02", "2025-05-03"], "4 May has no figure yet"


def test_a_quadrillion_coins_are_no_error(httpserver: HTTPServer, tmp_path: Path) -> None:
    bench = WireBench(httpserver, tmp_path, DAYS)
    record = day(1, PriceUSD="0.00001", CapMrktCurUSD="10000000000", SplyCur="1000000000000000")
    extraction, _ = bench.run(json.dumps({"data": [record]}), window=MAY)
    assert extraction.outcome == "complete"
    assert bench.rows("sply_cur") == [(Decimal(10**15),)]


def test_the_first_page_is_the_oldest_and_forbidden_metrics_are_left_out(
    httpserver: HTTPServer, tmp_path: Path
) -> None:
    bench = WireBench(httpserver, tmp_path, DAYS)
    bench.run(fixture("coinmetrics/asset_metrics_1d.json"), window=MAY)
    (requested,) = bench.requested
    assert requested == {
        "assets": "btc",
        "metrics": "PriceUSD,CapMrktCurUSD,CapMrktEstUSD,SplyCur",
        "frequency": "1d",
        "start_time": "2025-05-01",
        "end_time": "2025-05-03",
        "page_size": "10000",
        "paging_from": "start",
        "ignore_forbidden_errors": "true",
        "ignore_unsupported_errors": "true",
    }


def test_reference_rates_are_not_requested() -> None:
    """Their timestamps are a day later than those of prices, and they are available for one week only."""
    (request,) = plan_metrics(Slice("BTC", "btc", MAY, NOW))
    assert not [metric for metric in (*METRICS, request.params["metrics"]) if "ReferenceRate" in metric]


def test_a_day_is_requested_from_04_00_of_the_next_day_on() -> None:
    early = NOW.replace(hour=3, minute=59)
    (request,) = plan_metrics(Slice("BTC", "btc", replace(MAY, end=early), early))
    assert request.params["end_time"] == "2025-05-02"
    assert list(plan_metrics(Slice("BTC", "btc", Window(NOW.replace(day=3, hour=0), early), early))) == []
    record = day(3, PriceUSD="1")
    assert parsed(record, now=early).rows == []
    assert len(parsed(record).rows) == 1


def test_the_next_page_is_requested_as_linked_from_the_configured_host(httpserver: HTTPServer, tmp_path: Path) -> None:
    link = "https://community-api.coinmetrics.io/v4/timeseries/asset-metrics?assets=btc&page_size=2&next_page_token=0.MjA%2B"
    first = {"data": GOOD["data"][:2], "next_page_token": "0.MjA+", "next_page_url": link}
    bench = WireBench(httpserver, tmp_path, DAYS)
    extraction, loaded = bench.run(json.dumps(first).encode(), json.dumps({"data": GOOD["data"][2:]}).encode())
    assert (extraction.outcome, loaded.rows_new) == ("complete", 3)
    assert bench.paths == [PATH, PATH]
    assert bench.requested[1] == {"assets": "btc", "page_size": "2", "next_page_token": "0.MjA+"}


def test_a_link_of_a_mirror_does_not_repeat_its_prefix() -> None:
    body = {"data": [], "next_page_url": f"http://127.0.0.1:8000/coinmetrics{PATH}?assets=btc&next_page_token=a"}
    following = next_page(make_response(DAYS, json.dumps(body).encode(), REQUEST))
    assert following is not None
    assert (following.path, following.params["next_page_token"]) == (PATH, "a")
    for changed in ({"next_page_url": "https://elsewhere.invalid/v5/x"}, {"next_page_token": "a"}):
        with pytest.raises(SourceRejected, match="format has changed"):
            next_page(make_response(DAYS, json.dumps({"data": []} | changed).encode(), REQUEST))


def test_a_link_to_the_same_page_is_not_followed(httpserver: HTTPServer, tmp_path: Path) -> None:
    link = f"https://community-api.coinmetrics.io{PATH}?assets=btc&next_page_token=a"
    bench = WireBench(httpserver, tmp_path, DAYS)
    extraction, _ = bench.run(json.dumps({"data": [], "next_page_url": link}).encode(), window=MAY)
    assert "cursor did not advance" in str(extraction.message)
    assert len(bench.paths) == 2


def test_an_asset_without_network_data_has_only_its_estimate() -> None:
    (row,) = parsed(day(1, CapMrktEstUSD="100.5")).rows
    assert row[2:] == (None, None, Decimal("100.5"), None)
    assert parsed(day(1, PriceUSD=None, ReferenceRateUSD="1")).rows == [], "a row of other metrics is no figure"


@pytest.mark.parametrize(
    ("kind", "raised"),
    [("forbidden", SourceRejected), ("bad_parameter", SourceRejected), ("timeout", SourceUnavailable)],
)
def test_an_error_object_is_an_error(kind: str, raised: type[Exception]) -> None:
    with pytest.raises(raised, match=f"{kind}, no"):
        parse_metrics(make_response(DAYS, json.dumps({"error": {"type": kind, "message": "no"}}).encode(), REQUEST))


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        ({"time": "2025-05-01T00:00:00.000000000Z"}, "asset is missing"),
        (day(1, PriceUSD="many"), "PriceUSD is 'many'"),
        ({"asset": "btc", "time": "2025-05-01T01:00:00.000000000Z", "PriceUSD": "1"}, "no midnight"),
        ({"asset": "btc", "time": "2025-05-01T00:00:00", "PriceUSD": "1"}, "without a time zone"),
        ({"asset": "btc", "time": "2026-05-01T00:00:00.000000000Z", "PriceUSD": "1"}, "in the future"),
        (["btc"], "a list"),
        ({"asset": "BTC", "time": "2025-05-01T00:00:00Z", "PriceUSD": "1"}, "asset is BTC, which was not requested"),
    ],
)
def test_a_malformed_day_is_rejected_with_its_reason_and_the_others_are_kept(record: Any, reason: str) -> None:
    result = parsed(record, day(2, PriceUSD="1"))
    assert [row[1][:10] for row in result.rows] == ["2025-05-02"]
    assert [reason in row.reason for row in result.rejected] == [True]


def test_a_new_column_is_named_and_the_rows_are_kept() -> None:
    result = parsed(day(1, PriceUSD="1", PriceEUR="1"))
    assert (len(result.rows), [row.record for row in result.rejected]) == (1, ["PriceEUR"])


def test_the_sample_pages_from_either_end_and_links_to_the_real_host() -> None:
    requested = f"/coinmetrics{PATH}?assets=btc&metrics=PriceUSD&frequency=1d&start_time=2025-05-01&page_size=4"
    with SampleMarket(datetime(2025, 5, 12, 6, tzinfo=UTC), full=True) as market:
        newest = json.loads(market.respond(requested, {}).body)
        oldest = json.loads(market.respond(f"{requested}&paging_from=start", {}).body)
        _, _, rest = oldest["next_page_url"].partition("https://community-api.coinmetrics.io")
        second = json.loads(market.respond(f"/coinmetrics{rest}", {}).body)
    assert [row["time"][:10] for row in newest["data"]] == [f"2025-05-{day:02}" for day in range(8, 12)]
    assert [row["time"][:10] for row in oldest["data"]] == [f"2025-05-{day:02}" for day in range(1, 5)]
    assert [row["time"][:10] for row in second["data"]] == [f"2025-05-{day:02}" for day in range(5, 9)]


@needs_recordings
def test_recorded_responses_are_parsed() -> None:
    later = datetime(2026, 11, 1, tzinfo=UTC)
    whole = Request(PATH, {"assets": "btc"}, "BTC")
    prices = parse_metrics(
        make_response(DAYS, (RESPONSES / "mimir_coinmetrics_prices.json").read_bytes(), whole, later)
    )
    assert (len(prices.rows), prices.rejected) == (5, [])
    assert prices.rows[0][:3] == ("btc", "2026-06-28T00:00:00.000000000Z", Decimal("59516.6736531268"))
    documented = make_response(DAYS, (RESPONSES / "oas_asset_metrics_daily.json").read_bytes(), whole, later)
    assert [row[2] for row in parse_metrics(documented).rows] == [
        Decimal("8582.09029964933"),
        Decimal("8541.77389392169"),
    ]
    following = next_page(documented)
    assert following is not None
    assert (following.path, following.params["next_page_token"][:6]) == (PATH, "0.MjAy")
    for name in ("oas_error_400_bad_asset", "oas_error_403_forbidden"):
        with pytest.raises(SourceRejected, match=r"bad_parameter|forbidden"):
            parse_metrics(make_response(DAYS, (RESPONSES / f"{name}.json").read_bytes(), whole, later))


@needs_recordings
def test_a_recorded_price_is_the_reference_rate_stamped_a_day_later() -> None:
    """PriceUSD of D is the close of D, ReferenceRateUSD of D its open; the cap is price times supply."""
    with (RESPONSES / "github_mirror_btc_csv_tail_2025-12-30_trimmed.csv").open(newline="") as file:
        days = {datetime.fromisoformat(line["time"]): line for line in csv.DictReader(file)}
    compared = 0
    for timestamp, line in days.items():
        opened = days.get(timestamp + timedelta(days=1), {}).get("ReferenceRateUSD")
        if opened:
            compared += 1
            assert opened == line["PriceUSD"]
        if line["PriceUSD"]:
            product = Decimal(line["PriceUSD"]) * Decimal(line["SplyCur"])
            assert float(product) == pytest.approx(float(line["CapMrktCurUSD"]), rel=1e-12)
    assert compared == 7
    newest = max(days)
    record = {"asset": "btc", "time": f"{newest:%Y-%m-%d}T00:00:00.000000000Z"} | {
        name: days[newest][name] or None for name in (*METRICS, "ReferenceRateUSD")
    }
    assert parsed(record, now=datetime(2026, 11, 1, tzinfo=UTC), request=Request(PATH)).rows == []
