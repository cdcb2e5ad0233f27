"""The dashboards' files alone: whole, stable, and read by nothing that is not there."""

import json
from collections import Counter
from typing import Any

import pytest

from tests.bi.dashboards import FOLDER, Asset, assets, charts_of

DASHBOARDS = {asset["slug"]: asset for asset in assets("dashboards").values()}


def used_names(value: Any) -> set[str]:
    """Every column and metric that a chart's parameters name."""
    found: set[str] = set()
    for key in ("x_axis", "metric", "timeseries_limit_metric"):
        found |= {value[key]} if key in value else set()
    lists = ("metrics", "metrics_b", "groupby", "groupby_b", "all_columns", "groupbyRows", "groupbyColumns")
    for key in lists:
        found |= {name for name in value.get(key, []) if isinstance(name, str)}
    return found | {json.loads(order)[0] for order in value.get("order_by_cols", [])}


def test_every_file_is_an_asset_of_its_own() -> None:
    uuids = Counter(uuid for kind in ("databases", "datasets", "charts", "dashboards") for uuid in assets(kind))
    files = [file for file in FOLDER.rglob("*.yaml") if file.parent != FOLDER and ".venv" not in file.parts]
    assert len(uuids) == len(files)


def test_every_chart_is_on_a_dashboard_and_every_dataset_is_drawn() -> None:
    placed = {chart["uuid"] for dashboard in DASHBOARDS.values() for chart in charts_of(dashboard)}
    assert placed == set(assets("charts"))
    assert {chart["dataset_uuid"] for chart in assets("charts").values()} == set(assets("datasets"))


@pytest.mark.parametrize("chart", assets("charts").values(), ids=lambda chart: chart["slice_name"])
def test_a_chart_says_what_it_shows_and_asks_for_what_its_dataset_has(chart: Asset) -> None:
    assert chart["description"]
    dataset = assets("datasets")[chart["dataset_uuid"]]
    metrics = {metric["metric_name"] for metric in dataset["metrics"]}
    unknown = {name for name in used_names(chart["params"]) - metrics if name not in dataset["sql"]}
    # Columns that come through a star are known to the published file; the browser test draws them.
    assert not unknown or "*" in dataset["sql"]


@pytest.mark.parametrize("dataset", assets("datasets").values(), ids=lambda dataset: dataset["table_name"])
def test_metrics_are_named_for_people_with_a_definition(dataset: Asset) -> None:
    assert dataset["description"].startswith("One row per ")
    for metric in dataset["metrics"]:
        assert metric["verbose_name"], metric
        assert metric["description"].endswith("."), metric
        if "_usd" in metric["expression"]:
            assert "(USD)" in metric["verbose_name"] or "_count" in metric["metric_name"], metric


def test_the_database_is_only_read() -> None:
    (database,) = assets("databases").values()
    assert database["allow_dml"] is database["allow_ctas"] is database["allow_cvas"] is False
    arguments = database["extra"]["engine_params"]["connect_args"]
    assert arguments["read_only"] is True
    assert arguments["config"]["enable_external_access"] is False


def test_the_lock_names_no_host_and_hashes_everything() -> None:
    lock = (FOLDER / "requirements.lock").read_text()
    assert "://" not in lock
    assert lock.count("--hash=sha256:") > lock.count("==") > 100
