"""A lake's life: made, filled from a home, compacted, read as it was at a release's snapshot."""

import json
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
from typer.testing import CliRunner

from orchestration.cli.main import app
from orchestration.ingest.landing import Landing
from orchestration.lake.attach import NAME, attach, newest_snapshot
from orchestration.lake.moving import ImportRefused, import_home
from orchestration.lake.objects import Objects
from orchestration.lake.release import share
from orchestration.raw.load import forget, load
from orchestration.raw.reparse import rebuild
from orchestration.raw.working_file import connect, prepare
from orchestration.settings import Settings
from tests.lake.conftest import ROOT, Shared
from tests.lake.events import EVENTS, MONTHS, ROWS, months, store
from tests.lake.s3_server import KEY_ID, SECRET
from tests.lake.test_loading_together import RAW, load_here, of_one_machine, raw


def command(shared: Shared, *words: str) -> str:
    """What `warehouse` prints, in a process of its own: a command that writes forks, which ends threads of this one."""
    program = str(Path(sys.executable).with_name("warehouse"))
    done = subprocess.run([program, *words], env=shared.environment, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def one_by_one(shared: Shared, landing: Path) -> None:
    """Load the landing files in a transaction each, so that each makes a small file."""
    with connect(shared.lake) as connection:
        prepare(connection, [EVENTS])
        for stored in Landing(landing).all("acme"):
            load(connection, EVENTS, [stored], landing)


def test_a_snapshot_reads_the_same_after_more_loads_and_a_compaction(shared: Shared, tmp_path: Path) -> None:
    first, both = tmp_path / "first", tmp_path / "both"
    for landing in (first, both):
        list(months(landing, MONTHS[:3], parts=2))
    one_by_one(shared, first)
    with connect(shared.lake) as connection:
        snapshot, before = newest_snapshot(connection), connection.execute(RAW).fetchall()
    for part in range(3):
        store(both, MONTHS[4], part)
    one_by_one(shared, both)
    had, has = (int(word) for word in command(shared, "lake", "compact").split() if word.isdigit())
    assert has < had
    with duckdb.connect() as connection:
        attach(connection, shared.lake, snapshot=snapshot)
        assert connection.execute(RAW.replace("raw.", f"{NAME}.raw.")).fetchall() == before
    assert raw(shared.lake) == of_one_machine(both, tmp_path / "one.duckdb")


def home_with_history(folder: Path) -> Path:
    """A home's working file, origin and landing files."""
    landing = folder / "landing"
    list(months(landing, MONTHS[:2]))
    of_one_machine(landing, folder / "warehouse.duckdb")
    (folder / "origin").write_text("live\n")
    return folder


def test_a_homes_history_moves_into_a_lake_and_again_without_a_change(shared: Shared, tmp_path: Path) -> None:
    home = home_with_history(tmp_path / "old")
    for was_there in (False, True):
        moved = command(shared, "lake", "import", str(home), "--json")
        (events,) = [row for row in json.loads(moved) if row["table"] == "raw.acme_events"]
        assert (events["rows"], events["was_there"]) == (2 * ROWS, was_there)
    assert raw(shared.lake) == raw(home / "warehouse.duckdb")
    fetched = Landing.of(Settings.load())
    assert [stored.damage for stored in fetched.all("acme")] == [None, None]
    with connect(shared.lake) as connection:
        assert load(connection, EVENTS, list(fetched.all("acme")), fetched.folder).rows_new == 0


def test_the_hash_that_earlier_versions_stored_is_dropped(shared: Shared, tmp_path: Path) -> None:
    home = home_with_history(tmp_path / "old")
    with connect(home / "warehouse.duckdb") as connection:
        connection.execute("alter table raw.acme_events add column content_hash uhugeint default 7")
    with connect(shared.lake) as connection:
        prepare(connection, [EVENTS])
        connection.execute("alter table raw.acme_events add column content_hash uuid")
    import_home(shared.lake, home, lambda sentence: None)
    with connect(shared.lake) as connection:
        prepare(connection, [EVENTS])
        assert "content_hash" not in [name for name, *_ in connection.execute("describe raw.acme_events").fetchall()]
    assert raw(shared.lake) == raw(home / "warehouse.duckdb")


def test_a_home_is_not_mixed_with_other_rows(shared: Shared, tmp_path: Path) -> None:
    home = home_with_history(tmp_path / "old")
    store(tmp_path / "other", MONTHS[5])
    load_here(shared, tmp_path / "other")
    with pytest.raises(ImportRefused, match=r"raw\.acme_events has 400 rows"):
        import_home(shared.lake, home, lambda sentence: None)


def test_a_source_is_parsed_again_from_the_landing_files_of_all_machines(shared: Shared, tmp_path: Path) -> None:
    list(months(tmp_path / "landing", MONTHS[:2]))
    load_here(shared, tmp_path / "landing")
    expected = raw(shared.lake)
    with connect(shared.lake) as connection:
        forget(connection, [EVENTS])
    assert raw(shared.lake) == ([], [])
    settings = Settings.load().model_copy(update={"home": tmp_path})
    rebuild(settings, [(EVENTS, list(Landing(tmp_path / "landing").all("acme")))])
    assert raw(shared.lake) == expected


def release(folder: Path, version: str, published_at: str) -> Path:
    """A published folder as `release.publish` leaves it."""
    table = folder / version / "parquet" / "fct" / "fct.parquet"
    table.parent.mkdir(parents=True)
    duckdb.sql(f"copy (select '{version}' as version) to '{table}'")
    manifest = {"version": version, "published_at": published_at}
    (folder / version / "manifest.json").write_text(json.dumps(manifest))
    return folder / version


def test_the_pointer_leads_to_the_newest_release_whoever_stores_last(shared: Shared, tmp_path: Path) -> None:
    assert share(shared.lake, release(tmp_path, "b", "2025-05-12T06:00:00+00:00"))
    assert not share(shared.lake, release(tmp_path, "a", "2025-05-11T06:00:00+00:00"))
    pointer = json.loads(Objects(shared.lake, "release").get("current.json") or b"")
    assert pointer["path"] == "release/b/"
    with connect(shared.lake, read_only=True) as connection:
        for version in ("a", "b"):
            file = f"{shared.lake.data}release/{version}/parquet/fct/fct.parquet"
            assert connection.execute("from read_parquet(?)", [file]).fetchall() == [(version,)]


def test_no_credential_is_in_what_duckdb_and_errors_show(shared: Shared) -> None:
    with connect(shared.lake) as connection:
        shown = str(connection.execute("from duckdb_databases()").fetchall())
        shown += str(connection.execute("from duckdb_secrets()").fetchall())
        with pytest.raises(duckdb.Error) as problem:
            connection.execute(f"from read_parquet('s3://lake/{KEY_ID}/none.parquet')")
    status = CliRunner().invoke(app, ["lake", "status"])
    for text in (shown, str(problem.value), status.output, repr(shared.lake), str(shared.lake)):
        assert SECRET not in text
        assert "p@ss/word" not in text
