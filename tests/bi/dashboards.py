"""The dashboards' files as Python: which chart is on which dashboard, which marts it reads, and what it requests."""

import importlib.util
import json
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

FOLDER = Path(__file__).parents[2] / "bi" / "superset"
Asset = dict[str, Any]


@cache
def assembly() -> ModuleType:
    """`bi/superset/assets.py`, which is no package of ours: Superset's own Python runs it."""
    spec = importlib.util.spec_from_file_location("superset_assets", FOLDER / "assets.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def assets(kind: str) -> dict[str, Asset]:
    """All assets of a kind ('datasets', 'charts', 'dashboards') by the name of their file."""
    found: dict[str, Asset] = assembly().sources(kind)
    return found


def chart_names(dashboard: Asset) -> list[str]:
    names: list[str] = assembly().charts_of(dashboard)
    return names


def params_of(chart: Asset) -> Asset:
    """The parameters of a chart as Superset has them."""
    params: Asset = assembly().styled(chart)["params"]
    return params


def marts_of(dataset: Asset) -> set[str]:
    return set(assembly().MART.findall(dataset["sql"]))


def marts_of_dashboard(dashboard: Asset) -> set[str]:
    datasets = {assets("charts")[name]["dataset"] for name in chart_names(dashboard)}
    return set().union(*(marts_of(assets("datasets")[name]) for name in datasets))


def used_columns(chart: Asset) -> list[str]:
    """The columns that a chart shows or groups by."""
    params = params_of(chart)
    names = [params["x_axis"]] if params.get("x_axis") else []
    for key in ("groupby", "groupby_b", "all_columns", "groupbyRows", "groupbyColumns"):
        names += [name for name in params.get(key, []) if name not in names]
    return names


def used_metrics(chart: Asset) -> list[Any]:
    """The metrics that a chart shows: names of its dataset's, or expressions of its own."""
    params = params_of(chart)
    found: list[Any] = [params["metric"]] if "metric" in params else []
    return [*found, *params.get("metrics", []), *params.get("metrics_b", [])]


def query_of(chart: Asset, filters: list[Asset]) -> Asset:
    """What a chart requests of Superset's chart-data interface, with the filters of its dashboard."""
    params = params_of(chart)
    query: Asset = {"columns": used_columns(chart), "filters": filters, "row_limit": params["row_limit"]}
    if params.get("query_mode") != "raw":
        query["metrics"] = used_metrics(chart)
    query["extras"] = {"where": " and ".join(f"({condition})" for condition in chart.get("where", []))}
    orders = [json.loads(order) for order in params.get("order_by_cols", [])]
    return query | {"orderby": orders}
