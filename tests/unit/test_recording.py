"""What is kept of a build for the next ones."""

from pathlib import Path

import pytest

from orchestration.build import recording as recordings
from orchestration.build.recording import Node, Recording

NODE = Node("model.p.a", "table", "select 1", ("source.p.x.y",), '"release"."marts"."a"', "(n integer)", ("n",))


def recording(raw_tables: str) -> Recording:
    return Recording((NODE,), {"source.p.x.y": '"warehouse"."raw"."x_y"'}, "select 1", raw_tables)


def test_a_recording_is_read_as_it_was_written_for_the_same_raw_tables_alone(tmp_path: Path) -> None:
    for raw_tables in ("x_y n integer", "x_y n bigint"):
        recording(raw_tables).save(tmp_path)
    assert Recording.load(tmp_path, "x_y n integer") == recording("x_y n integer")
    assert Recording.load(tmp_path, "x_y n bigint") == recording("x_y n bigint")
    assert Recording.load(tmp_path, "x_y n varchar") is None


def test_what_another_version_of_the_warehouse_recorded_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recording("x_y n integer").save(tmp_path)
    other = tmp_path / "compiling.py"
    other.write_text("records otherwise")
    monkeypatch.setattr(recordings, "MAKERS", (other,))
    assert Recording.load(tmp_path, "x_y n integer") is None


def test_the_newest_one_is_read_where_the_raw_tables_do_not_matter(tmp_path: Path) -> None:
    assert Recording.load(tmp_path) is None
    recording("x_y n integer").save(tmp_path)
    assert Recording.load(tmp_path) == recording("x_y n integer")


def test_a_damaged_or_earlier_recording_is_none(tmp_path: Path) -> None:
    recording("x_y n integer").save(tmp_path)
    (file,) = tmp_path.glob("recording.*.json")
    for text in ("", "{", '{"nodes": [{"name": "a"}]}', "[]"):
        file.write_text(text)
        assert Recording.load(tmp_path, "x_y n integer") is None
