"""The dashboards' files alone: whole, stable, and read by nothing that is not there."""

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from orchestration.report.page import PALETTE
from tests.bi.dashboards import (
    FOLDER,
    Asset,
    assembly,
    assets,
    chart_names,
    params_of,
    used_columns,
    used_metrics,
)

DASHBOARDS = {asset["slug"]: asset for asset in assets("dashboards").values()}
COLUMNS_OF_A_GRID = 12


def test_every_file_is_an_asset_of_its_own() -> None:
    kinds = ("databases", "datasets", "charts", "dashboards")
    uuids = Counter(asset["uuid"] for kind in kinds for asset in assets(kind).values())
    assert set(uuids.values()) == {1}
    assert len(uuids) == sum(len(list((FOLDER / kind).glob("*.yaml"))) for kind in kinds)


def test_every_chart_is_on_a_dashboard_and_every_dataset_is_drawn() -> None:
    placed = {name for dashboard in DASHBOARDS.values() for name in chart_names(dashboard)}
    assert placed == set(assets("charts"))
    assert {chart["dataset"] for chart in assets("charts").values()} == set(assets("datasets"))


@pytest.mark.parametrize("chart", assets("charts").values(), ids=lambda chart: chart["slice_name"])
def test_a_chart_says_what_it_shows_and_requests_what_its_dataset_has(chart: Asset) -> None:
    assert chart["description"].endswith(".")
    dataset = assets("datasets")[chart["dataset"]]
    metrics = {metric["metric_name"] for metric in dataset["metrics"]}
    named = {metric for metric in used_metrics(chart) if isinstance(metric, str)}
    assert named <= metrics
    ordered = {json.loads(order)[0] for order in params_of(chart).get("order_by_cols", [])}
    unknown = {name for name in (ordered | {*used_columns(chart)}) - metrics if name not in dataset["sql"]}
    # Columns that come through a star are known to the published file; the test with Superset requests them.
    assert not unknown or "*" in dataset["sql"]


@pytest.mark.parametrize("dashboard", DASHBOARDS.values(), ids=DASHBOARDS)
def test_a_row_fills_the_grid_and_a_filter_names_what_is_there(dashboard: Asset) -> None:
    for row in dashboard["rows"]:
        assert sum(row["charts"].values()) == COLUMNS_OF_A_GRID, row
    names = chart_names(dashboard)
    assert len(names) == len(set(names))
    for one in dashboard["filters"]:
        assert {*one.get("only", []), *one.get("except", [])} <= set(names), one["name"]
        assert one["description"].endswith(".")


def test_every_dashboard_has_a_range_of_dates_or_says_how_fresh_it_is() -> None:
    without = {slug for slug, asset in DASHBOARDS.items() if not any(one["id"] == "dates" for one in asset["filters"])}
    assert without == {"sources"}


@pytest.mark.parametrize("dataset", assets("datasets").values(), ids=lambda dataset: dataset["table_name"])
def test_metrics_are_named_for_people_with_a_definition(dataset: Asset) -> None:
    assert dataset["description"].startswith("One row per ")
    for metric in dataset["metrics"]:
        assert metric["verbose_name"], metric
        assert metric["description"].endswith("."), metric
        is_money = re.search(r"_usd(?!_change)\b", metric["expression"])
        if is_money:
            assert "(USD)" in metric["verbose_name"] or "_count" in metric["metric_name"], metric


def test_the_brief_and_the_dashboards_have_the_same_colours() -> None:
    roles = yaml.safe_load(PALETTE.read_text())
    shared = assembly().style()
    named = {*shared["label_colors"].values()} | {
        rule["colorScheme"] for chart in assets("charts").values() for rule in rules_of(chart)
    }
    assert named <= set(roles["light"])
    written = [file for file in FOLDER.glob("*.py") if re.search(r"#[0-9a-f]{6}", file.read_text())]
    assert not written, "colours belong in the palette"


def rules_of(chart: Asset) -> list[Any]:
    return list(chart["params"].get("conditional_formatting", []))


def test_an_empty_release_is_assembled_too(tmp_path: Path) -> None:
    """Every filter has a start of its own, or none: Superset's importer is given a whole folder."""
    with duckdb.connect() as connection:
        connection.execute("create schema marts")
        tables = "select null::date as trade_date, null::varchar as scope, null as total_usd, null as asset"
        connection.execute(f"create table marts.fct_daily_market_caps as {tables} limit 0")
        others = "null::varchar as derivatives_scope, null::varchar as liquidation_scope"
        connection.execute(f"create table marts.fct_daily_market as {tables}, {others} limit 0")
        connection.execute("create table marts.dim_titles (name varchar, title varchar)")
        for dashboard in DASHBOARDS.values():
            made = assembly().laid_out(dashboard, connection)
            filters = made["metadata"]["native_filter_configuration"]
            assert len(filters) == len(dashboard["filters"])
            asset = [one for one in filters if one["name"] == "Asset" and "BTC" in json.dumps(one)]
            assert all(one["defaultDataMask"]["filterState"]["value"] == ["BTC"] for one in asset)
            assert len([p for p in made["position"].values() if isinstance(p, dict) and p["type"] == "CHART"]) == len(
                chart_names(dashboard)
            )


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
