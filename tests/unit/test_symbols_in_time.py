"""Names of an asset over time: which name is requested for which days."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Response as WireResponse
from wire_bench import WireBench

from orchestration.docs.providers import providers_page
from orchestration.settings import DEFAULT_ASSETS
from orchestration.sources.shared.contract import Dataset, Window
from orchestration.sources.shared.registry import SymbolTerm, dataset, datasets, symbol_terms, symbols

KLINES = dataset("binance", "klines_1d")
RENAMED = datetime(2024, 9, 13, tzinfo=UTC)
DAY = timedelta(days=1)


RENAMES = [
    (asset, old.symbol, new.symbol, new.since)
    for asset, terms in symbol_terms("binance").items()
    for old, new in pairwise(terms)
]
"""Every dated row of Binance's: the asset, both names, and from when on the new one is used."""


def requested(
    httpserver: HTTPServer, tmp_path: Path, window: Window, asset: str = "POL", bars: Dataset = KLINES
) -> list[tuple[str, datetime, datetime]]:
    """Symbol, start and end (exclusive) of each request for bars."""
    bench = WireBench(httpserver, tmp_path, bars, window.end, WAREHOUSE_ASSETS=asset)
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


def test_binance_alone_renamed_an_asset_and_both_of_its_sources_say_so() -> None:
    """A dated row of another source, or of one of the two alone, needs its own tests."""
    sources = {found.provider.name for found in datasets()}
    renaming = {source: symbol_terms(source) for source in sources if symbol_terms(source)}
    assert renaming.keys() == {"binance", "binance_archive"}
    assert renaming["binance"] == renaming["binance_archive"]
    assert [(asset, old, new) for asset, old, new, _ in RENAMES] == [
        ("POL", "MATICUSDT", "POLUSDT"),
        ("S", "FTMUSDT", "SUSDT"),
        ("A", "EOSUSDT", "AUSDT"),
        ("RENDER", "RNDRUSDT", "RENDERUSDT"),
    ]


@pytest.mark.parametrize("bars", [KLINES, dataset("binance", "klines_1h")], ids=lambda bars: bars.name)
@pytest.mark.parametrize(("asset", "old", "new", "since"), RENAMES, ids=[asset for asset, *_ in RENAMES])
def test_every_renamed_asset_is_requested_by_either_name_on_its_own_days(
    httpserver: HTTPServer, tmp_path: Path, asset: str, old: str, new: str, since: datetime, bars: Dataset
) -> None:
    window = Window(since - 10 * DAY, since + 10 * DAY)
    found = requested(httpserver, tmp_path, window, asset, bars)
    assert sorted(found, key=lambda one: one[1]) == [(old, window.start, since), (new, since, window.end)]


@pytest.mark.parametrize(("asset", "old", "new", "since"), RENAMES, ids=[asset for asset, *_ in RENAMES])
def test_the_archive_has_the_month_of_a_rename_under_both_names(
    httpserver: HTTPServer, tmp_path: Path, asset: str, old: str, new: str, since: datetime
) -> None:
    archive, window = dataset("binance_archive", "klines_1d"), Window(since - DAY, since + DAY)
    bench = WireBench(httpserver, tmp_path, archive, since + 100 * DAY, WAREHOUSE_ASSETS=asset)
    bench.run(WireResponse(status=404), window=window)
    months = (f"{name}-1d-{since:%Y-%m}.zip.CHECKSUM" for name in (new, old))
    assert sorted(path.rpartition("/")[2] for path in bench.paths) == sorted(months)


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


def test_the_page_of_a_provider_states_which_default_assets_it_lacks() -> None:
    sections = {part.partition("}")[0]: part for part in providers_page().split("\n## ")}
    of = {name: next(part for head, part in sections.items() if f"#{name} " in head) for name in symbols_by_source()}
    for name, part in of.items():
        lacking = [asset for asset in DEFAULT_ASSETS.split(",") if asset not in symbols(name)]
        line = next(line for line in part.splitlines() if line.startswith("| default assets |"))
        assert ("| all |" in line) == (not lacking), name
        assert ("no request is made" in line) == bool(lacking), name
    assert "all but HYPE, TRX:" in of["coinbase"]
    assert "all but BNB, HYPE:" in of["dydx_stream"]
    assert "| BTC, ETH; no symbol" in of["deribit"]


def symbols_by_source() -> list[str]:
    """The sources that are requested or listened to per asset."""
    return sorted({found.provider.name for found in datasets() if found.per_asset or found.is_collected})
