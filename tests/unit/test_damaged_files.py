"""A file that is damaged, out of reach or too large for the disk: a sentence with a next step, and exit status 2."""

import os
import resource
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import duckdb
import pytest

from orchestration.cli.errors import known_problem
from orchestration.defs.instance import dagster_instance
from orchestration.durable import write_whole
from orchestration.file_errors import FileDamaged, FileUnusable
from orchestration.raw.working_file import connect, prepare
from orchestration.settings import Settings

ROOT = Path(__file__).parents[2]
BLOCK = 262_144


def spoil(file: Path, start: int, length: int) -> None:
    """Turn every bit of these bytes."""
    content = bytearray(file.read_bytes())
    content[start : start + length] = bytes(byte ^ 255 for byte in content[start : start + length])
    file.write_bytes(content)


def spoil_rows(file: Path) -> None:
    """What shows only when these rows are read: the file can be opened."""
    spoil(file, 12_288 + BLOCK * (file.stat().st_size // BLOCK // 2), 1000)


def make_file(file: Path) -> None:
    """A DuckDB file of several blocks, with a table of the ledger and one of the marts."""
    with duckdb.connect(str(file)) as connection:
        prepare(connection, [])
        connection.execute("create schema marts")
        connection.execute(
            "create table marts.t as select i, repeat(md5(i::varchar), 9) as s from range(20000) as r (i)"
        )
        connection.execute("create table marts.rpt_claims as select i as claim_id from marts.t")


SPOILED: dict[str, Callable[[Path], object]] = {
    "a header with a wrong checksum": lambda file: spoil(file, 20, 1),
    "blocks with a wrong checksum": lambda file: spoil(file, 12_288 + 8, file.stat().st_size),
    "cut short": lambda file: file.write_bytes(file.read_bytes()[:20_000]),
    "only its beginning": lambda file: file.write_bytes(file.read_bytes()[:10]),
    "empty": lambda file: file.write_bytes(b""),
    "no DuckDB file": lambda file: file.write_bytes(b"trade_date,close\n2025-05-08,103000\n" * 1000),
    "a ZIP file": lambda file: file.write_bytes(b"PK\x03\x04" + bytes(20_000)),
}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with a working file and a release, neither of them with much in it."""
    folder = tmp_path / "data"
    release = folder / "published" / "releases" / "20250512T060000Z-abc"
    release.mkdir(parents=True)
    make_file(folder / "warehouse.duckdb")
    make_file(release / "crypto_market.duckdb")
    (release / "manifest.json").write_text(
        '{"version": "20250512T060000Z-abc", "published_at": "2025-05-12T06:00:00+00:00", "origin": "sample", '
        '"project_version": "0.1.0", "tables": [], "warnings": []}'
    )
    for name, target in (
        ("current", "releases/20250512T060000Z-abc"),
        ("crypto_market.duckdb", "current/crypto_market.duckdb"),
        ("manifest.json", "current/manifest.json"),
    ):
        (folder / "published" / name).symlink_to(target)
    (folder / "origin").write_text("sample\n")
    return folder


def warehouse(home: Path, *arguments: str, limit: int | None = None) -> "subprocess.CompletedProcess[str]":
    def limited() -> None:
        if limit is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    return subprocess.run(
        [sys.executable, "-m", "orchestration", *arguments],
        cwd=ROOT,
        env=os.environ | {"WAREHOUSE_HOME": str(home)},
        capture_output=True,
        text=True,
        preexec_fn=limited,
        timeout=60,
    )


def assert_one_sentence(ended: "subprocess.CompletedProcess[str]", *parts: str) -> None:
    assert ended.returncode == 2, ended.stderr
    assert ended.stderr.count("\n") == 1, ended.stderr
    assert ended.stderr.startswith("warehouse: ")
    for part in parts:
        assert part in ended.stderr


@pytest.mark.parametrize("what", SPOILED)
@pytest.mark.parametrize("read_only", [True, False])
def test_a_damaged_working_file_is_named_at_once(tmp_path: Path, what: str, read_only: bool) -> None:
    file = tmp_path / "warehouse.duckdb"
    make_file(file)
    SPOILED[what](file)
    with (
        pytest.raises(FileDamaged, match=f"the working file {file} is damaged: .*`warehouse reparse SOURCE` for each"),
        connect(file, read_only=read_only),
    ):
        pass


def test_damage_found_while_reading_rows_is_named_too(tmp_path: Path) -> None:
    file = tmp_path / "warehouse.duckdb"
    make_file(file)
    spoil_rows(file)
    with (
        pytest.raises(FileDamaged, match="is damaged: IO Error: Corrupt database file"),
        connect(file, read_only=True) as connection,
    ):
        connection.execute("select max(s), sum(i) from marts.t").fetchall()


def test_a_wrong_query_is_not_reported_as_damage(tmp_path: Path) -> None:
    file = tmp_path / "warehouse.duckdb"
    with pytest.raises(duckdb.CatalogException), connect(file) as connection:
        connection.execute("from blocks_of_checksums")


def test_an_unreachable_file_is_not_reported_as_damaged(tmp_path: Path) -> None:
    with pytest.raises(FileUnusable, match="Is a directory: check the path") as caught, connect(tmp_path):
        pass
    assert not isinstance(caught.value, FileDamaged)


COMMANDS = {"status": ["status"], "reparse": ["reparse", "binance"], "run": ["run", "--source", "sample"]}


@pytest.mark.parametrize("command", COMMANDS)
def test_commands_name_a_damaged_working_file(home: Path, command: str) -> None:
    SPOILED["a header with a wrong checksum"](home / "warehouse.duckdb")
    ended = warehouse(home, *COMMANDS[command])
    assert_one_sentence(ended, "the working file", "is damaged", "Restore it from a copy, or move it away")


READERS = {
    "sql": ["sql", "select max(s), sum(i) from t"],
    "sql --as-of": ["sql", "--as-of", "2025-05-09", "from t"],
    "brief": ["brief"],
    "claims": ["claims"],
    "check": ["check", "--published"],
    "run": ["run", "--source", "sample"],
}


@pytest.mark.parametrize("command", READERS)
def test_commands_name_a_damaged_published_file(home: Path, command: str) -> None:
    file = (home / "published" / "crypto_market.duckdb").resolve()
    SPOILED["cut short"](file)
    ended = warehouse(home, *READERS[command])
    assert_one_sentence(ended, f"the published file {file} is damaged", f"Move the folder {file.parent} away")
    # The way out that it names.
    file.parent.rename(home / "damaged")
    assert "nothing is published" in warehouse(home, "sql", "select 1").stderr


def test_a_query_on_damaged_rows_names_the_file(home: Path) -> None:
    file = (home / "published" / "crypto_market.duckdb").resolve()
    spoil_rows(file)
    assert_one_sentence(warehouse(home, "sql", "select max(s) from t"), f"the published file {file} is damaged")


def test_a_damaged_manifest_is_named(home: Path) -> None:
    manifest = (home / "published" / "manifest.json").resolve()
    manifest.write_text("{")
    ended = warehouse(home, "status")
    assert ended.returncode == 2
    assert f"Move the folder {manifest.parent} away" in ended.stderr
    assert "Traceback" not in ended.stderr


RECORDS_FILES = ("history/runs.db", "history/runs/index.db", "schedules/schedules.db")


@pytest.mark.parametrize("name", RECORDS_FILES)
def test_damaged_records_of_dagster_are_named_and_can_be_moved_away(home: Path, name: str) -> None:
    dagster_instance(Settings.load({"WAREHOUSE_HOME": str(home)})).dispose()
    SPOILED["no DuckDB file"](home / "dagster" / name)
    ended = warehouse(home, "run", "--source", "sample")
    assert ended.returncode == 2
    *_, sentence = ended.stderr.splitlines()
    assert sentence.startswith("warehouse: Dagster's records (the folder `dagster` of the home")
    assert "file is not a database: move that folder away" in sentence


@pytest.mark.parametrize(
    ("uri", "before", "advice"),
    [
        ("", "pragma max_page_count = 2", "database or disk is full: free some space on that disk"),
        ("?mode=ro", "", "attempt to write a readonly database: make it writable for this user"),
    ],
    ids=["full", "read-only"],
)
def test_records_that_can_t_be_written_are_a_sentence(tmp_path: Path, uri: str, before: str, advice: str) -> None:
    file = tmp_path / "runs.db"
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("create table runs (body)")
    with closing(sqlite3.connect(f"file:{file}{uri}", uri=True)) as connection:
        connection.execute(before)
        with pytest.raises(sqlite3.Error) as caught:
            connection.execute("insert into runs values (zeroblob(100000))")
    assert advice in str(known_problem(caught.value))


def test_a_wrong_statement_is_no_problem_of_the_records(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "runs.db")) as connection, pytest.raises(sqlite3.Error) as caught:
        connection.execute("select * from nothing")
    assert known_problem(caught.value) is None


@pytest.mark.parametrize("written", [b"", b"sam", b"\xff\0"], ids=["empty", "cut", "no text"])
def test_a_home_whose_origin_is_lost_is_not_filled_from_elsewhere(home: Path, written: bytes) -> None:
    """Taken for live, it would get live figures beside those of the sample."""
    file = home / "origin"
    file.write_bytes(written)
    advice = f"write sample, sample-full or live into it; the manifest in {home / 'published'} names it"
    for command in (["status"], ["run"], ["run", "--source", "live"], ["collect"]):
        assert_one_sentence(warehouse(home, *command), f"{file} holds ", advice)
    assert file.read_bytes() == written


def test_the_origin_is_written_as_a_whole_or_not_at_all(tmp_path: Path) -> None:
    file = tmp_path / "origin"
    write_whole(file, "sample\n")
    with pytest.raises(UnicodeEncodeError):
        write_whole(file, "live \ud800")
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("origin", "sample\n")]


def test_a_home_that_can_t_be_made_is_one_sentence(tmp_path: Path) -> None:
    taken = tmp_path / "taken"
    taken.write_text("no folder")
    for command in (["run", "--only", "coinbase"], ["reparse", "binance"], ["ui"], ["collect"]):
        assert_one_sentence(warehouse(taken / "data", *command), str(taken), "check the path, and WAREHOUSE_HOME")


def test_a_full_disk_is_one_sentence(home: Path) -> None:
    """A limit on the size of files simulates it:"""
    (home / "warehouse.duckdb").unlink()
    assert_one_sentence(warehouse(home, "run", "--only", "coinbase", limit=0), "File too large: this process may not")
