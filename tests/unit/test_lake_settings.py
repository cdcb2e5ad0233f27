"""A lake in the settings, and what a home without one notices of it: nothing."""

import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
from typer.testing import CliRunner

from orchestration.cli.main import app
from orchestration.lake import attach
from orchestration.lake.settings import Lake, WrongLake
from orchestration.redaction import strike_out
from orchestration.settings import Settings, SettingsError

ADDRESS = "postgresql://writer:p%40ss%2Fword@db.example:6432/lake?sslmode=require"
KEYS = {"AWS_ACCESS_KEY_ID": "an-id", "AWS_SECRET_ACCESS_KEY": "a/secret+key"}


def lake_of(**variables: str) -> Lake:
    named = {"WAREHOUSE_LAKE": ADDRESS, "WAREHOUSE_LAKE_DATA": "s3://bucket/prod"} | KEYS | variables
    lake = Lake.of(named)
    assert lake is not None
    return lake


def test_a_lake_is_named_by_its_catalogue_and_its_data() -> None:
    lake = lake_of(AWS_ENDPOINT_URL="http://127.0.0.1:8333")
    catalogue, s3 = lake.catalogue, lake.s3
    assert (catalogue.host, catalogue.port, catalogue.database) == ("db.example", 6432, "lake")
    assert (catalogue.user, catalogue.password.get_secret_value()) == ("writer", "p@ss/word")
    assert catalogue.sslmode == "require"
    assert lake.data == "s3://bucket/prod/"
    assert s3 is not None
    assert (s3.bucket, s3.region, s3.endpoint, s3.is_encrypted) == (
        "bucket",
        "us-east-1",
        "http://127.0.0.1:8333",
        False,
    )


def test_a_folder_that_all_machines_have_needs_no_s3() -> None:
    assert lake_of(WAREHOUSE_LAKE_DATA="/mnt/lake").s3 is None


def test_a_lake_shows_no_credential() -> None:
    lake = lake_of()
    assert str(lake) == "the lake at db.example:6432/lake"
    for secret in ("p@ss", "p%40ss", "a/secret+key", "an-id"):
        assert secret not in repr(lake)


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        ({"WAREHOUSE_LAKE": ""}, "WAREHOUSE_LAKE is not set: a lake needs both"),
        ({"WAREHOUSE_LAKE_DATA": ""}, "WAREHOUSE_LAKE_DATA is not set: a lake needs both"),
        ({"WAREHOUSE_LAKE": "mysql://u:p@h/d"}, "WAREHOUSE_LAKE is not an address such as"),
        ({"WAREHOUSE_LAKE": "postgresql://u:p@h:port/d"}, "WAREHOUSE_LAKE is not an address such as"),
        ({"WAREHOUSE_LAKE": "postgresql://u:p@h"}, "WAREHOUSE_LAKE is not an address such as"),
        ({"WAREHOUSE_LAKE_DATA": "data"}, "WAREHOUSE_LAKE_DATA takes s3://bucket/folder"),
        ({"WAREHOUSE_LAKE_DATA": "s3://id:key@bucket/x"}, "without a login in it"),
    ],
)
def test_half_a_lake_is_refused_without_its_values(variables: dict[str, str], message: str) -> None:
    with pytest.raises(WrongLake, match=message) as problem:
        lake_of(**variables)
    assert "u:p" not in str(problem.value)
    assert "id:key" not in str(problem.value)


def test_the_working_file_stays_a_file_without_a_lake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    settings = Settings.load({"WAREHOUSE_HOME": str(tmp_path), "WAREHOUSE_LAKE": "", "WAREHOUSE_LAKE_DATA": ""})
    assert settings.lake is None
    assert settings.working_file == settings.build_file == tmp_path / "warehouse.duckdb"
    with pytest.raises(SettingsError, match="a lake needs both"):
        _ = Settings.load({"WAREHOUSE_LAKE_DATA": "s3://bucket/prod"}).lake


def test_the_login_of_a_lake_is_struck_out_of_texts() -> None:
    environment = {"WAREHOUSE_LAKE": ADDRESS, "AWS_SECRET_ACCESS_KEY": "a/secret+key"}
    text = strike_out(f"failed: {ADDRESS} with p@ss/word and a/secret+key", environment)
    for secret in ("p@ss", "p%40ss", "a/secret+key"):
        assert secret not in text


def test_a_missing_extension_is_named_with_the_lock_that_has_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attach, "find_spec", lambda name: None)
    with pytest.raises(attach.LakeUnusable, match=r"httpfs is not installed: install deploy/lake-requirements\.lock"):
        attach.open_lake(lake_of())


def test_an_extension_of_another_duckdb_is_not_loaded(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "extensions" / "v0.0.1").mkdir(parents=True)

    class Spec:
        origin = str(tmp_path / "__init__.py")

    monkeypatch.setattr(attach, "find_spec", lambda name: Spec())
    with pytest.raises(attach.LakeUnusable, match=rf"DuckDB {duckdb.__version__} can't load .* which is of v0\.0\.1"):
        attach.open_lake(lake_of())


@pytest.mark.parametrize("command", [["init"], ["status"], ["compact"], ["import", "."]])
def test_commands_for_a_lake_say_how_to_name_one(
    command: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("WAREHOUSE_LAKE", "WAREHOUSE_LAKE_DATA"):
        monkeypatch.delenv(name, raising=False)
    shown = CliRunner().invoke(app, ["lake", *command])
    assert shown.exit_code == 2
    assert "WAREHOUSE_LAKE and WAREHOUSE_LAKE_DATA are not set" in shown.output


def test_a_home_with_a_file_imports_nothing_of_a_lakes() -> None:
    code = "import sys, orchestration.raw.load, orchestration.home; print({'psycopg', 'obstore'} & set(sys.modules))"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout == "set()\n"
