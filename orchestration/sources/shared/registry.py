"""All datasets and streams, and each provider's symbols for assets.

Every module in `orchestration.sources` with `DATASETS` is a source; one with a `STREAM` can be collected. No list names
them.
"""

import csv
import pkgutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType

import orchestration.sources
from orchestration.project import SEEDS
from orchestration.sources.shared.contract import Dataset
from orchestration.sources.shared.stream import Stream

ASSETS = SEEDS / "assets.csv"
ASSET_SYMBOLS = SEEDS / "asset_symbols.csv"
"""The only mapping from assets to providers' symbols; dbt reads the same file as a seed."""


@cache
def datasets() -> tuple[Dataset, ...]:
    """Every dataset of every source, in the order of provider and name."""
    found = [dataset for module in _modules() for dataset in getattr(module, "DATASETS", ())]
    return tuple(sorted(found, key=lambda dataset: dataset.table))


def module_of(dataset: Dataset) -> ModuleType:
    """The module of the source that `dataset` belongs to."""
    return _modules_by_table()[dataset.table]


@cache
def _modules_by_table() -> dict[str, ModuleType]:
    return {dataset.table: module for module in _modules() for dataset in getattr(module, "DATASETS", ())}


def streams() -> tuple[Stream, ...]:
    """Every stream that `warehouse collect` can receive, in the order of provider."""
    return tuple(module.STREAM for module in _modules() if hasattr(module, "STREAM"))


def _modules() -> list[ModuleType]:
    names = sorted(one.name for one in pkgutil.iter_modules(orchestration.sources.__path__) if not one.ispkg)
    return [import_module(f"{orchestration.sources.__name__}.{name}") for name in names]


def dataset(provider: str, name: str) -> Dataset:
    """The dataset `name` of `provider`. Raises KeyError with the list of known ones."""
    for candidate in datasets():
        if (candidate.provider.name, candidate.name) == (provider, name):
            return candidate
    known = ", ".join(f"{candidate.provider.name} {candidate.name}" for candidate in datasets())
    raise KeyError(f"no dataset {name} of {provider}; there are: {known}")


def symbols(source: str) -> dict[str, str]:
    """The symbol of each asset at `source`: {'BTC': 'BTCUSDT'}; empty for a source that is not requested per asset.

    Where the source renamed an asset, it is the present name.
    """
    return {line["asset"]: line["symbol"] for line in _names(source)}


@dataclass(frozen=True)
class SymbolTerm:
    """A name of an asset at a source, and from when on it is used (UTC midnight); None: since ever."""

    symbol: str
    since: datetime | None


def symbol_terms(source: str) -> dict[str, list[SymbolTerm]]:
    """Every name that `source` has had for the assets that it renamed, oldest first: {'POL': [MATICUSDT, POLUSDT]}."""
    found: dict[str, list[SymbolTerm]] = {}
    for line in _names(source):
        found.setdefault(line["asset"], []).append(SymbolTerm(line["symbol"], _midnight(line["valid_from_date"])))
    return {asset: terms for asset, terms in found.items() if len(terms) > 1}


def _names(source: str) -> list[Mapping[str, str]]:
    """The lines of `source`, those of a name without a date first: ISO dates sort as text."""
    lines = (line for line in _lines(ASSET_SYMBOLS) if line["source"] == source)
    return sorted(lines, key=lambda line: line["valid_from_date"])


def _midnight(day: str) -> datetime | None:
    return datetime.fromisoformat(day).replace(tzinfo=UTC) if day else None


def unknown_assets(assets: Iterable[str]) -> list[str]:
    """Those of `assets` for which no source has a symbol."""
    named = {line["asset"] for line in _lines(ASSET_SYMBOLS)}
    return [asset for asset in assets if asset not in named]


def quotes(source: str) -> dict[str, str]:
    """The quote asset of each symbol of `source`: {'BTCUSDT': 'USDT'}."""
    return {line["symbol"]: line["quote_asset"] for line in _lines(ASSET_SYMBOLS) if line["source"] == source}


def units(source: str) -> dict[str, int]:
    """How many units of its asset one unit of each symbol of `source` holds: {'1000PEPEUSDT': 1000, 'BTCUSDT': 1}."""
    return {line["symbol"]: int(line["asset_units"]) for line in _lines(ASSET_SYMBOLS) if line["source"] == source}


def launches() -> dict[str, datetime]:
    """The launch of each asset whose date is known (UTC midnight): {'BTC': 2009-01-03}. No data is older."""
    return {
        line["asset"]: datetime.fromisoformat(line["launched_date"]).replace(tzinfo=UTC)
        for line in _lines(ASSETS)
        if line["launched_date"]
    }


@cache
def _lines(seed: Path) -> tuple[Mapping[str, str], ...]:
    with seed.open(newline="", encoding="utf-8") as file:
        return tuple(csv.DictReader(file))
