"""Publishing: one flip, nothing half done, and a reader that never notices."""

import hashlib
import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from orchestration.build.changed_days import Basis, in_all, months
from orchestration.build.state import MartsState, Note
from orchestration.release import parquet_files
from orchestration.release.publish import RELEASES_KEPT, NothingToPublish, current, publish

NOW = datetime(2025, 5, 12, 6, tzinfo=UTC)


def draft(folder: Path, value: int) -> Path:
    path = folder / "building" / "crypto_market.duckdb"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    with duckdb.connect(str(path)) as connection:
        connection.execute("create schema marts")
        connection.execute("create table marts.fct_example (id integer primary key, value integer)")
        connection.execute("insert into marts.fct_example values (1, ?)", [value])
        connection.execute("create macro value_of(wanted) as table from marts.fct_example where id = wanted")
    return path


def read(folder: Path) -> int:
    with duckdb.connect(str((folder / "crypto_market.duckdb").resolve()), read_only=True) as connection:
        row = connection.execute("select value from value_of(1)").fetchone()
    assert row is not None
    return int(row[0])


def test_a_release_is_a_file_parquet_and_a_manifest(tmp_path: Path) -> None:
    release = publish(draft(tmp_path, 7), tmp_path / "published", NOW, "0.1", "sample", ["some_warning"])
    published = tmp_path / "published"
    assert read(published) == 7
    parquet = published / "parquet" / "fct_example" / "fct_example.parquet"
    assert duckdb.sql(f"select value from '{parquet}'").fetchall() == [(7,)]
    assert current(published) == release
    assert (release.origin, release.warnings, release.tables[0].row_count) == ("sample", ("some_warning",), 1)
    assert not (tmp_path / "building" / "crypto_market.duckdb").exists()


def test_the_parquet_of_a_release_is_described_as_a_data_package(tmp_path: Path) -> None:
    made = draft(tmp_path, 7)
    with duckdb.connect(str(made)) as connection:
        connection.execute("comment on table marts.fct_example is 'One row per id'")
        connection.execute("comment on column marts.fct_example.value is 'In USD'")
    release = publish(made, tmp_path / "published", NOW, "0.1", "sample")
    package = json.loads((tmp_path / "published" / "parquet" / "datapackage.json").read_text())
    assert (package["version"], package["created"]) == (release.version, "2025-05-12T06:00:00+00:00")
    assert package["resources"] == [
        {
            "name": "fct_example",
            "path": "fct_example/fct_example.parquet",
            "format": "parquet",
            "mediatype": "application/vnd.apache.parquet",
            "description": "One row per id",
            "schema": {
                "fields": [
                    {"name": "id", "type": "integer", "constraints": {"required": True}},
                    {"name": "value", "type": "integer", "description": "In USD"},
                ],
                "primaryKey": ["id"],
            },
        }
    ]


def test_pandas_polars_and_duckdb_read_the_parquet_with_its_types(tmp_path: Path) -> None:
    # Not above: the processes below that import this file would wait for them.
    import pandas
    import polars

    made = draft(tmp_path, 7)
    with duckdb.connect(str(made)) as connection:
        connection.execute(
            "create table marts.fct_typed as select date '2025-05-08' as trade_date, 'BTC' as asset, "
            "103261.6::decimal(18, 8) as close_usd, timestamp '2025-05-12 06:00:00' as observed_at"
        )
    publish(made, tmp_path / "published", NOW, "0.1", "sample")
    file = tmp_path / "published" / "parquet" / "fct_typed" / "fct_typed.parquet"
    expected = (date(2025, 5, 8), "BTC", Decimal("103261.60000000"), datetime(2025, 5, 12, 6))
    assert duckdb.sql(f"from '{file}'").fetchall() == [expected]
    assert polars.read_parquet(file).rows() == [expected]
    frame = pandas.read_parquet(file, dtype_backend="pyarrow")
    assert tuple(frame.loc[0]) == expected


def test_a_release_can_not_be_written_to(tmp_path: Path) -> None:
    publish(draft(tmp_path, 7), tmp_path / "published", NOW, "0.1", "sample")
    assert (tmp_path / "published" / "crypto_market.duckdb").stat().st_mode & 0o222 == 0


def test_publishing_the_same_content_again_changes_nothing(tmp_path: Path) -> None:
    first = publish(draft(tmp_path, 7), tmp_path / "published", NOW, "0.1", "sample")
    inode = (tmp_path / "published" / "crypto_market.duckdb").stat().st_ino
    assert publish(draft(tmp_path, 7), tmp_path / "published", NOW, "0.1", "sample") == first
    assert (tmp_path / "published" / "crypto_market.duckdb").stat().st_ino == inode


def test_other_seeds_make_another_release(tmp_path: Path) -> None:
    """The as-of macros read the published seeds: two files with other seeds return other figures."""
    versions = set()
    for hours in (24, 48):
        file = draft(tmp_path, 7)
        with duckdb.connect(str(file)) as connection:
            connection.execute("create schema seeds")
            connection.execute("create table seeds.settling_times as select ? as hours", [hours])
        versions.add(publish(file, tmp_path / "published", NOW, "0.1", "sample").version)
    assert len(versions) == 2


def state(value: int) -> MartsState:
    return MartsState("this project", {"model.crypto_market.fct_example": Note("inputs", rows=str(value))})


def published_file(folder: Path, version: str) -> Path:
    return folder / "releases" / version / "parquet" / "fct_example" / "fct_example.parquet"


@pytest.mark.parametrize(("second", "is_same_file"), [(7, True), (8, False)])
def test_a_table_with_the_rows_of_the_release_before_has_its_parquet_file(
    tmp_path: Path, second: int, is_same_file: bool
) -> None:
    versions = []
    for days, value in enumerate((7, second)):
        file = draft(tmp_path, value)
        state(value).save(file.parent)
        versions.append(publish(file, tmp_path / "published", NOW + timedelta(days=days), "0.1", "sample").version)
    first, last = (published_file(tmp_path / "published", version) for version in versions)
    assert first.samefile(last) == is_same_file
    assert read(tmp_path / "published") == second
    release = current(tmp_path / "published")
    assert release is not None
    assert release.tables[0].sha256 == hashlib.sha256(last.read_bytes()).hexdigest()
    assert MartsState.load(tmp_path / "published" / "current") == state(second)


def publish_days(folder: Path, number: int, values: str) -> Path:
    """Publish three years of days, as of run `number`, with what a build notes of them; returns the release."""
    file = draft(folder, number)
    day = "cast(seen_at as date)"
    with duckdb.connect(str(file)) as connection:
        connection.execute(
            f"create table marts.fct_days as select day as seen_at, {values} as value from "
            "range(timestamp '2023-07-01', timestamp '2025-02-01', interval 1 day) as days(day)"
        )
        rows = dict(months(connection, "marts.fct_days", day))
    basis = Basis("", NOW.isoformat(), {}, rows, day)
    MartsState("a", {"model.w.fct_days": Note("", in_all(rows), basis=basis.text)}).save(file.parent)
    release = publish(file, folder / "published", NOW + timedelta(days=number), "0.1", "sample")
    return folder / "published" / "releases" / release.version


def rows_of(release: Path) -> tuple[list[tuple[object, ...]], list[tuple[object, ...]]]:
    """The table in the DuckDB file and in its Parquet files."""
    with duckdb.connect(str(release / "crypto_market.duckdb"), read_only=True) as connection:
        stored = connection.execute("from marts.fct_days order by all").fetchall()
    files = release / "parquet" / "fct_days" / "*.parquet"
    return stored, duckdb.sql(f"from read_parquet('{files}') order by all").fetchall()


@pytest.mark.parametrize(
    ("second", "changed"),
    [
        ("if(day = timestamp '2025-01-31', 5, 1)", {"2025"}),
        ("if(day = timestamp '2024-02-29', 5, 1)", {"2024"}),
        ("if(month(day) = 12, 5, 1)", {"2023", "2024"}),
    ],
)
def test_of_a_large_table_only_the_years_with_changed_rows_are_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, second: str, changed: set[str]
) -> None:
    monkeypatch.setattr(parquet_files, "LARGE", 100)
    before, after = publish_days(tmp_path, 1, "1"), publish_days(tmp_path, 2, second)
    names = {f"fct_days_{year}.parquet" for year in (2023, 2024, 2025)}
    folders = [release / "parquet" / "fct_days" for release in (before, after)]
    assert all({file.name for file in folder.iterdir()} == names for folder in folders)
    written = {name for name in names if not (folders[0] / name).samefile(folders[1] / name)}
    assert written == {f"fct_days_{year}.parquet" for year in changed}
    for release in (before, after):
        stored, exported = rows_of(release)
        assert stored == exported
    published = current(tmp_path / "published")
    assert published is not None
    [table] = [table for table in published.tables if table.name == "fct_days"]
    digests = {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in folders[1].iterdir()}
    assert table.files == digests
    package = json.loads((after / "parquet" / "datapackage.json").read_text())
    assert [resource["path"] for resource in package["resources"] if resource["name"] == "fct_days"] == [
        [f"fct_days/{name}" for name in sorted(names)]
    ]


def test_every_file_of_a_release_is_flushed_and_one_of_the_release_before_not_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parquet_files, "LARGE", 100)
    flushed, flush = [], os.fsync

    def note(descriptor: int) -> None:
        flushed.append(os.fstat(descriptor).st_ino)
        flush(descriptor)

    monkeypatch.setattr(os, "fsync", note)
    releases = [publish_days(tmp_path, number, "1") for number in (1, 2)]
    files = {path.stat().st_ino for release in releases for path in release.rglob("*") if path.is_file()}
    assert len(files) > 8
    assert {flushed.count(file) for file in files} == {1}


def test_a_name_is_given_only_to_what_is_flushed_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before a release has its name all files and folders of it are flushed; before it is current, its name is."""
    events: list[int | str] = []
    flush, replace = os.fsync, os.replace
    releases = tmp_path / "published" / "releases"

    def note_flush(descriptor: int) -> None:
        flush(descriptor)
        events.append(os.fstat(descriptor).st_ino)

    def note_replace(source: Path, target: Path) -> None:
        if source.name.startswith(".building"):
            unflushed = [path for path in (source, *source.rglob("*")) if path.stat().st_ino not in events]
            assert unflushed == []
        if target.name == "current":
            assert events[-1] == releases.stat().st_ino
        events.append(target.name)
        replace(source, target)

    monkeypatch.setattr(os, "fsync", note_flush)
    monkeypatch.setattr(os, "replace", note_replace)
    release = publish(draft(tmp_path, 7), tmp_path / "published", NOW, "0.1", "sample")
    named = [event for event in events if isinstance(event, str)]
    assert named.index(release.version) < named.index("current")


def test_a_table_that_became_large_is_divided_and_one_whose_months_are_not_its_rows_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = publish_days(tmp_path, 1, "1")
    assert [file.name for file in (whole / "parquet" / "fct_days").iterdir()] == ["fct_days.parquet"]
    monkeypatch.setattr(parquet_files, "LARGE", 100)
    divided = publish_days(tmp_path, 2, "1")
    assert len(list((divided / "parquet" / "fct_days").iterdir())) == 3
    assert rows_of(divided) == rows_of(whole)
    basis = Basis("", "", {}, {"2024-01": "99 1"}, "seen_at")
    assert list(parquet_files.parts("fct_days", 100, Note("", "100 1", basis=basis.text))) == ["fct_days.parquet"]


def test_a_release_of_a_version_that_named_no_files_is_read(tmp_path: Path) -> None:
    release = publish(draft(tmp_path, 7), tmp_path / "published", NOW, "0.1", "sample")
    manifest = tmp_path / "published" / "releases" / release.version / "manifest.json"
    stored = json.loads(manifest.read_text())
    del stored["tables"][0]["files"]
    manifest.chmod(0o644)
    manifest.write_text(json.dumps(stored))
    assert current(tmp_path / "published") == release


def test_a_reader_keeps_its_release_and_the_next_one_sees_the_new(tmp_path: Path) -> None:
    published = tmp_path / "published"
    publish(draft(tmp_path, 1), published, NOW, "0.1", "sample")
    reader = duckdb.connect(str((published / "crypto_market.duckdb").resolve()), read_only=True)
    publish(draft(tmp_path, 2), published, NOW + timedelta(days=1), "0.1", "sample")
    assert reader.sql("select value from marts.fct_example").fetchall() == [(1,)]
    assert read(published) == 2
    reader.close()


def test_only_the_newest_releases_are_kept(tmp_path: Path) -> None:
    published = tmp_path / "published"
    for value in range(RELEASES_KEPT + 3):
        publish(draft(tmp_path, value), published, NOW + timedelta(days=value), "0.1", "sample")
    assert len(list((published / "releases").iterdir())) == RELEASES_KEPT
    assert read(published) == RELEASES_KEPT + 2


def test_without_a_draft_there_is_nothing_to_publish(tmp_path: Path) -> None:
    with pytest.raises(NothingToPublish, match="warehouse run"):
        publish(tmp_path / "none.duckdb", tmp_path / "published", NOW, "0.1", "sample")


def test_a_draft_without_marts_is_not_published(tmp_path: Path) -> None:
    duckdb.connect(str(tmp_path / "empty.duckdb")).close()
    with pytest.raises(NothingToPublish, match="no marts"):
        publish(tmp_path / "empty.duckdb", tmp_path / "published", NOW, "0.1", "sample")
    assert current(tmp_path / "published") is None


@pytest.mark.slow
def test_killed_at_any_moment_the_published_copy_stays_readable(tmp_path: Path) -> None:
    """A publisher in a loop is killed at ten different moments; what is published opens every time."""
    publish(draft(tmp_path, 0), tmp_path / "published", NOW, "0.1", "sample")
    script = textwrap.dedent(
        """
        import sys; sys.path.insert(0, sys.argv[2])
        from datetime import timedelta
        from pathlib import Path
        from test_publish import NOW, draft
        from orchestration.release.publish import publish
        for value in range(1, 10_000):
            publish(draft(Path(sys.argv[1]), value), Path(sys.argv[1]) / "published", NOW + timedelta(minutes=value),
                    "0.1", "sample")
            print(value, flush=True)
        """
    )
    for attempt in range(10):
        publisher = subprocess.Popen(
            [sys.executable, "-c", script, str(tmp_path), str(Path(__file__).parent)], stdout=subprocess.PIPE
        )
        assert publisher.stdout is not None
        publisher.stdout.readline()
        time.sleep(0.013 * attempt)
        os.kill(publisher.pid, signal.SIGKILL)
        publisher.communicate()
        assert read(tmp_path / "published") >= 0
        assert current(tmp_path / "published") is not None
    publish(draft(tmp_path, 77), tmp_path / "published", NOW + timedelta(days=99), "0.1", "sample")
    assert read(tmp_path / "published") == 77
    assert not list((tmp_path / "published" / "releases").glob(".building.*"))
