"""The conventions of the dbt project, read from its manifest: names, documentation, keys, contracts."""

import csv
import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

import duckdb
import pytest

from orchestration.build.parsing import ensure_manifest
from tests.bi.dashboards import assets, marts_of_dashboard
from tests.warehouse.conftest import PROJECT, Warehouse

Node = dict[str, Any]

PREFIXES = {
    "staging": r"stg_[a-z]+__[a-z_]+",
    "intermediate": r"int_[a-z_]+",
    "marts": r"(dim|fct|rpt)_[a-z0-9_]+",
}


@pytest.fixture(scope="module")
def manifest() -> Node:
    return dict(json.loads(ensure_manifest().read_text()))


def models(manifest: Node) -> Iterator[Node]:
    return (node for node in manifest["nodes"].values() if node["resource_type"] == "model")


def test_names_begin_with_their_layer(manifest: Node) -> None:
    wrong = [m["name"] for m in models(manifest) if not re.fullmatch(PREFIXES[m["schema"]], m["name"])]
    assert not wrong


def test_every_model_seed_and_source_is_documented_with_its_grain_first(manifest: Node) -> None:
    nodes = [node for node in manifest["nodes"].values() if node["resource_type"] in ("model", "seed")]
    assert not [node["name"] for node in nodes if not node["description"].startswith("One row per ")]
    sources = manifest["sources"].values()
    assert not [s["name"] for s in sources if not (s["description"] and s["source_description"])]


def test_every_column_that_exists_is_documented_and_every_documented_one_exists(
    manifest: Node, sample: Warehouse
) -> None:
    with duckdb.connect(str(sample.working_file), read_only=True) as connection:
        connection.execute(f"attach '{sample.release_file}' as release (read_only)")
        assert not misdescribed(connection, manifest["nodes"].values())


def misdescribed(connection: duckdb.DuckDBPyConnection, nodes: Iterable[Node]) -> list[tuple[str, list[str]]]:
    """The built models and seeds whose columns are not those that are described, with these."""
    found = []
    for node in nodes:
        if node["resource_type"] in ("model", "seed"):
            relation = f"{node['database']}.{node['schema']}.{node['name']}"
            existing = [row[0] for row in connection.execute(f"describe {relation}").fetchall()]
            described = [name.strip('"') for name, column in node["columns"].items() if column["description"].strip()]
            if existing != described or len(described) != len(node["columns"]):
                found.append((relation, described))
    return found


def test_the_published_file_carries_the_documentation(sample: Warehouse) -> None:
    silent = "select table_name, column_name from duckdb_columns() where schema_name = 'marts' and comment is null"
    assert not sample.rows(silent)
    assert not sample.rows("select table_name from duckdb_tables() where schema_name = 'marts' and comment is null")


def test_marts_have_contracts_and_enforced_primary_keys(manifest: Node, sample: Warehouse) -> None:
    """A table made by change by the test of its key, any other by an index."""
    marts = [m for m in models(manifest) if m["schema"] == "marts"]
    assert not [m["name"] for m in marts if not m["contract"]["enforced"]]
    stated = {m["name"]: rule["columns"] for m in marts for rule in m["constraints"] if rule["type"] == "primary_key"}
    assert {m["name"] for m in marts} == stated.keys()
    by_change = {m["unique_id"]: m["name"] for m in marts if "by_change" in m["config"]["meta"]}
    indexed = dict(
        sample.rows(
            "select table_name, constraint_column_names from duckdb_constraints() "
            "where constraint_type = 'PRIMARY KEY' and schema_name = 'marts'"
        )
    )
    tested = {
        by_change[node["attached_node"]]: node["test_metadata"]["kwargs"]["columns"]
        for node in manifest["nodes"].values()
        if node["resource_type"] == "test"
        and node.get("attached_node") in by_change
        and node["test_metadata"]["name"] == "unique_key"
    }
    assert tested.keys() == set(by_change.values())
    assert {**indexed, **tested} == stated
    assert len(indexed) + len(tested) == len(stated)
    assert dict(sample.rows("from primary_keys()")) == stated


def test_only_staging_reads_raw_and_every_raw_table_is_read_by_one_model(manifest: Node) -> None:
    readers: dict[str, list[str]] = {source: [] for source in manifest["sources"]}
    for model in models(manifest):
        for source in model["depends_on"]["nodes"]:
            if source in readers:
                readers[source].append(model["name"])
    assert all(len(names) == 1 and names[0].startswith("stg_") for names in readers.values()), readers


def test_every_staging_and_intermediate_model_is_read_by_a_model(manifest: Node) -> None:
    read = {parent for model in models(manifest) for parent in model["depends_on"]["nodes"]}
    assert not [m["name"] for m in models(manifest) if m["schema"] != "marts" and m["unique_id"] not in read]


def test_every_staging_history_and_seed_has_a_tested_key(manifest: Node) -> None:
    tested = {
        node["attached_node"]
        for node in manifest["nodes"].values()
        if node["resource_type"] == "test" and node.get("test_metadata", {}).get("name") == "unique_key"
    }
    needed = {
        node["unique_id"]
        for node in manifest["nodes"].values()
        if node["resource_type"] == "seed" or (node["name"].startswith("stg_") and node["name"].endswith("_versions"))
    }
    assert not needed - tested


def test_no_model_reads_the_clock() -> None:
    clock = re.compile(r"current_(timestamp|date|time)|\bnow\(\)|\btoday\(\)", re.IGNORECASE)
    files = [*PROJECT.glob("models/**/*.sql"), *PROJECT.glob("macros/**/*.sql"), *PROJECT.glob("tests/**/*.sql")]
    assert not [file.name for file in files if clock.search(file.read_text())]


def test_contracts_of_more_than_one_unit_are_scaled_in_staging(sample: Warehouse) -> None:
    """Sources whose prices or quantities are kept; values in dollars need no scaling."""
    with (PROJECT / "seeds" / "asset_symbols.csv").open(encoding="utf-8") as file:
        larger = {row["source"] for row in csv.DictReader(file) if row["asset_units"] != "1"}
    scaling = [sql for sql in sample.compiled.values() if "symbols.asset_units > 1" in sql]
    scaled = {name for sql in scaling for name in re.findall(r"symbols\.source = '(\w+)'", sql)}
    assert larger
    assert larger <= scaled


def test_one_yaml_stands_beside_each_model() -> None:
    models_without = [file.name for file in PROJECT.glob("models/**/*.sql") if not file.with_suffix(".yml").exists()]
    assert not models_without


def read_by(manifest: Node, exposure: str) -> set[str]:
    """The marts that an exposure says it reads."""
    nodes = manifest["exposures"][f"exposure.crypto_market.{exposure}"]["depends_on"]["nodes"]
    return {str(node).rpartition(".")[2] for node in nodes}


def test_the_copies_expose_every_mart(manifest: Node) -> None:
    marts = {m["name"] for m in models(manifest) if m["schema"] == "marts"}
    listed = read_by(manifest, "parquet_files")
    assert listed == marts, f"models/exposures.yml, every_mart: {sorted(listed ^ marts)}"
    assert read_by(manifest, "postgres_copy") == marts


MART_NAMES = re.compile(r"\b(?:dim|fct|rpt)_\w+")


def test_the_dashboards_expose_the_marts_their_datasets_read(manifest: Node) -> None:
    read = {dashboard["slug"]: marts_of_dashboard(dashboard) for dashboard in assets("dashboards").values()}
    exposed = {name.rpartition(".superset_")[2] for name in manifest["exposures"] if ".superset_" in name}
    assert exposed == {slug.replace("-", "_") for slug in read}
    for slug, marts in read.items():
        assert read_by(manifest, f"superset_{slug.replace('-', '_')}") == marts


def test_the_page_and_the_end_of_a_run_expose_the_marts_they_read(manifest: Node) -> None:
    files = {file.name: file.read_text() for file in (PROJECT.parent / "orchestration" / "report").glob("*.py")}
    news = files.pop("release_news.py")
    assert read_by(manifest, "release_news") == set(MART_NAMES.findall(news))
    assert read_by(manifest, "market_page") == set(MART_NAMES.findall("".join(files.values())))


def test_a_model_made_again_by_the_day_allows_for_the_longest_time_in_which_its_figures_settle(manifest: Node) -> None:
    with (PROJECT / "seeds" / "settling_times.csv").open(encoding="utf-8") as file:
        times = [(row["subject"], int(row["hours_after_window_end"])) for row in csv.DictReader(file)]
    stated = {
        model["name"]: (model["config"]["meta"]["by_change"]["settles_within_days"], model["raw_code"])
        for model in models(manifest)
        if "settles_within_days" in model["config"]["meta"].get("by_change", {})
    }
    assert "fct_daily_venue_prices" in stated
    for name, (days, sql) in stated.items():
        (subject,) = re.findall(r'is_settled\(\s*"(\w+)"', sql)
        # The window of a day ends a day after it began, or, at an instant near midnight, within another day.
        assert 24 * (days - 2) >= max(hours for known, hours in times if known == subject), name
