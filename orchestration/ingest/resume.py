"""Resuming an interrupted run: what it stored is read from disk, not requested again.

A run writes a note into its home (`Settings.unfinished`: the instant that was its "now") and deletes it when it ends,
whether it published or was blocked. A note that still exists belongs to a run that was killed or crashed. The next run

* of the same UTC hour works at the same instant: no window closes within an hour, so every request is the same, and
  every stored response is reused;
* of the same UTC day works at its own instant, and only responses about the very same closed window are reused: a
  window that was still open ends later now, and it, or a page that shows "now", has to be requested again;
* of a later day requests everything: providers restate.

A dataset that was fetched in part, in a run that otherwise ended, resumes in the same way by itself.
"""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path

from orchestration.ingest.landing import Landing, StoredResponse
from orchestration.settings import Settings
from orchestration.sources.shared.contract import Dataset, Request, Window

RequestIdentity = tuple[str, Window | None, str]


@dataclass(frozen=True)
class UnfinishedRun:
    """The responses of `dataset` stored since `since`, an instant of the day of `now`.

    `at_same_instant`: the requests are those of a run at the same "now", and any of its responses is reused.
    """

    dataset: Dataset
    folder: Path
    since: datetime
    at_same_instant: bool
    rejected_ids: frozenset[str] = frozenset()
    """Ids of responses with rejected records: requested again, because the provider may have corrected them."""

    def response_to(self, request: Request) -> StoredResponse | None:
        """The newest good stored response to exactly this request; None when it has to be requested."""
        stored = self._stored.get(_identity(request))
        if stored is None or stored.response_id in self.rejected_ids:
            return None
        if not (self.at_same_instant or _was_closed(stored)):
            return None
        if stored.status == 404:
            return stored if request.may_be_absent and self.at_same_instant else None
        try:
            self.dataset.verify(stored.response)
            if self._is_empty(stored):
                return None
        except Exception:
            # Rejected, damaged, or a failure of our own code: another response may be better.
            return None
        return stored

    def _is_empty(self, stored: StoredResponse) -> bool:
        """Whether it has no figures where they may be due: the provider may report them by now."""
        read = self.dataset.read
        if self.dataset.empty_is_normal:
            return False
        return not read(stored.response).rows if callable(read) else stored.response.body.strip() == b"[]"

    @cached_property
    def _stored(self) -> dict[RequestIdentity, StoredResponse]:
        found = Landing(self.folder).of_day(self.dataset.provider.name, self.dataset.name, self.since.date())
        return {
            _identity(stored.request): stored
            for stored in found
            if stored.status in (200, 404) and stored.observed_at >= self.since
        }


def resume_from(settings: Settings, clock: datetime) -> tuple[datetime, datetime | None]:
    """The instant at which a run that starts at `clock` works, and the "now" of the run it resumes (None: none).

    A "now" that the user fixed in the settings is kept.
    """
    # Instants in figures and marts have whole seconds.
    clock = clock.replace(microsecond=0)
    try:
        since = datetime.fromisoformat(settings.unfinished.read_text().strip())
    except (FileNotFoundError, ValueError):
        return clock, None
    if since.tzinfo is None or since.date() != clock.date() or since > clock:
        return clock, None
    is_same_hour = since.hour == clock.hour and settings.fixed_now is None
    return (since if is_same_hour else clock), since


def _was_closed(stored: StoredResponse) -> bool:
    window = stored.request.window
    return window is not None and window.end <= stored.observed_at


def _identity(request: Request) -> RequestIdentity:
    """The window is part of it: where a request does not name its end, the same words cover less an hour earlier."""
    return request.subject, request.window, request.as_sent
