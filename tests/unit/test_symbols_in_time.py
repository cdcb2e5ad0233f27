"""Names of an asset over time: which name is requested for which days."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer
from wire_bench import WireBench

from orchestration.settings import DEFAULT_ASSETS
from orchestration.sources.shared.contract import Window
from orchestration.sources.shared.registry import SymbolTerm, dataset, symbol_terms, symbols

KLINES = dataset("binance", "klines_1d")
RENAMED = datetime(2024, 9, 13, tzinfo=UTC)
DAY = timedelta(days=1)


def requested(
    httpserver: HTTPServer, tmp_path: Path, window: Window, asset: str = "POL"
) -> list[tuple[str, datetime, datetime]]:
    """Symbol, start and end (exclusive) of each request for daily bars."""
    bench = WireBench(httpserver, tmp_path, KLINES, window.end, WAREHOUSE_ASSETS=asset)
    bench.run(b"[]", window=window)
    times = [(params["symbol"], int(params["startTime"]), int(params["endTime"])) for params in bench.requested]
    return [
        (symbol, datetime.fromtimestamp(start / 1000, UTC), datetime.fromtimestamp((end + 1) / 1000, UTC))
        for symbol, start, end in times
    ]


def test_each_name_is_requested_for_its_own_days(httpserver: HTTPServer, tmp_path: Path) -> None:
    window = Window(RENAMED - 10 * DAY, RENAMED + 10 * DAY)
    assert sorted(requested(httpserver, tmp_path, window)) == [
        ("MATICUSDT", window.start, RENAMED),
        ("POLUSDT", RENAMED, window.end),
    ]


@pytest.mark.parametrize(
    ("start", "symbol"), [(RENAMED - 10 * DAY, "MATICUSDT"), (RENAMED, "POLUSDT"), (RENAMED + DAY, "POLUSDT")]
)
def test_a_window_on_one_side_of_a_rename_requests_one_name(
    httpserver: HTTPServer, tmp_path: Path, start: datetime, symbol: str
) -> None:
    window = Window(start, start + 10 * DAY)
    assert requested(httpserver, tmp_path, window) == [(symbol, window.start, window.end)]


def test_a_name_without_a_date_is_requested_for_all_days(httpserver: HTTPServer, tmp_path: Path) -> None:
    window = Window(RENAMED - 10 * DAY, RENAMED + 10 * DAY)
    assert requested(httpserver, tmp_path, window, "SOL") == [("SOLUSDT", window.start, window.end)]


def test_the_present_name_is_the_last_one() -> None:
    names = symbols("binance")
    assert [names[asset] for asset in ("POL", "S", "A", "RENDER")] == ["POLUSDT", "SUSDT", "AUSDT", "RENDERUSDT"]
    terms = symbol_terms("binance")
    assert terms["S"] == [SymbolTerm("FTMUSDT", None), SymbolTerm("SUSDT", datetime(2025, 1, 16, tzinfo=UTC))]
    assert "BTC" not in terms


def test_a_desk_of_2026_follows_more_than_the_sample() -> None:
    assert DEFAULT_ASSETS.endswith(",HYPE,SUI,TRX,DOT")
    assert "HYPE" in symbols("hyperliquid").keys() & symbols("farside").keys()
