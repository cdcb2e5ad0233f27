"""The parsed dbt project is kept; it is always complete and of this project."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import duckdb
import msgpack
import pytest

from orchestration.build import invocation as dbt_invocation
from orchestration.build import marts as transform
from orchestration.build import parsing as dbt_parsing
from orchestration.build.invocation import TransformFailed
from orchestration.build.parsing import MANIFEST, PARSED, ensure_manifest, parsed_project
from orchestration.project import DBT_PROJECT
from orchestration.raw.working_file import connect, prepare
from orchestration.settings import Settings
from orchestration.sources.shared.registry import datasets

Parsing = Callable[[], None]


class Project:
    """A project of its own. "Parsing" writes how often it was parsed; `meanwhile` happens while it is."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.parsed_count = 0
        self.meanwhile: Parsing = lambda: None
        (folder / "models").mkdir(parents=True)
        for name in ("dbt_project.yml", "profiles.yml", "models/a.sql"):
            (folder / name).touch()

    def invoke(self, arguments: list[str], variables: dict[str, str]) -> None:
        assert arguments == ["parse"]
        self.meanwhile()
        self.parsed_count += 1
        target = Path(variables["DBT_TARGET_PATH"])
        seed = {"seed.project.a": {"name": "a", "root_path": str(self.folder)}}
        (target / PARSED).write_bytes(msgpack.packb({"nodes": seed, "files": {"a": str(self.folder)}}))
        (target / MANIFEST).write_text(json.dumps({"nodes": seed, "parsed": self.parsed_count}))


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    made = Project(tmp_path / "project")
    monkeypatch.setattr(dbt_parsing, "DBT_PROJECT", made.folder)
    monkeypatch.setattr(dbt_parsing, "invoke", made.invoke)
    return made


def test_a_current_project_is_not_parsed_again(project: Project) -> None:
    written = ensure_manifest().stat().st_mtime_ns
    os.utime(project.folder / "models" / "a.sql")
    assert ensure_manifest().stat().st_mtime_ns == written
    assert project.parsed_count == 1


def test_the_semantic_layer_is_no_part_of_what_is_built(project: Project) -> None:
    before = ensure_manifest()
    (project.folder / "semantic").mkdir()
    (project.folder / "semantic" / "metrics.yml").write_text("metrics: []")
    assert ensure_manifest() == before
    assert project.parsed_count == 1


SPOILED: dict[str, Callable[[Path, Path], object]] = {
    "nothing is parsed beside it": lambda manifest, parsed: parsed.unlink(),
    "what is parsed beside it breaks off": lambda manifest, parsed: parsed.write_bytes(parsed.read_bytes()[:-1]),
    "zeros are in its place": lambda manifest, parsed: manifest.write_bytes(bytes(manifest.stat().st_size)),
    "zeros are beside it": lambda manifest, parsed: parsed.write_bytes(bytes(parsed.stat().st_size)),
    "it breaks off itself": lambda manifest, parsed: manifest.write_text('{"nodes": {"model.cry'),
}


@pytest.mark.parametrize("what", SPOILED)
def test_an_unreadable_parse_is_repeated(project: Project, what: str) -> None:
    manifest = ensure_manifest()
    SPOILED[what](manifest, manifest.with_name(PARSED))
    assert ensure_manifest() == manifest
    assert json.loads(manifest.read_text())["parsed"] == 2
    assert msgpack.unpackb(manifest.with_name(PARSED).read_bytes())["nodes"]


CHANGED: dict[str, Callable[[Path], object]] = {
    "a profile": lambda folder: (folder / "profiles.yml").write_text("other"),
    "a model": lambda folder: (folder / "models" / "a.sql").write_text("select 1"),
    "a model that is gone": lambda folder: (folder / "models" / "a.sql").unlink(),
    "a model of another name": lambda folder: (folder / "models" / "a.sql").rename(folder / "models" / "b.sql"),
}


@pytest.mark.parametrize("what", CHANGED)
def test_changed_content_is_parsed_again_and_the_same_never_twice(project: Project, what: str) -> None:
    before = ensure_manifest()
    CHANGED[what](project.folder)
    assert ensure_manifest() != before
    assert project.parsed_count == 2
    assert before.exists()


def test_nothing_that_is_kept_names_the_folder_so_a_project_may_move(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    manifest = ensure_manifest()
    for file in (manifest, manifest.with_name(PARSED)):
        assert str(project.folder).encode() not in file.read_bytes()
    moved = project.folder.rename(tmp_path / "moved")
    monkeypatch.setattr(dbt_parsing, "DBT_PROJECT", moved)
    assert moved in ensure_manifest().parents
    assert project.parsed_count == 1


def test_seeds_are_read_where_the_project_is() -> None:
    seeds = [node for name, node in parsed_project().nodes.items() if name.startswith("seed.")]
    assert len(seeds) > 10
    assert all((Path(seed.root_path) / seed.original_file_path).is_file() for seed in seeds)


@pytest.fixture
def bundled(project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder in which a wheel brings the project parsed, with a recording beside it."""
    kept = ensure_manifest().parent
    folder = tmp_path / "bundled" / kept.name
    shutil.copytree(kept, folder)
    (folder / "recording.1.json").touch()
    shutil.rmtree(project.folder / "target")
    monkeypatch.setattr(dbt_parsing, "BUNDLED_PARSED", folder.parent)
    return folder


def test_what_a_wheel_brings_is_used_in_place_of_parsing(project: Project, bundled: Path) -> None:
    bundled.chmod(0o555)
    kept = ensure_manifest().parent
    assert (kept / "recording.1.json").exists()
    assert kept.stat().st_mode & 0o200, "what is made of the project later can't be kept there"
    assert project.parsed_count == 1


def test_what_a_wheel_brings_is_not_used_for_another_project_or_where_it_is_damaged(
    project: Project, bundled: Path
) -> None:
    (bundled / PARSED).write_bytes(b"")
    ensure_manifest()
    assert project.parsed_count == 2
    (project.folder / "models" / "a.sql").write_text("select 1")
    ensure_manifest()
    assert project.parsed_count == 3


def test_another_dbt_version_does_not_reuse_the_parse(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    ensure_manifest()
    monkeypatch.setattr(dbt_parsing, "version", lambda package: "1.0.0")
    ensure_manifest()
    assert project.parsed_count == 2


def test_a_file_that_changes_during_parsing_is_not_kept_under_the_wrong_key(project: Project) -> None:
    project.meanwhile = lambda: (project.folder / "models" / "a.sql").write_text("select 2")  # type: ignore[assignment,return-value]
    with pytest.raises(TransformFailed, match="changed while dbt parsed it: try again"):
        ensure_manifest()
    ensure_manifest()
    assert len(list((project.folder / "target" / "parsed").glob("*/"))) == 1


def test_the_oldest_are_removed(project: Project) -> None:
    first = ensure_manifest()
    for number in range(dbt_parsing.KEPT):
        (project.folder / "models" / "a.sql").write_text(str(number))
        ensure_manifest()
    assert not first.exists()
    assert len(list((project.folder / "target" / "parsed").glob("*/"))) == dbt_parsing.KEPT


def test_an_installed_wheel_keeps_it_in_the_cache_folder_of_the_user(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The folder of the packages may belong to somebody else."""
    monkeypatch.setattr(dbt_parsing, "IS_INSTALLED", True)
    monkeypatch.setattr(dbt_parsing, "user_cache_path", lambda name: tmp_path / "cache" / name)
    assert tmp_path / "cache" / "crypto-market-warehouse" / "parsed" in ensure_manifest().parents
    assert not (project.folder / "target").exists()


def test_a_folder_that_can_t_be_written_is_one_sentence(project: Project) -> None:
    (project.folder / "target").write_text("no folder")
    with pytest.raises(TransformFailed, match=r"can't be kept in .*parsed \(Not a directory\): make that folder"):
        ensure_manifest()


def test_no_dbt_variable_of_the_user_reaches_dbt(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DBT_TARGET", "prod")
    monkeypatch.setenv("DBT_ENGINE_EMPTY", "true")
    monkeypatch.setenv("DBT_VERSION_CHECK", "true")
    with dbt_invocation.dbt_environment({"DBT_LOG_PATH": "logs"}):
        seen = {name: value for name, value in os.environ.items() if name.startswith("DBT_")}
    assert seen == dbt_invocation.QUIET | {"DBT_LOG_PATH": "logs"}
    assert (os.environ["DBT_TARGET"], os.environ["DBT_VERSION_CHECK"]) == ("prod", "true")
    assert "DBT_LOG_PATH" not in os.environ


def test_a_build_does_not_write_a_manifest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    requested: list[list[str]] = []
    monkeypatch.setattr(
        transform, "_invoke", lambda settings, arguments, *others: requested.append(list(arguments)) or []
    )
    settings = Settings.load({"WAREHOUSE_HOME": str(tmp_path)})
    transform.build(settings, settings.now(), full_refresh=True)
    assert requested[0][0] == "build"
    assert "--no-write-json" in requested[0]


BUILD = """
import json
from orchestration.settings import SAMPLE_NOW, Settings
from orchestration.build.marts import build
results = build(Settings.load(), SAMPLE_NOW, ["+dim_venues"])
print(json.dumps({result.unique_id: result.status for result in results}))
"""
HOSTILE = {
    "DBT_TARGET": "prod",
    "DBT_EMPTY": "true",
    "DBT_RESOURCE_TYPES": "test",
    "DBT_DEFER": "true",
    "DBT_FAVOR_STATE": "true",
    "DBT_STATE": "/nowhere",
    "DBT_INDIRECT_SELECTION": "empty",
    "DBT_WARN_ERROR": "true",
    "DBT_PROFILES_DIR": "/nowhere",
    "DBT_PROJECT_DIR": "/nowhere",
    "DBT_TARGET_PATH": "/nowhere",
    "DBT_FAIL_FAST": "true",
    "DBT_LOG_FORMAT": "json",
}


@pytest.mark.slow
def test_a_build_is_the_same_from_another_folder_with_dbt_variables_and_after_dbt_parse_by_hand(
    tmp_path: Path,
) -> None:
    home, elsewhere = tmp_path / "data", tmp_path / "elsewhere"
    elsewhere.mkdir()
    with connect(Settings.load({"WAREHOUSE_HOME": str(home)}).working_file) as connection:
        prepare(connection, datasets())
    # dbt writes the path as it is given into what it parses: with a relative one the seeds are found from here alone.
    by_hand = ["parse", "--project-dir", DBT_PROJECT.name, "--profiles-dir", DBT_PROJECT.name]
    dbt = Path(sys.executable).with_name("dbt")
    subprocess.run([dbt, "--quiet", *by_hand], cwd=DBT_PROJECT.parent, check=True)
    built = subprocess.run(
        [sys.executable, "-c", BUILD],
        cwd=elsewhere,
        env=os.environ | HOSTILE | {"WAREHOUSE_HOME": str(home), "PYTHONPATH": str(DBT_PROJECT.parent)},
        capture_output=True,
        text=True,
        check=True,
    )
    statuses = json.loads(built.stdout.splitlines()[-1])
    assert statuses.pop("seed.crypto_market.venues") == "success"
    assert statuses.pop("model.crypto_market.dim_venues") == "success"
    assert any(node.startswith("test.") for node in statuses), "its tests ran, too"
    with duckdb.connect(str(home / "building" / "crypto_market.duckdb"), read_only=True) as connection:
        assert connection.execute("select count(*) > 0 from marts.dim_venues").fetchone() == (True,)
    assert list(elsewhere.iterdir()) == []
