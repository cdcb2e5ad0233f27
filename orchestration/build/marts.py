"""From the working file to a release draft: what hangs on changed inputs is built again, or everything by dbt.

The marts are built into `Settings.release_draft`, a private file attached as `release`. Runs play a recording of the
project (`recording.py`, `replay.py`), beginning with a copy of the current release; of a new or changed project dbt
compiles one first (`compiling.py`). dbt itself builds, inside this process and from nothing, what is selected, a full
refresh, and what can't be recorded.
"""

import json
import shutil
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from orchestration.build.compiling import recording_of
from orchestration.build.invocation import invoke
from orchestration.build.node_result import NodeResult
from orchestration.build.parsing import parsed_project, project_folder
from orchestration.build.recording import raw_tables
from orchestration.build.replay import Player, drop_other_kinds, relations
from orchestration.build.state import STATE_NAME, MartsState, forget, remember, stored_notes
from orchestration.live_display import Line, line
from orchestration.raw.working_file import connect
from orchestration.settings import Settings

if TYPE_CHECKING:
    from dbt_common.events.base_types import EventMsg

__all__ = ["NodeResult", "build"]

FINISHED = frozenset({"LogModelResult", "LogSeedResult", "LogTestResult"})
"""dbt's events about a node that is done. Each has the number of all nodes, under one of two names."""

MEMORY = "400MB"
"""How much a build by change holds of the files and of its rows; what needs more gets it, see `Player`."""
LARGE = 500_000_000
"""Bytes of a release from which on several threads build on it by change. Below, the rows of a new day are too few to
share: while another thread has the last of them, DuckDB's client asks for the result without a pause."""
CHECKPOINT_AFTER = "4MB"
"""How much a build writes before it moves to the files: until then new rows and keys are held in memory."""
TRIES = 3
"""How often a build from a lake begins, where PostgreSQL or S3 went away in its middle."""
AWAY = (
    "Unable to connect to Postgres",
    "server closed the connection",
    "terminating connection",
    "HTTP 503",
    "HTTP GET",
)
"""What DuckDB's messages about that contain."""


def build(
    settings: Settings,
    now: datetime,
    select: Sequence[str] = (),
    report: Callable[[str], None] | None = None,
    full_refresh: bool = False,
    warn: Callable[[str], None] = lambda sentence: None,
) -> list[NodeResult]:
    """Seeds, models and tests, in dependency order, into the draft. Results in the order in which they were made.

    `select` (dbt's words) and `full_refresh` have dbt build into a draft made from nothing. `report` receives a
    sentence after each quarter, `warn` one where a Spark cluster failed and DuckDB builds instead.
    """
    if settings.lake:
        return _built_from_lake(settings, now, select, report, warn)
    with line("build") as shown:
        progress = Progress(report, shown) if report else None
        if not select and not full_refresh:
            results = _played(settings, now, project_folder(), progress)
            if results is not None:
                return results
        _remove_draft(settings)
        return _built_by_dbt(settings, now, select, progress)


def _built_from_lake(
    settings: Settings,
    now: datetime,
    select: Sequence[str],
    report: Callable[[str], None] | None,
    warn: Callable[[str], None],
) -> list[NodeResult]:
    """By dbt alone, from one snapshot into private files; again where a server was away."""
    settings.release_draft.parent.mkdir(parents=True, exist_ok=True)
    _note_snapshot(settings)
    for _ in range(TRIES):
        _remove_draft(settings)
        for leftover in (settings.build_file, settings.build_file.with_name(settings.build_file.name + ".wal")):
            leftover.unlink(missing_ok=True)
        with line("build") as shown, _on_spark(settings, warn):
            results = _built_by_dbt(settings, now, select, Progress(report, shown) if report else None)
        if not any(_was_away(result) for result in results):
            break
        _wait_for_lake(settings, report)
    return results


@contextmanager
def _on_spark(settings: Settings, warn: Callable[[str], None]) -> Iterator[None]:
    """Around a build that may hand models over to a Spark cluster. Raises ClusterUnusable where none could be used."""
    master = settings.environment.get("WAREHOUSE_SPARK", "").strip()
    if not master:
        yield
        return
    from orchestration.lake.spark.cluster import check
    from orchestration.lake.spark.hand_over import handing_over

    check(master)
    with handing_over(warn):
        yield


def _built_by_dbt(
    settings: Settings, now: datetime, select: Sequence[str], progress: "Progress | None"
) -> list[NodeResult]:
    # What dbt writes stands in the project, which homes share: a manifest would be of whichever run came last.
    # Unit tests bring rows of their own: they prove the SQL when the code is tested, whatever is stored here.
    arguments = ["build", "--exclude-resource-type", "unit_test", "--no-write-json"]
    arguments += ["--target", "lake"] if settings.lake else []
    arguments += ["--vars", json.dumps({"now": f"{now:%Y-%m-%d %H:%M:%S}"})]
    return _invoke(
        settings,
        [*arguments, *(["--select", *select] if select else [])],
        progress,
        None if select or settings.lake else now,
    )


def _was_away(result: NodeResult) -> bool:
    """Whether a node failed because a server of the lake did not respond."""
    return result.is_failure and any(words in (result.message or "") for words in AWAY)


def _wait_for_lake(settings: Settings, report: Callable[[str], None] | None) -> None:
    """Until it can be opened. Raises FileUnusable where that takes too long."""
    if report:
        report(f"build: {settings.working_file} was away; building again")
    with connect(settings.working_file):
        pass


def _note_snapshot(settings: Settings) -> None:
    """Note the lake's newest snapshot: the whole build reads that one, and the release names it."""
    if settings.lake is None:
        return
    from orchestration.lake.attach import newest_snapshot

    with connect(settings.lake) as connection:
        _snapshot_note(settings).write_text(f"{newest_snapshot(connection)}\n")


def snapshot_of_build(settings: Settings) -> int | None:
    """The snapshot of the lake from which the draft is built; None where the home has its own file."""
    note = _snapshot_note(settings)
    return int(note.read_text()) if settings.lake and note.exists() else None


def _snapshot_note(settings: Settings) -> Path:
    return settings.build_file.with_name("lake_snapshot")


def _invoke(
    settings: Settings,
    arguments: Sequence[str],
    progress: "Progress | None" = None,
    built_at: datetime | None = None,
) -> list[NodeResult]:
    """Run dbt; the results of a whole build, as of `built_at`, are noted where every model succeeded."""
    on_event = progress.receive if progress else None
    folder = project_folder()
    outcome = invoke(arguments, _variables(settings), parsed_project(), on_event)
    results = [
        NodeResult(result.node.unique_id, str(result.status), result.message, result.execution_time, result.failures)
        for result in getattr(outcome.result, "results", [])
    ]
    if built_at and not any(result.status in {"error", "runtime error", "skipped"} for result in results):
        with _files(settings) as connection:
            if recording := recording_of(folder, raw_tables(connection)):
                player = Player(connection, recording, _build_key(folder), built_at, {})
                player.adopt({result.unique_id: result for result in results})
                _remember(connection, settings, player)
    return results


def _played(
    settings: Settings,
    now: datetime,
    folder: Path,
    progress: "Progress | None",
) -> list[NodeResult] | None:
    """The results of playing the recording of this project; None where it can't be recorded."""
    key = _build_key(folder)
    _remove_draft(settings)
    release = (settings.published / "current").resolve()
    state = MartsState.load(release)
    earlier = state.tables if state is not None and state.build == key else {}
    if earlier:
        shutil.copyfile(release / settings.release_draft.name, settings.release_draft)
    is_small = earlier and settings.release_draft.stat().st_size < LARGE
    with _files(settings, threads="1" if is_small else "") as connection:
        if (recording := recording_of(folder, raw_tables(connection))) is None:
            return None
        present = relations(connection)
        drop_other_kinds(connection, recording, present)
        notes = {**stored_notes(connection), **earlier}
        there = {node.unique_id for node in recording.nodes if node.kind == "test" or node.relation in present}
        known = {name: notes[name] for name in notes.keys() & there}
        player = Player(connection, recording, key, now, known, MEMORY if earlier else "")
        results = player.play(progress.show if progress else None)
        if progress:
            progress.finish(sum(result.is_new for result in results), len(results))
        if not earlier and not any(result.is_failure for result in results):
            connection.execute(recording.at_the_end)
        _remember(connection, settings, player)
    return results


def _remember(connection: duckdb.DuckDBPyConnection, settings: Settings, player: Player) -> None:
    """Keep the notes on what was made: of marts beside the draft, of all else in the working file."""
    marts = {node.unique_id for node in player.recording.nodes if node.is_mart}
    stored = stored_notes(connection)
    others = {node: note for node, note in player.notes.items() if node not in marts and stored.get(node) != note}
    connection.execute("use warehouse")
    connection.execute("begin")
    forget(connection, [*others, *(stored.keys() - player.notes.keys())])
    remember(connection, others)
    connection.execute("commit")
    player.note_raw_rows()
    MartsState(player.build, {name: note for name, note in player.notes.items() if name in marts}).save(
        settings.release_draft.parent
    )


@contextmanager
def _files(settings: Settings, threads: str = "") -> Iterator[duckdb.DuckDBPyConnection]:
    """The working file, with the draft as `release` and the schemas of both. `threads` is how many DuckDB takes unless
    the environment says so; by default one per processor."""
    with connect(settings.working_file) as connection:
        connection.execute(f"attach '{str(settings.release_draft).replace(chr(39), 2 * chr(39))}' as release")
        for schema in ("staging", "intermediate", "seeds", "release.marts"):
            connection.execute(f"create schema if not exists {schema}")
        connection.execute(f"set checkpoint_threshold = '{CHECKPOINT_AFTER}'")
        if threads := settings.environment.get("DUCKDB_THREADS") or threads:
            connection.execute(f"set threads = {int(threads)}")
        yield connection


def _build_key(folder: Path) -> str:
    """The project, and the DuckDB whose `hash` the digests are made with."""
    return f"{folder.name} duckdb {duckdb.__version__}"


def _remove_draft(settings: Settings) -> None:
    draft = settings.release_draft
    draft.parent.mkdir(parents=True, exist_ok=True)
    for leftover in (draft, draft.with_name(draft.name + ".wal"), draft.with_name(STATE_NAME)):
        leftover.unlink(missing_ok=True)


class Progress:
    """How far a build is: a live line, or a sentence after each quarter of its models, seeds and tests."""

    def __init__(self, report: Callable[[str], None], shown: Line) -> None:
        self._report, self._shown = report, shown
        self._lock = threading.Lock()
        self._done_count = self._quarters_reported = 0

    def receive(self, event: "EventMsg") -> None:
        """dbt calls this for every event; one of a finished node knows how many there are."""
        if event.info.name not in FINISHED:
            return
        total = getattr(event.data, "total", 0) or getattr(event.data, "num_models", 0)
        with self._lock:
            self._done_count += 1
            done = self._done_count
            self.count(done, total)

    def show(self, done: int, total: int) -> None:
        """`done` of `total` nodes are done; only the live line shows it."""
        self._shown.update(done, total or None, "models, seeds and tests")

    def finish(self, made_count: int, total: int) -> None:
        """All nodes are done, and `made_count` of them had to be made again."""
        self._report(f"build: {made_count} of {total} models, seeds and tests had new inputs")

    def count(self, done: int, total: int) -> None:
        """`done` of `total` nodes are done."""
        self.show(done, total)
        quarters = 4 * done // total if total else 0
        is_news = quarters > self._quarters_reported
        self._quarters_reported = max(self._quarters_reported, quarters)
        if is_news and not self._shown.is_shown:
            self._report(f"build: {done} of {total} models, seeds and tests")


def _variables(settings: Settings) -> dict[str, str]:
    """What `profiles.yml`, the target `lake` and dbt read."""
    snapshot = snapshot_of_build(settings)
    return ({} if snapshot is None else {"WAREHOUSE_LAKE_SNAPSHOT": str(snapshot)}) | {
        "WAREHOUSE_FILE": str(settings.build_file.resolve()),
        "WAREHOUSE_RELEASE_FILE": str(settings.release_draft.resolve()),
        "DBT_LOG_PATH": str((settings.home / "dbt_logs").resolve()),
        "DBT_TARGET_PATH": str((settings.home / "dbt_target").resolve()),
    }
