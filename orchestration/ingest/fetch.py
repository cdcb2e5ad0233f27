"""Fetching the pages of one dataset: every response is stored before it is judged.

What is on disk already is not requested again: a file with the promised digest, and what an unfinished run stored
(`orchestration.ingest.resume`). Not here: which requests there are (`orchestration.ingest.extract`).
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
    """The responses to one series of requests, page by page, up to the first problem.

    `absent_count`: requests for what does not exist (404). `reused_count`: responses that an unfinished run had stored.
    """

    stored: list[StoredResponse] = field(default_factory=list)
    has_good_response: bool = False
    absent_count: int = 0
    reused_count: int = 0
    notes: list[str] = field(default_factory=list)
    problem: str | None = None
    was_sent: bool = True
    """False: not sent, because the address had failed before."""
    rejected_ids: list[str] = field(default_factory=list)
    """Ids of the responses that were rejected; the problem or a note gives the reason."""
    last_path: str = ""
    incomplete_ids: list[str] = field(default_factory=list)
    """Ids of the pages before one that failed, where rows are summed: without its rows a sum would be too small."""


@dataclass(frozen=True)
class Fetcher:
    """How one dataset is fetched in one run; threads share it."""

    dataset: Dataset
    settings: Settings
    client: HttpClient
    landing: Landing
    progress: FetchProgress
    now: datetime
    """The run's instant: `observed_at` of all it fetches."""
    defects: Defects
    unfinished_run: UnfinishedRun | None = None
    closed_addresses: set[int] = field(default_factory=set)
    """Addresses that refused this run, see `orchestration.ingest.fallback`."""

    def fetch(self, requests: Sequence[Request]) -> FetchResult:
        """Every page of the `requests` of one subject.

        The first failure without a fallback ends it; what was stored before is kept. A failure of our own code on a
        response ends this subject alone, too.
        """
        result, addresses = FetchResult(), Addresses(self.dataset, self.closed_addresses)
        try:
            for planned in requests:
                self._fetch_pages(addresses.open(planned), result, addresses)
            result.notes = addresses.notes()
        except (SourceRejected, SourceUnavailable) as problem:
            result.problem = str(problem)
            result.was_sent = not isinstance(problem, NotSent)
        except Exception as error:
            if ends_the_run(error):
                raise
            subject = requests[0].subject if requests else "ALL"
            doing = f"{self.dataset.provider.name} {self.dataset.name} for {subject}: parsing the response"
            result.problem = self.defects.sentence(error, doing)
        if result.problem and self.dataset.summed_columns:
            result.incomplete_ids = [
                stored.response_id
                for stored in result.stored
                if stored.request.path == result.last_path and stored.response_id not in result.rejected_ids
            ]
        return result

    def _fetch_pages(self, first: Request, result: FetchResult, addresses: Addresses) -> None:
        """Fetch a page, and the pages that its response leads to."""
        sent: set[str] = set()
        request: Request | None = first
        while request is not None:
            if request.as_sent in sent:
                raise SourceRejected(
                    f"{self.dataset.provider.name} {request.path} for {request.subject}: the cursor did not advance, "
                    "so the remaining pages were not requested; run again later"
                )
            sent.add(request.as_sent)
            result.last_path = request.path
            stored = self._stored_before(request, result)
            following = self._reuse(request, stored, result) if stored else self._request(request, result, addresses)
            self.progress.expect_next(request, following)
            request = following

    def _stored_before(self, request: Request, result: FetchResult) -> StoredResponse | None:
        newest = self.landing.newest(self.dataset, request.path) if request.sha256 else None
        if newest and newest.sha256 == request.sha256 and not newest.damage:
            # This very file is stored already: it is read again, and not requested again.
            return newest
        known = self.unfinished_run.response_to(request) if self.unfinished_run else None
        result.reused_count += known is not None
        return known

    def _reuse(self, request: Request, stored: StoredResponse, result: FetchResult) -> Request | None:
        result.stored.append(stored)
        self.progress.received(was_requested=False)
        if stored.status == 404:
            result.absent_count += 1
            return None
        result.has_good_response = True
        # The next page may depend on parts of the request that are not kept on disk.
        return self.dataset.next_page(replace(stored.response, request=request))

    def _request(self, request: Request, result: FetchResult, addresses: Addresses) -> Request | None:
        """Send the request, store the response, judge it, and return the request that follows from it."""
        response = self.client.request(self.dataset.provider, request)
        stored = self.landing.store(
            self.dataset,
            request,
            response.url,
            response.status,
            response.body,
            # If the clock was set back meanwhile, a window that is closed would look open.
            max(self.now, self.settings.now()),
            self.now,
        )
        result.stored.append(stored)
        self.progress.received()
        if response.status == 404 and request.may_be_absent:
            result.absent_count += 1
            return None
        try:
            if response.problem:
                raise response.problem
            received = stored.with_body(response.body, request)
            self.dataset.verify(received)
            following = self.dataset.next_page(received)
        except (SourceRejected, SourceUnavailable) as problem:
            result.rejected_ids.append(stored.response_id)
            return addresses.after(request, problem, response.status)
        except Exception:
            result.rejected_ids.append(stored.response_id)
            raise
        result.stored[-1] = replace(stored, was_verified=True)
        result.has_good_response = True
        return following
