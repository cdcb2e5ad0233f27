"""What can be recorded of a project, and what dbt has to build because it can't.

That a played recording is what dbt builds is shown in `tests/warehouse/test_build_by_change.py`.
"""

from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import pytest
from dbt.artifacts.resources import ColumnInfo, ModelConfig, SeedConfig
from dbt.artifacts.resources.v1.config import ContractConfig
from dbt.node_types import NodeType

from orchestration.build import compiling
from orchestration.build.compiling import NotRecordable, make_empty
from orchestration.build.lineage_file import NAME as LINEAGE
from orchestration.build.lineage_file import stored_lineage
from orchestration.build.recording import Node, Recording


@dataclass
class CompiledModel:
    """What is read of a model that dbt compiled."""

    compiled_code: str
    columns: dict[str, ColumnInfo]
    config: ModelConfig = field(default_factory=lambda: model_config("table"))
    unique_id: str = "model.p.a"
    relation_name: str = '"release"."marts"."a"'
    description: str = "One row per n: it's a model."
    resource_type: NodeType = NodeType.Model
    constraints: tuple[()] = ()


@dataclass
class Seed:
    config: SeedConfig
    original_file_path: str
    unique_id: str = "seed.p.a"
    relation_name: str = '"warehouse"."seeds"."a"'
    description: str = ""
    resource_type: NodeType = NodeType.Seed
    compiled_code: None = None
    columns: dict[str, ColumnInfo] = field(default_factory=dict)


def model_config(materialized: str) -> ModelConfig:
    return ModelConfig(materialized=materialized, contract=ContractConfig(enforced=materialized == "table"))


INTEGER = {"n": ColumnInfo(name="n", data_type="integer", description="a number")}


@pytest.fixture
def files() -> duckdb.DuckDBPyConnection:
    return compiling.empty_files("binance_klines_1d open_time BIGINT\nx_y price DECIMAL(18,8)")


def test_a_table_has_the_definition_and_the_comments_of_its_contract(files: duckdb.DuckDBPyConnection) -> None:
    make_empty(CompiledModel("select 1 as n", INTEGER), files)
    table = files.execute("select sql, comment from duckdb_tables() where table_name = 'a'").fetchall()
    assert table == [("CREATE TABLE marts.a(n INTEGER);", "One row per n: it's a model.")]
    assert files.execute("select comment from duckdb_columns() where table_name = 'a'").fetchall() == [("a number",)]


@pytest.mark.parametrize("sql", ["select 1 as m", "select 1 as n, 2 as m", "select 1::bigint as n"])
def test_sql_with_other_columns_than_its_contract_is_left_to_dbt(files: duckdb.DuckDBPyConnection, sql: str) -> None:
    with pytest.raises(NotRecordable, match=r"model\.p\.a has other columns than its contract"):
        make_empty(CompiledModel(sql, INTEGER), files)


def test_other_kinds_of_models_are_left_to_dbt(files: duckdb.DuckDBPyConnection) -> None:
    with pytest.raises(NotRecordable, match="materialized as incremental"):
        make_empty(CompiledModel("select 1 as n", INTEGER, model_config("incremental")), files)


def test_a_seed_without_types_is_left_to_dbt(
    files: duckdb.DuckDBPyConnection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compiling, "DBT_PROJECT", tmp_path)
    (tmp_path / "a.csv").write_text("n,m\n1,2\n")
    with pytest.raises(NotRecordable, match=r"seed\.p\.a has no types for m"):
        make_empty(Seed(SeedConfig(column_types={"n": "integer"}), "a.csv"), files)
    make_empty(Seed(SeedConfig(column_types={"n": "integer", "m": "date"}), "a.csv"), files)
    columns = files.execute("describe seeds.a").fetchall()
    assert [column[:2] for column in columns] == [("n", "INTEGER"), ("m", "DATE")]


def test_a_project_that_can_t_be_recorded_has_no_recording(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(raw_tables: str) -> Recording:
        raise NotRecordable("model.p.a has other columns than its contract")

    monkeypatch.setattr(compiling, "make_recording", refuse)
    assert compiling.recording_of(tmp_path, "x_y n integer") is None
    assert not list(tmp_path.glob("*.json"))


def test_the_lineage_of_columns_is_made_with_the_recording_and_again_where_it_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mart = Node("model.p.a", "table", 'select n as m from "warehouse"."raw"."x_y"', (), '"release"."marts"."a"')
    recording = Recording((mart,), {"source.p.x.y": '"warehouse"."raw"."x_y"'}, "", "x_y n INTEGER")
    monkeypatch.setattr(compiling, "make_recording", lambda raw_tables: recording)
    for _ in ("with it", "again"):
        assert compiling.recording_of(tmp_path, recording.raw_tables) == recording
        assert stored_lineage(tmp_path) == {"model.p.a": {"m": [("source.p.x.y", "n")]}}
        (tmp_path / LINEAGE).unlink()
