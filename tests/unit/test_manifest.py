"""dbt's manifest is shared by all homes of a checkout: it is whole whenever somebody reads it."""

import json
from importlib.metadata import version
from pathlib import Path

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
        (path.parent / transform.PARSED).touch()
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


@pytest.mark.parametrize("missing", [transform.PARSED, "the same dbt"])
def test_a_manifest_without_what_was_parsed_for_it_is_written_again(manifest: Path, missing: str) -> None:
    transform.ensure_manifest()
    if missing == transform.PARSED:
        manifest.with_name(transform.PARSED).unlink()
    else:
        manifest.write_text(json.dumps({"metadata": {"dbt_version": "1.0.0"}}))
    transform.ensure_manifest()
    assert manifest.with_name(transform.PARSED).exists()
    assert json.loads(manifest.read_text())["parsed"] > 0


def test_a_build_does_not_write_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[list[str]] = []
    monkeypatch.setattr(transform, "_invoke", lambda settings, arguments: asked.append(list(arguments)) or [])
    settings = Settings.load({"WAREHOUSE_HOME": str(tmp_path)})
    transform.build(settings, settings.now())
    assert asked[0][:2] == ["build", "--no-write-json"]
