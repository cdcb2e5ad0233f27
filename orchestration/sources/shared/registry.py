"""Which datasets there are, and what each provider calls an asset.

A module here above with `DATASETS` is a source, one with a `STREAM` can be collected: nothing names one.
"""

import csv
import pkgutil
from collections.abc import Iterable, Mapping
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
"""The one mapping from assets to providers' symbols; dbt reads the same file as a seed."""


@cache
def datasets() -> tuple[Dataset, ...]:
    """Every dataset of every source, by provider and name."""
    found = [dataset for module in _modules() for dataset in getattr(module, "DATASETS", ())]
    return tuple(sorted(found, key=lambda dataset: dataset.table))


def streams() -> tuple[Stream, ...]:
    """Every stream that `warehouse collect` can listen to, by provider."""
    return tuple(module.STREAM for module in _modules() if hasattr(module, "STREAM"))


def _modules() -> list[ModuleType]:
    names = sorted(one.name for one in pkgutil.iter_modules(orchestration.sources.__path__) if not one.ispkg)
    return [import_module(f"{orchestration.sources.__name__}.{name}") for name in names]


def dataset(provider: str, name: str) -> Dataset:
    """The dataset `name` of `provider`. Raises KeyError, naming what there is."""
    for candidate in datasets():
        if (candidate.provider.name, candidate.name) == (provider, name):
            return candidate
    known = ", ".join(f"{candidate.provider.name} {candidate.name}" for candidate in datasets())
    raise KeyError(f"no dataset {name} of {provider}; there are: {known}")


def symbols(source: str) -> dict[str, str]:
    """What `source` calls each asset it has: {'BTC': 'BTCUSDT'}; empty for a source that is not asked per asset."""
    return {line["asset"]: line["symbol"] for line in _lines(ASSET_SYMBOLS) if line["source"] == source}


def unknown_assets(assets: Iterable[str]) -> list[str]:
    """Those of `assets` that no source has a name for."""
    named = {line["asset"] for line in _lines(ASSET_SYMBOLS)}
    return [asset for asset in assets if asset not in named]


def quotes(source: str) -> dict[str, str]:
    """What prices under each of `source`'s symbols are quoted in: {'BTCUSDT': 'USDT'}."""
    return {line["symbol"]: line["quote_asset"] for line in _lines(ASSET_SYMBOLS) if line["source"] == source}


def launches() -> dict[str, datetime]:
    """When each asset began to exist, where that is known: {'BTC': 2009-01-03}. Nothing about it is older."""
    return {
        line["asset"]: datetime.fromisoformat(line["launched_date"]).replace(tzinfo=UTC)
        for line in _lines(ASSETS)
        if line["launched_date"]
    }


@cache
def _lines(seed: Path) -> tuple[Mapping[str, str], ...]:
    with seed.open(newline="", encoding="utf-8") as file:
        return tuple(csv.DictReader(file))
