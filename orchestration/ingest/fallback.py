"""Another address in the place of one that refused: the same figures, asked for once and no further.

A question's addresses are the planned request, then its stand-in, then that one's. A host that turns one of them away
(403, 451, a bot check) does so for every subject: in this run nobody is sent there again. Not here: what counts as a
refusal of the whole body (`Dataset.verify`), and how often an address is tried (`orchestration.ingest.http`).
"""

from dataclasses import dataclass, field

from orchestration.sources.shared.contract import BotChallenge, Dataset, Request, SourceRejected, SourceUnavailable
from orchestration.sources.shared.provider import BLOCKED

Problem = SourceRejected | SourceUnavailable


@dataclass
class Addresses:
    """Where one question is asked: `place` counts its stand-ins; `closed` are the places that all questions share."""

    dataset: Dataset
    closed: set[int]
    place: int = 0
    refusals: list[str] = field(default_factory=list)
    standing_in: str = ""

    def open(self, planned: Request) -> Request:
        """The first address of a question that is not closed. Raises SourceRejected when all of them are."""
        self.place, request = 0, planned
        while self.place in self.closed:
            if request.fallback is None:
                raise SourceRejected(f"{self.dataset.provider.name} for {request.subject}: not asked after the refusal")
            request, self.place = request.fallback, self.place + 1
        return request

    def after(self, request: Request, problem: Problem, status: int) -> Request:
        """The stand-in of a `request` that was refused. Raises where there is none, with all that was said."""
        turned_away = status in BLOCKED or isinstance(problem, BotChallenge)
        if turned_away and self.dataset.blocked_hint:
            self.closed.add(self.place)
        if request.fallback is None or not (turned_away or isinstance(problem, SourceRejected)):
            advice = [self.dataset.blocked_hint] if turned_away and self.dataset.blocked_hint else []
            raise type(problem)("; ".join([*self.refusals, str(problem), *advice]))
        self.refusals.append(str(problem))
        self.place += 1
        self.standing_in = request.fallback.path
        return request.fallback

    def notes(self) -> list[str]:
        """What was refused on the way to an answer, and which address gave it; nothing, mostly."""
        return [f"{'; '.join(self.refusals)}; {self.standing_in} answered in its place"] if self.refusals else []
