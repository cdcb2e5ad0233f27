"""Another address for a request that was refused: the same figures, requested once and no further.

A request's addresses are the planned one, then its fallback, then the fallback of that. A host that blocks one of them
(403, 451, a bot check) blocks it for every subject, so nothing is sent there again in this run. Not here: what counts
as a refusal of the whole body (`Dataset.verify`), and how often an address is tried (`orchestration.ingest.http`).
"""

from dataclasses import dataclass, field

from orchestration.sources.shared.contract import BotChallenge, Dataset, Request, SourceRejected, SourceUnavailable
from orchestration.sources.shared.provider import BLOCKED

Problem = SourceRejected | SourceUnavailable


@dataclass
class Addresses:
    """The address in use for one series of requests: `position` counts fallbacks.

    `closed` holds the positions that block this run; all subjects share it.
    """

    dataset: Dataset
    closed: set[int]
    position: int = 0
    refusals: list[str] = field(default_factory=list)
    used_fallback: str = ""

    def open(self, planned: Request) -> Request:
        """The first address that is not closed. Raises SourceRejected when all of them are."""
        self.position, request = 0, planned
        while self.position in self.closed:
            if request.fallback is None:
                raise SourceRejected(
                    f"{self.dataset.provider.name} for {request.subject}: not requested after the refusal"
                )
            request, self.position = request.fallback, self.position + 1
        return request

    def after(self, request: Request, problem: Problem, status: int) -> Request:
        """The fallback of a refused `request`. Raises the problem with all earlier refusals where there is none."""
        is_blocked = status in BLOCKED or isinstance(problem, BotChallenge)
        if is_blocked and self.dataset.blocked_hint:
            self.closed.add(self.position)
        if request.fallback is None or not (is_blocked or isinstance(problem, SourceRejected)):
            advice = [self.dataset.blocked_hint] if is_blocked and self.dataset.blocked_hint else []
            raise type(problem)("; ".join([*self.refusals, str(problem), *advice]))
        self.refusals.append(str(problem))
        self.position += 1
        self.used_fallback = request.fallback.path
        return request.fallback

    def notes(self) -> list[str]:
        """The refusals before a fallback succeeded, and which one it was; usually none."""
        return [f"{'; '.join(self.refusals)}; used {self.used_fallback} instead"] if self.refusals else []
