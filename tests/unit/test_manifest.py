"""dbt's manifest is shared by all homes of a checkout: it is whole whenever somebody reads it."""

import json
import os
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import msgpack
import pytest

from orchestration import transform
from orchestration.settings import Settings


@pytest.fixture
def manifest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A manifest of its own, which "parsing" writes."""
    path = tmp_path / "target" / "manifest.json"
    monkeypatch.setattr(transform, "MANIFEST", path)

    def parse(settings: Settings, arguments: list[str]) -> list[transform.NodeResult]:
        assert arguments == ["parse"]
        assert not (path.parent / transform.PARSED).exists()
        (path.parent / transform.PARSED).write_bytes(msgpack.packb({"nodes": {}}))
        written = {"metadata": {"dbt_version": version("dbt-core")}}
        path.write_text(json.dumps(written | {"parsed": len(path.read_text()) if path.exists() else 0}))
        return []

    monkeypatch.setattr(transform, "_invoke", parse)
    return path


def test_a_manifest_that_broke_off_is_written_again(manifest: Path) -> None:
    assert transform.ensure_manifest() == manifest
    assert json.loads(manifest.read_text())["parsed"] == 0
    manifest.write_text('{"nodes": {"model.cry')
    transform.ensure_manifest()
    assert json.loads(manifest.read_text())["parsed"] == 21


def test_a_current_manifest_is_left_alone(manifest: Path) -> None:
    transform.ensure_manifest()
    written = manifest.stat().st_mtime_ns
    transform.ensure_manifest()
    assert manifest.stat().st_mtime_ns == written


SPOILED: dict[str, Callable[[Path, Path], object]] = {
    "nothing is parsed beside it": lambda manifest, parsed: parsed.unlink(),
    "what is parsed beside it breaks off": lambda manifest, parsed: parsed.write_bytes(parsed.read_bytes()[:-1]),
    "another dbt wrote it": lambda manifest, parsed: manifest.write_text('{"metadata": {"dbt_version": "1.0.0"}}'),
    "it says nothing of itself": lambda manifest, parsed: manifest.write_text("{}"),
}


@pytest.mark.parametrize("what", SPOILED)
def test_what_no_run_could_read_is_written_again(manifest: Path, what: str) -> None:
    transform.ensure_manifest()
    parsed = manifest.with_name(transform.PARSED)
    SPOILED[what](manifest, parsed)
    transform.ensure_manifest()
    assert msgpack.unpackb(parsed.read_bytes()) == {"nodes": {}}
    assert json.loads(manifest.read_text())["parsed"] > 0


def test_a_changed_profile_is_parsed_again(manifest: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project = tmp_path / "project"
    project.mkdir()
    for name in ("dbt_project.yml", "profiles.yml"):
        (project / name).touch()
    monkeypatch.setattr(transform, "DBT_PROJECT", project)
    transform.ensure_manifest()
    later = manifest.stat().st_mtime_ns + 1_000_000_000
    os.utime(project / "profiles.yml", ns=(later, later))
    transform.ensure_manifest()
    assert json.loads(manifest.read_text())["parsed"] > 0


def test_a_build_does_not_write_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[list[str]] = []
    monkeypatch.setattr(transform, "_invoke", lambda settings, arguments: asked.append(list(arguments)) or [])
    settings = Settings.load({"WAREHOUSE_HOME": str(tmp_path)})
    transform.build(settings, settings.now())
    assert asked[0][:2] == ["build", "--no-write-json"]
