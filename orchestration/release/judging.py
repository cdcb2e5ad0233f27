"""The report on a draft: verdicts of the current release that hold for it too, and the others by Great Expectations."""

from datetime import datetime
from pathlib import Path

from data_checks import verdicts
from data_checks.results import Report
from data_checks.suites.catalogue import ALL_CHECKS
from orchestration.build.state import MartsState
from orchestration.release.checker import checker


def judge(draft: Path, published: Path, now: datetime) -> Report:
    """The report on `draft`, a closed file, and beside it the verdicts, which are published with it.

    Raises CheckerFailed when the checks could not be run.
    """
    state = MartsState.load(draft.parent)
    digests = {node.rpartition(".")[2]: note.rows for node, note in state.tables.items()} if state else {}
    previous = published / draft.name
    earlier = previous.resolve() if previous.exists() else None
    known = verdicts.load(earlier.parent) if earlier else {}
    held = verdicts.holding(draft, now, earlier, ALL_CHECKS, known, digests) if known else {}
    rest = [check.name for check in ALL_CHECKS if check.name not in held]
    judged = checker().validate(draft, now, previous=earlier, checks=rest).results if rest else []
    results = held | {result.name: result for result in judged}
    kept = {check.name: verdicts.verdict(check, results[check.name], digests) for check in ALL_CHECKS}
    verdicts.save(draft.parent, {name: verdict for name, verdict in kept.items() if verdict is not None})
    return Report(draft, verdicts.naive(now), [results[check.name] for check in ALL_CHECKS])
