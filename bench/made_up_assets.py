"""A copy of the project with as many assets as wanted: beyond the real ones they are made up and called M11, M12, …

The seeds `assets` and `asset_symbols` get a line per made-up asset and source of `made_up_history`; all else stays.
"""

import csv
import shutil
from pathlib import Path

from bench.made_up_history import REAL_ASSETS, TABLES
from orchestration.project import ROOT

PACKAGES = ("orchestration", "dbt_project", "data_checks", "bench")


def assets_of(count: int) -> tuple[str, ...]:
    """The first `count` assets: the real ones before those that are made up."""
    return (*REAL_ASSETS, *(f"M{number}" for number in range(len(REAL_ASSETS) + 1, count + 1)))[:count]


def project_of(count: int, folder: Path) -> Path:
    """The folder of a project that knows `assets_of(count)`: this one where it does, else a copy in `folder`."""
    if count <= len(REAL_ASSETS):
        return ROOT
    leave_out = shutil.ignore_patterns("__pycache__", "target", "logs")
    for package in PACKAGES:
        shutil.copytree(ROOT / package, folder / package, ignore=leave_out)
    seeds = folder / "dbt_project" / "seeds"
    made_up = assets_of(count)[len(REAL_ASSETS) :]
    sources = sorted({source for source, _, _ in TABLES.values()})
    _append(seeds / "assets.csv", [(asset, f"Made-up {asset}", "made up", "false", "", "") for asset in made_up])
    _append(
        seeds / "asset_symbols.csv",
        [(asset, source, f"{asset}USDT", "USDT", "", "1") for source in sources for asset in made_up],
    )
    return folder


def _append(seed: Path, lines: list[tuple[str, ...]]) -> None:
    with seed.open("a", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows(lines)
