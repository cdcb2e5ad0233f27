"""The report on a draft: verdicts of the current release that hold for it too, and the others by Great Expectations."""

from datetime import datetime
from pathlib import Path

from data_checks import verdicts
from data_checks.changes import Known
from data_checks.results import Report
from data_checks.suites.catalogue import ALL_CHECKS
from data_checks.verdicts import Before
from orchestration.build.changed_days import Basis
from orchestration.build.state import MartsState, Note
from orchestration.release.checker import checker
from orchestration.release.publish import current


def judge(draft: Path, published: Path, now: datetime) -> Report:
    """The report on `draft`, a closed file, and beside it the verdicts, which are published with it.

    Raises CheckerFailed when the checks could not be run.
    """
    state = MartsState.load(draft.parent)
    tables = known_tables(state)
    previous = published / draft.name
    earlier = previous.resolve() if previous.exists() else None
    before = _before(earlier, published, state) if earlier else None
    held = verdicts.holding(draft, now, before, ALL_CHECKS, tables) if before else {}
    rest = [check.name for check in ALL_CHECKS if check.name not in held]
    judged = checker().validate(draft, now, previous=earlier, checks=rest).results if rest else []
    results = held | {result.name: result for result in judged}
    kept = {check.name: verdicts.verdict(check, results[check.name], tables) for check in ALL_CHECKS}
    verdicts.save(draft.parent, {name: verdict for name, verdict in kept.items() if verdict is not None})
    return Report(draft, verdicts.naive(now), [results[check.name] for check in ALL_CHECKS])


def _before(file: Path, published: Path, draft: MartsState | None) -> Before | None:
    """The release in `file` with its verdicts; None where it has none. Digests of another build are of another hash."""
    known, release = verdicts.load(file.parent), current(published)
    if not known or release is None:
        return None
    state = MartsState.load(file.parent)
    is_same_build = draft is not None and state is not None and draft.build == state.build
    return Before(
        file, datetime.fromisoformat(release.published_at), known, known_tables(state) if is_same_build else {}
    )


def known_tables(state: MartsState | None) -> dict[str, Known]:
    """What the build knows of the marts, by the names of the tables."""
    return {node.rpartition(".")[2]: _of_note(note) for node, note in state.tables.items()} if state else {}


def _of_note(note: Note) -> Known:
    basis = Basis.of(note.basis)
    return Known(note.rows, basis.day, basis.rows) if basis else Known(note.rows)
