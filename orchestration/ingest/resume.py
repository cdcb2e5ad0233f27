"""Taking up a run that did not come through: what it landed is read from disk, not asked again.

A run leaves a note in its home (`Settings.unfinished`: the instant that was its "now") and takes it away when it came
to its end, well or badly judged. A note that is still there belongs to a run that was killed or broke. The next run

* of the same UTC hour works at the same instant: no window closes within an hour, so every question is the same, and
  whatever was answered is answered;
* of the same UTC day works at its own instant, and only what was landed about the very same closed window is reused: a
  window that was still open ends later now, and it, or a page that shows "now", has to be asked again;
* of a later day asks for everything: providers restate.

A dataset that was answered in part, in a run that otherwise came through, is taken up in the same way by itself.
"""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path

from orchestration.ingest.landing import Landing, StoredResponse
from orchestration.settings import Settings
from orchestration.sources.shared.contract import Dataset, Request, Window

Question = tuple[str, Window | None, str]


@dataclass(frozen=True)
class UnfinishedRun:
    """The answers to `dataset` landed since `since`, an instant of the day of `now`.

    `at_same_instant`: the questions are those of a run at the same "now", and any answer of it serves.
    """

    dataset: Dataset
    folder: Path
    since: datetime
    at_same_instant: bool
    unfit: frozenset[str] = frozenset()
    """Ids of answers of which records were refused: asked again, for the provider may have mended them."""

    def answer_to(self, request: Request) -> StoredResponse | None:
        """A good landed answer to exactly this question, the newest; None when it has to be asked."""
        landed = self._landed.get(_question(request))
        if landed is None or landed.response_id in self.unfit:
            return None
        if not (self.at_same_instant or _was_closed(landed)):
            return None
        if landed.status == 404:
            return landed if request.may_be_absent and self.at_same_instant else None
        try:
            self.dataset.verify(landed.response)
            if self._is_empty(landed):
                return None
        except Exception:
            # Refused, damaged, or more than our own code can read: whatever it is, another answer may be better.
            return None
        return landed

    def _is_empty(self, landed: StoredResponse) -> bool:
        """Whether it has no figures where they may be due: the provider may have them by now."""
        read = self.dataset.read
        if self.dataset.empty_is_normal:
            return False
        return not read(landed.response).rows if callable(read) else landed.response.body.strip() == b"[]"

    @cached_property
    def _landed(self) -> dict[Question, StoredResponse]:
        found = Landing(self.folder).of_day(self.dataset.provider.name, self.dataset.name, self.since.date())
        return {
            _question(landed.request): landed
            for landed in found
            if landed.status in (200, 404) and landed.observed_at >= self.since
        }


def take_up(settings: Settings, clock: datetime) -> tuple[datetime, datetime | None]:
    """The instant a run that starts at `clock` works at, and the "now" of the run it takes up (None: of none).

    A "now" that the settings fix is the user's word, and stays.
    """
    # Instants of figures and of the marts have whole seconds.
    clock = clock.replace(microsecond=0)
    try:
        since = datetime.fromisoformat(settings.unfinished.read_text().strip())
    except (FileNotFoundError, ValueError):
        return clock, None
    if since.date() != clock.date() or since > clock:
        return clock, None
    is_same_hour = since.hour == clock.hour and settings.fixed_now is None
    return (since if is_same_hour else clock), since


def _was_closed(landed: StoredResponse) -> bool:
    window = landed.request.window
    return window is not None and window.end <= landed.observed_at


def _question(request: Request) -> Question:
    """The window belongs to it: where a provider isn't told its end, the same words ask for less an hour earlier."""
    return request.subject, request.window, request.as_sent
