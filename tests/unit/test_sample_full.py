"""The full sample market: every asset at every venue, derived from the bundled figures and never mixed with them."""

import json
from decimal import Decimal
from pathlib import Path

import pytest

from orchestration.home import WrongHome, occupied, origin_of
from orchestration.ingest.extract import extract
from orchestration.ingest.http import HttpClient
from orchestration.raw.load import load
from orchestration.raw.working_file import connect, prepare
from orchestration.sample.figures import figures
from orchestration.sample.server import SampleMarket
from orchestration.sample.synthetic import MAX_OFFSET_BPS, PRICE_RATIOS, binance_hours, days, venue_factor
from orchestration.settings import SAMPLE_ASSETS, SAMPLE_NOW, Settings
from orchestration.sources.shared.contract import Dataset
from orchestration.sources.shared.registry import datasets, quotes, symbols

ASSETS = SAMPLE_ASSETS.split(",")
VENUES = ("binance", "bitstamp", "coinbase", "kraken", "okx")
AGGREGATORS = ("coinmetrics", "defillama_coins")
BARS = [
    dataset
    for dataset in datasets()
    if dataset.provider.name in (*VENUES, *AGGREGATORS) and dataset.subject_group in ("prices", "reference_prices")
]


@pytest.mark.parametrize("venue", VENUES)
def test_every_listed_asset_of_a_venue_has_possible_bars(venue: str) -> None:
    assert len(symbols(venue).keys() & set(ASSETS)) >= 9
    for asset in ASSETS:
        if asset not in symbols(venue):
            continue
        bars = days(venue, symbols(venue)[asset])
        assert len(bars) == 193, asset
        for bar in bars:
            opens, high, low, close = (Decimal(bar[name]) for name in ("open", "high", "low", "close"))
            assert high >= max(opens, close) >= min(opens, close) >= low > 0


def test_bundled_figures_stay_as_published() -> None:
    published = [line for line in figures("binance_klines_1d") if line["symbol"] == "BTCUSDT"]
    assert list(days("binance", "BTCUSDT")) == published
    assert days("binance", "NOSUCHUSDT") == ()


def test_synthetic_hours_add_up_to_the_synthetic_day() -> None:
    hours = [line for line in binance_hours("SOLUSDT") if line["open_at"].startswith("2025-05-08")]
    (day,) = [line for line in days("binance", "SOLUSDT") if line["trade_date"] == "2025-05-08"]
    assert (len(hours), hours[0]["open"], hours[-1]["close"]) == (24, day["open"], day["close"])
    assert max(Decimal(hour["high"]) for hour in hours) == Decimal(day["high"])


def test_another_venue_differs_by_a_constant_of_a_few_basis_points() -> None:
    tilts = {asset: venue_factor("kraken", asset) for asset in PRICE_RATIOS}
    assert tilts == {asset: venue_factor("kraken", asset) for asset in PRICE_RATIOS}
    assert len(set(tilts.values())) > 1
    assert max(abs(tilt_ - 1) for tilt_ in tilts.values()) <= Decimal(MAX_OFFSET_BPS) / 10_000


def test_the_bundled_market_serves_published_figures_only() -> None:
    target = "/binance/api/v3/klines?symbol=SOLUSDT&interval=1d"
    with SampleMarket() as bundled, SampleMarket(full=True) as full:
        assert json.loads(bundled.respond(target, {}).body)["code"] == -1121
        assert len(json.loads(full.respond(target, {}).body)) == 193
        assert bundled.environment()["WAREHOUSE_ASSETS"] == "BTC,ETH"
        assert full.environment()["WAREHOUSE_ASSETS"] == SAMPLE_ASSETS


def test_every_source_that_a_run_requests_is_configured() -> None:
    """URL, key and consent of each: what is left are streams and the user's own files."""
    with SampleMarket(full=True) as market:
        settings = Settings.load(market.environment())
        requested = [found.provider for found in datasets() if not found.is_collected and not found.file_pattern]
        local = {provider.name: settings.base_url(provider).startswith(market.url) for provider in requested}
        assert [name for name, is_local in local.items() if not is_local] == []
        assert [settings.refusal(provider) for provider in requested if settings.refusal(provider)] == []


def test_a_home_of_synthetic_figures_is_never_mixed_with_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WAREHOUSE_HOME", str(tmp_path))
    with occupied("sample-full") as settings:
        assert (settings.origin, settings.now(), len(settings.assets)) == ("sample-full", SAMPLE_NOW, len(ASSETS))
    assert origin_of(Settings.load()) == "sample-full", "the next run uses the same market"
    for other in ("sample", "live"):
        with pytest.raises(WrongHome, match="--source sample --full"):
            origin_of(Settings.load(), other)


def test_quotes_come_from_the_seed() -> None:
    assert (quotes("binance")["SOLUSDT"], quotes("coinbase")["SOL-USD"]) == ("USDT", "USD")


@pytest.mark.parametrize("dataset", BARS, ids=lambda dataset: dataset.table)
def test_every_venue_serves_every_asset_in_its_own_format(dataset: Dataset, tmp_path: Path) -> None:
    """Ten assets and all venues: the live code, a loopback server, the rows in the raw tables."""
    with SampleMarket(full=True) as market:
        settings = Settings.load({**market.environment(), "WAREHOUSE_HOME": str(tmp_path)})
        settings = settings.model_copy(update={"is_rate_limited": False})
        listed = symbols(dataset.provider.name)
        extraction = extract(dataset, settings, HttpClient(settings), listed, SAMPLE_NOW)
        message = {"bitstamp": "bitstamp has no symbol for BNB"}.get(dataset.provider.name)
        assert (extraction.outcome, extraction.message) == ("complete", message)
        with connect(settings.working_file) as connection:
            prepare(connection, [dataset])
            loaded = load(connection, dataset, extraction.responses, settings.landing)
            counted = connection.execute(
                f"select count(*) from raw.{dataset.table} group by {dataset.key[0]}"
            ).fetchall()
    requested = [asset for asset in ASSETS if asset in listed]
    assert (len(counted), loaded.rejected) == (len(requested), 0)
    assert {rows for (rows,) in counted} == {270 if dataset.name == "klines_1h" else 192}
