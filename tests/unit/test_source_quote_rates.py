"""Tether in US dollars at the wire: requested from its venues whatever the assets are, in its own tables."""

from decimal import Decimal
from pathlib import Path

from pytest_httpserver import HTTPServer
from wire_bench import FIRST_DAYS, NOW, WireBench, fixture

from orchestration.sources.shared.contract import Window
from orchestration.sources.shared.registry import dataset

COINBASE = dataset("coinbase_quotes", "candles_1d")
KRAKEN = dataset("kraken_quotes", "ohlc_1d")
MAY_1 = 1746057600


def test_coinbase_requests_are_for_tether_and_not_for_the_assets(httpserver: HTTPServer, tmp_path: Path) -> None:
    bench = WireBench(httpserver, tmp_path, COINBASE, WAREHOUSE_ASSETS="BTC,ETH")
    extraction, _ = bench.run(fixture("coinbase_quotes/candles_1d.json"), window=Window(FIRST_DAYS.start, NOW))
    assert (extraction.outcome, bench.paths) == ("complete", ["/products/USDT-USD/candles"])
    assert {response.request.subject for response in extraction.responses} == {"USDT"}
    closes = [Decimal(1), Decimal("1.00025"), Decimal("0.99985")]
    rows = [("USDT-USD", MAY_1 + day * 86_400, close) for day, close in enumerate(closes)]
    assert bench.rows("product_id, time, close") == rows, "the running 4 May is left out"


def test_kraken_returns_its_own_name_of_the_pair(httpserver: HTTPServer, tmp_path: Path) -> None:
    bench = WireBench(httpserver, tmp_path, KRAKEN, WAREHOUSE_ASSETS="BTC,ETH")
    bench.run(fixture("kraken_quotes/ohlc_1d.json"), window=Window(FIRST_DAYS.start, NOW))
    assert [params["pair"] for params in bench.requested] == ["USDTUSD"]
    closes = [("USDTUSD", Decimal("1.00012")), ("USDTUSD", Decimal("1.00031")), ("USDTUSD", Decimal("0.99990"))]
    assert bench.rows("pair, close") == closes


def test_the_url_is_that_of_the_venue() -> None:
    assert (COINBASE.provider.url_variable, KRAKEN.provider.url_variable) == ("COINBASE_BASE_URL", "KRAKEN_BASE_URL")
