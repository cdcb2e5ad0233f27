"""The result of extracting one dataset: its stored responses, its outcome, and what went wrong."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from orchestration.ingest.fetch import FetchResult
from orchestration.ingest.landing import StoredResponse
from orchestration.redaction import strike_out
from orchestration.sources.shared.contract import Dataset

NOT_IN_SAMPLE = "not part of the bundled sample"
BACKFILLS_ONLY = "requested in backfills only: give --start"
NOT_COLLECTED = "nothing was collected: `warehouse collect` listens to it"
NO_KEY = "no key"
"""Begins the reason of a dataset whose key is not set; the variable follows."""
IN_THE_FUTURE = "the window lies in the future"
OPT_IN_ONLY = "requested only after opting in, see .env.example"
EXPECTED_SKIPS = frozenset({NOT_IN_SAMPLE, BACKFILLS_ONLY, NOT_COLLECTED, OPT_IN_ONLY})
"""Reasons to skip a dataset that need no action."""
CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f]+")
Outcome = Literal["complete", "partial", "failed", "skipped"]
COMPLETE: Outcome = "complete"
PARTIAL: Outcome = "partial"


@dataclass(frozen=True)
class Extraction:
    """The responses of one dataset, oldest request first, and the problems on the way."""

    dataset: Dataset
    responses: tuple[StoredResponse, ...]
    problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    """What is reported and no failure: assets that the provider does not list, refusals that a fallback made good."""
    skipped: str | None = None
    has_good_response: bool = True
    unsent_count: int = 0
    """Subjects whose requests were not sent, because the host had failed before."""
    reused_count: int = 0
    """Responses that were not requested, because an unfinished run of the same day had stored them."""
    rejected_ids: frozenset[str] = frozenset()
    """Ids of the responses whose rejection is already in the problems and notes."""
    incomplete_ids: frozenset[str] = frozenset()
    """Ids of the responses that are not loaded before the next run has the pages that belong to them."""

    @property
    def loadable(self) -> list[StoredResponse]:
        return [stored for stored in self.responses if stored.response_id not in self.incomplete_ids]

    @property
    def accepted_ids(self) -> list[str]:
        """Ids of the responses that were accepted before they were parsed."""
        return [stored.response_id for stored in self.responses if stored.response_id not in self.rejected_ids]

    @property
    def outcome(self) -> Outcome:
        if self.skipped:
            return "skipped"
        if self.problems:
            return PARTIAL if self.has_good_response else "failed"
        return COMPLETE

    @property
    def message(self) -> str | None:
        words = self.skipped or "; ".join((*self.problems, *self.notes))
        # A provider's error may hold what a terminal obeys, or ends a line with.
        return CONTROLS.sub(" ", words) or None

    def after_load(
        self, rows_read: int, rejection: str | None, notices: Sequence[str] = (), missing: str | None = None
    ) -> "Extraction":
        """The result once `rows_read` rows were read from the accepted responses.

        `rejection` is about rejected records, `missing` about responses without figures that were due; both are
        sentences, or None. `notices` cost no row.
        """
        found = [rejection] if rejection else []
        if missing and not self.problems:
            found.append(missing)
        return replace(
            self,
            problems=(*self.problems, *found),
            notes=(*self.notes, *notices),
            # What is loaded was received, whatever failed after it.
            has_good_response=rows_read > 0 or (self.has_good_response and not found),
        )


def sum_up(
    dataset: Dataset, results: Sequence[FetchResult], notes: Sequence[str], environment: Mapping[str, str]
) -> Extraction:
    """One extraction of the results of all subjects, without the secrets of the environment."""
    problems = [strike_out(result.problem, environment) for result in results if result.problem]
    has_good_response = any(result.has_good_response for result in results)
    absent = sum(result.absent_count for result in results)
    if absent and not has_good_response and not problems:
        problems = [
            f"{dataset.provider.name} {dataset.name}: returned 404 to all {absent} requests, so nothing that was "
            "requested exists; check the window, and the names in dbt_project/seeds"
        ]
    return Extraction(
        dataset,
        tuple(stored for result in results for stored in result.stored),
        tuple(dict.fromkeys(problems)),
        (*notes, *(strike_out(note, environment) for result in results for note in result.notes)),
        has_good_response=has_good_response,
        unsent_count=sum(not result.was_sent for result in results),
        reused_count=sum(result.reused_count for result in results),
        rejected_ids=frozenset(response_id for result in results for response_id in result.rejected_ids),
        incomplete_ids=frozenset(response_id for result in results for response_id in result.incomplete_ids),
    )
