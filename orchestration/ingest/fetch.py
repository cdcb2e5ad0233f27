"""Putting a dataset's questions to its provider: page after page, every answer landed before it is judged.

What is on disk already is not asked for again: a file of the very digest that is promised, and what an unfinished run
landed (`orchestration.ingest.resume`). Not here: which questions there are (`orchestration.ingest.extract`).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from orchestration.defects import Defects, ends_the_run
from orchestration.ingest.fallback import Addresses
from orchestration.ingest.http import HttpClient
from orchestration.ingest.landing import Landing, StoredResponse
from orchestration.ingest.progress import FetchProgress
from orchestration.ingest.resume import UnfinishedRun
from orchestration.settings import Settings
from orchestration.sources.shared.contract import Dataset, NotSent, Request, SourceRejected, SourceUnavailable


@dataclass
class FetchResult:
    """What one question came to, page by page, until a problem ended it. `absent_count`: what does not exist."""

    landed: list[StoredResponse] = field(default_factory=list)
    has_good_answer: bool = False
    absent_count: int = 0
    earlier_count: int = 0
    notes: list[str] = field(default_factory=list)
    problem: str | None = None
    was_sent: bool = True
    """False: an address that failed before was left alone."""
    told: list[str] = field(default_factory=list)
    """Ids of the answers that are not believed, which the problem or a note tells."""


@dataclass(frozen=True)
class Fetcher:
    """How one dataset is asked in one run; threads share it."""

    dataset: Dataset
    settings: Settings
    client: HttpClient
    landing: Landing
    errand: FetchProgress
    now: datetime
    """The run's instant: what it learns, it learns then."""
    defects: Defects
    earlier: UnfinishedRun | None = None
    closed: set[int] = field(default_factory=set)
    """Addresses that turned the run away, see `orchestration.ingest.fallback`."""

    def answer(self, requests: Sequence[Request]) -> FetchResult:
        """Every page of one question. The first failure without a stand-in ends it; what was landed before stays.

        A failure of our own code on what was answered ends this question alone, too.
        """
        answered, addresses = FetchResult(), Addresses(self.dataset, self.closed)
        try:
            for planned in requests:
                self._follow(addresses.open(planned), answered, addresses)
            answered.notes = addresses.notes()
        except (SourceRejected, SourceUnavailable) as problem:
            answered.problem = str(problem)
            answered.was_sent = not isinstance(problem, NotSent)
        except Exception as error:
            if ends_the_run(error):
                raise
            subject = requests[0].subject if requests else "ALL"
            doing = f"{self.dataset.provider.name} {self.dataset.name} for {subject}: reading the answer"
            answered.problem = self.defects.sentence(error, doing)
        return answered

    def _follow(self, first: Request, answered: FetchResult, addresses: Addresses) -> None:
        """Ask, and ask what follows from the answer, until nothing does."""
        asked: set[str] = set()
        request: Request | None = first
        while request is not None:
            if request.as_sent in asked:
                raise SourceRejected(
                    f"{self.dataset.provider.name} {request.path} for {request.subject}: the cursor stands still, the "
                    "pages behind it were not requested; run again later"
                )
            asked.add(request.as_sent)
            landed = self._landed_before(request, answered)
            if landed:
                following = self._after_landed(request, landed, answered)
            else:
                following = self._put(request, answered, addresses)
            self.errand.followed(request, following)
            request = following

    def _landed_before(self, request: Request, answered: FetchResult) -> StoredResponse | None:
        kept = self.landing.newest(self.dataset, request.path) if request.sha256 else None
        if kept and kept.sha256 == request.sha256 and not kept.damage:
            # The very file is here already: it is read again, and not asked for again.
            return kept
        known = self.earlier.answer_to(request) if self.earlier else None
        answered.earlier_count += known is not None
        return known

    def _after_landed(self, request: Request, landed: StoredResponse, answered: FetchResult) -> Request | None:
        answered.landed.append(landed)
        self.errand.answered(was_asked=False)
        if landed.status == 404:
            answered.absent_count += 1
            return None
        answered.has_good_answer = True
        # What is asked next may stand in the request, which is not kept on disk as a whole.
        return self.dataset.next_page(replace(landed.response, request=request))

    def _put(self, request: Request, answered: FetchResult, addresses: Addresses) -> Request | None:
        """Ask the provider, land what it says, judge it, and say what is asked next because of it."""
        answer = self.client.ask(self.dataset.provider, request)
        stored = self.landing.store(
            self.dataset,
            request,
            answer.url,
            answer.status,
            answer.body,
            # A clock that was set back meanwhile would make a window that is closed look open.
            max(self.now, self.settings.now()),
            self.now,
        )
        answered.landed.append(stored)
        self.errand.answered()
        if answer.status == 404 and request.may_be_absent:
            answered.absent_count += 1
            return None
        try:
            if answer.problem:
                raise answer.problem
            response = stored.with_body(answer.body, request)
            self.dataset.verify(response)
            following = self.dataset.next_page(response)
            answered.has_good_answer = True
            return following
        except (SourceRejected, SourceUnavailable) as problem:
            answered.told.append(stored.response_id)
            return addresses.after(request, problem, answer.status)
        except Exception:
            answered.told.append(stored.response_id)
            raise
