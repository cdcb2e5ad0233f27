"""Counting over a whole session what was tried, and how it went."""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Literal

Verdict = Literal["right", "wrong", "not applicable"]


@dataclass(frozen=True)
class Tried:
    """One fault on one dataset. `why`: what is wrong, or why nothing can be judged."""

    provider: str
    dataset: str
    fault: str
    verdict: Verdict
    why: tuple[str, ...] = ()


@dataclass
class Tally:
    tried: list[Tried] = field(default_factory=list)

    def lines(self) -> Iterator[str]:
        """A table by provider, and what went wrong."""
        by_provider = {name: Counter[str]() for name in sorted({one.provider for one in self.tried})}
        for one in self.tried:
            by_provider[one.provider][one.verdict] += 1
        yield f"{'provider':17}{'tried':>6}{'right':>7}{'wrong':>7}{'not applicable':>16}"
        for name, counts in [*by_provider.items(), ("all", sum(by_provider.values(), Counter()))]:
            yield (
                f"{name:17}{counts['right'] + counts['wrong']:>6}{counts['right']:>7}{counts['wrong']:>7}"
                f"{counts['not applicable']:>16}"
            )
        for one in self.tried:
            if one.verdict == "wrong":
                yield f"{one.provider} {one.dataset} {one.fault}: {'; '.join(one.why)}"

    def write(self, file: Path) -> None:
        file.write_text(json.dumps([asdict(one) for one in self.tried], indent=1))
