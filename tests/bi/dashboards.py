"""The dashboards' files as Python: which chart is on which dashboard, and which marts it reads."""

import re
from functools import cache
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).parents[2] / "bi" / "superset"
Asset = dict[str, Any]


@cache
def assets(kind: str) -> dict[str, Asset]:
    """All assets of a kind ('datasets', 'charts', 'dashboards') by their UUID."""
    files = sorted((FOLDER / kind).glob("*.yaml"))
    found = [yaml.safe_load(file.read_text()) for file in files]
    return {asset["uuid"]: asset for asset in found}


def marts_of(dataset: Asset) -> set[str]:
    return set(re.findall(r"\bmarts\.(\w+)", dataset["sql"]))


def charts_of(dashboard: Asset) -> list[Asset]:
    places = (place for place in dashboard["position"].values() if isinstance(place, dict))
    return [assets("charts")[place["meta"]["uuid"]] for place in places if place["type"] == "CHART"]


def marts_of_dashboard(dashboard: Asset) -> set[str]:
    return set().union(*(marts_of(assets("datasets")[chart["dataset_uuid"]]) for chart in charts_of(dashboard)))
