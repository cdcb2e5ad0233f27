"""The conventions of the dbt project, read from its manifest: names, documentation, keys, contracts."""

import json
import re
from collections.abc import Iterator
from typing import Any

import duckdb
import pytest

from orchestration.build.parsing import ensure_manifest
from orchestration.readme import README, list_of_providers, written
from orchestration.sources.shared.registry import datasets
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
        for node in manifest["nodes"].values():
            if node["resource_type"] not in ("model", "seed"):
                continue
            relation = f"{node['database']}.{node['schema']}.{node['name']}"
            existing = [row[0] for row in connection.execute(f"describe {relation}").fetchall()]
            assert existing == [name.strip('"') for name in node["columns"]], relation
            undocumented = [name for name, column in node["columns"].items() if not column["description"].strip()]
            assert not undocumented, relation


def test_the_published_file_carries_the_documentation(sample: Warehouse) -> None:
    silent = "select table_name, column_name from duckdb_columns() where schema_name = 'marts' and comment is null"
    assert not sample.rows(silent)
    assert not sample.rows("select table_name from duckdb_tables() where schema_name = 'marts' and comment is null")


def test_marts_have_contracts_and_enforced_primary_keys(manifest: Node, sample: Warehouse) -> None:
    marts = [m for m in models(manifest) if m["schema"] == "marts"]
    assert not [m["name"] for m in marts if not m["contract"]["enforced"]]
    keyed = {
        str(name)
        for (name,) in sample.rows(
            "select table_name from duckdb_constraints() "
            "where constraint_type = 'PRIMARY KEY' and schema_name = 'marts'"
        )
    }
    assert {m["name"] for m in marts} == keyed


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


def test_the_dashboards_expose_the_marts_their_datasets_read(manifest: Node) -> None:
    read = {dashboard["slug"]: marts_of_dashboard(dashboard) for dashboard in assets("dashboards").values()}
    exposed = {name.rpartition(".superset_")[2] for name in manifest["exposures"] if ".superset_" in name}
    assert exposed == {slug.replace("-", "_") for slug in read}
    for slug, marts in read.items():
        assert read_by(manifest, f"superset_{slug.replace('-', '_')}") == marts


def test_the_page_exposes_the_marts_it_reads(manifest: Node) -> None:
    code = "".join(file.read_text() for file in (PROJECT.parent / "orchestration" / "report").glob("*.py"))
    assert read_by(manifest, "market_page") == set(re.findall(r"\b(?:dim|fct|rpt)_\w+", code))


NUMBERS = re.compile(r"double|decimal|bigint|integer|hugeint")
UNIT_IN_NAME = re.compile(r"_(usd|ratio|bps|count|hours?|number|year|week|weekday|24h)(_|$)|^(year|month|quarter)$")
UNIT_IN_WORDS = re.compile(
    r"\b(USD|unit|ratio|quote|coins|base|days|count|hours|basis points|quantity_unit|units of|1 for)\b"
)
HAS_SIGN = re.compile(r"(flow|change|return|gap|funding_rate)\w*_(usd|ratio|bps)$|^(return|change)_ratio$")
SIGN_IN_WORDS = re.compile(r"positive|negative|sign|inflow|outflow|\brise|\bup\b")
NAMES_SOURCE = re.compile(r"(^|_)(source|sources|venue|source_url)$")
SOURCE_IN_WORDS = re.compile(r"`(fct|dim|rpt)_|seed|provider|exchange_calendars|source|marts")


def columns_of_marts(manifest: Node) -> Iterator[tuple[Node, Node]]:
    return (
        (model, column)
        for model in models(manifest)
        if model["schema"] == "marts"
        for column in model["columns"].values()
    )


def test_every_column_of_a_mart_that_may_be_null_says_what_null_means(manifest: Node) -> None:
    silent = []
    for model, column in columns_of_marts(manifest):
        keys = [name for rule in model["constraints"] if rule["type"] == "primary_key" for name in rule["columns"]]
        is_required = column["name"] in keys or any(rule["type"] == "not_null" for rule in column["constraints"])
        if not is_required and not re.search(r"\b(null|empty)\b", column["description"], re.IGNORECASE):
            silent.append(f"{model['name']}.{column['name']}")
    assert not silent, "write what null means into their descriptions, or forbid it with not_null"


def test_every_number_of_a_mart_has_its_unit_in_its_name_or_its_description(manifest: Node) -> None:
    without = [
        f"{model['name']}.{column['name']}"
        for model, column in columns_of_marts(manifest)
        if NUMBERS.match(column["data_type"])
        and not UNIT_IN_NAME.search(column["name"])
        and not UNIT_IN_WORDS.search(column["description"])
    ]
    assert not without


def test_every_figure_of_a_mart_that_can_be_negative_says_what_its_sign_means(manifest: Node) -> None:
    without = [
        f"{model['name']}.{column['name']}"
        for model, column in columns_of_marts(manifest)
        if HAS_SIGN.search(column["name"]) and not SIGN_IN_WORDS.search(column["description"].lower())
    ]
    assert not without


def test_every_mart_names_its_source_in_a_column_or_in_its_description(manifest: Node) -> None:
    without = [
        model["name"]
        for model in models(manifest)
        if model["schema"] == "marts"
        and not any(NAMES_SOURCE.search(name) for name in model["columns"])
        and not SOURCE_IN_WORDS.search(model["description"])
    ]
    assert not without


def test_the_made_parts_of_the_readme_are_up_to_date(manifest: Node) -> None:
    readme = README.read_text()
    assert written(readme, manifest) == readme, "run `make docs` and commit what it changed"


def test_every_provider_stands_in_the_readme_with_what_it_allows_and_what_it_lacks() -> None:
    lines = list_of_providers().splitlines()[2:]
    for provider in {dataset.provider for dataset in datasets()}:
        (line,) = [line for line in lines if f"(`{provider.name}`)" in line]
        assert provider.licence in line
        assert provider.limitations.endswith("."), (
            f"{provider.name}: write into `Provider.limitations` what its coverage lacks"
        )
        assert provider.limitations in line
