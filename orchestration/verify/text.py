"""A market text checked sentence by sentence: how each claim was understood, and the verdict of every interpretation.

Belongs here: sentences, the day of a text, and putting the parts together. Not here: what words mean (`grammar`,
`candidates`), what is measured (`judgement`), and how a result looks (`written`).
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from orchestration.report.wording import title
from orchestration.verify.assertions import Assertion, Context, NotUnderstood, Parsed
from orchestration.verify.candidates import Candidate, candidates
from orchestration.verify.catalogue import Catalogue, last_session, read_catalogue
from orchestration.verify.claim import Claim, Interpretation
from orchestration.verify.grammar import parse
from orchestration.verify.judgement import judge
from orchestration.verify.lexer import lex
from orchestration.verify.spans import Moment, moment_of, span_of
from orchestration.verify.streaks import measure_streak
from orchestration.verify.times import DATE, DATE_2, named_day
from orchestration.verify.times import MONTHS as MONTH_NUMBERS
from orchestration.verify.wording import read_as

if TYPE_CHECKING:
    import duckdb

OPPOSITE = {"confirmed": "refuted", "refuted": "confirmed", "undecidable": "undecidable"}
ABBREVIATIONS = (
    r"(?:U\.S|U\.K|E\.U|Mr|Ms|Mrs|Dr|vs|approx|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec|No|Inc|"
    r"Corp|Co|Ltd|St|a\.m|p\.m|i\.e|e\.g)"
)
YEARS = range(2009, 9999)
"""In which a text about this market can have been written."""
DATELINE_LINES = 5


class NoDay(Exception):
    """A text without a day of its own; the message names the option that gives one."""


@dataclass(frozen=True)
class JudgedInterpretation:
    """One interpretation of a claim with its verdict; a negated claim has the opposite verdict of what was measured."""

    measured: Interpretation
    verdict: str
    note: str = ""
    claim: Claim | None = None
    """The structured claim that was judged; None for a streak."""


@dataclass(frozen=True)
class TextClaim:
    """One claim of a sentence. `read_as` says how it was understood; `interpretations` holds the nearest first."""

    text: str
    read_as: str
    verdict: str
    """That of the nearest interpretation."""
    is_mixed: bool
    """Whether another interpretation has another verdict."""
    interpretations: tuple[JudgedInterpretation, ...]
    is_negated: bool = False

    @property
    def flips(self) -> tuple[JudgedInterpretation, ...]:
        """The decided interpretations with another verdict than the nearest one."""
        return tuple(one for one in self.interpretations if one.verdict not in (self.verdict, "undecidable"))


@dataclass(frozen=True)
class Sentence:
    """A sentence with its claims, and what of it was not understood."""

    text: str
    claims: tuple[TextClaim, ...]
    not_understood: tuple[NotUnderstood, ...]


@dataclass(frozen=True)
class VerifiedText:
    """A checked text. `day` is the UTC day that relative words are resolved against, `version` the release read,
    `as_of` the instant of knowledge (naive UTC; None: all that the release knows)."""

    day: date
    at: datetime | None
    sentences: tuple[Sentence, ...]
    version: str = ""
    published_at: datetime | None = None
    as_of: datetime | None = None


@dataclass(frozen=True)
class _Draft:
    text: str
    parsed: Parsed
    before: Context


def verify_text(
    connection: "duckdb.DuckDBPyConnection", text: str, day: date | None = None, at: datetime | None = None
) -> VerifiedText:
    """Checks a text on an open release. Raises NoDay where neither `day` nor the text names a day on which it can have
    been written."""
    day = day or (at.date() if at else day_of(text))
    if day is None:
        raise NoDay("the text does not say when it was written: pass --date 2025-05-09, or --date 2025-05-09T04:00Z")
    if day.year not in YEARS:
        raise NoDay(f"no text about this market was written on {day}: pass its own day, such as --date 2025-05-09")
    moment, catalogue = Moment(day, at), read_catalogue(connection)
    session = partial(last_session, catalogue.sessions)
    drafts = list(_drafts(text, moment, catalogue))
    planned: list[tuple[int, Assertion, list[Candidate]]] = []
    for number, draft in enumerate(drafts):
        for assertion in draft.parsed.assertions:
            try:
                found = candidates(*moment_of(assertion, moment), catalogue, draft.before.time, session)
            except OverflowError:
                # Of the last day of the calendar there is no next one.
                found = []
            planned.append((number, assertion, found))
    measured = iter(_measured(connection, [one for *_, found in planned for one in found]))
    claims: dict[int, list[TextClaim]] = {}
    refused: dict[int, list[NotUnderstood]] = {}
    for number, assertion, found in planned:
        if assertion.kind == "streak":
            span = span_of(assertion, moment, drafts[number].before.time, catalogue, session)
            results = [JudgedInterpretation(*measure_streak(connection, assertion, span.last, catalogue))]
        else:
            results = [next(measured) for _ in found]
        if results:
            claims.setdefault(number, []).append(_claim(assertion, found, results, catalogue))
        else:
            reason = "no figure of this warehouse measures what the words claim"
            refused.setdefault(number, []).append(NotUnderstood(assertion.text, reason))
    return VerifiedText(
        day,
        at,
        tuple(
            Sentence(
                draft.text, tuple(claims.get(number, ())), (*draft.parsed.not_understood, *refused.get(number, ()))
            )
            for number, draft in enumerate(drafts)
        ),
    )


def _drafts(text: str, moment: Moment, catalogue: Catalogue) -> Iterator[_Draft]:
    """The parsed sentences; one that only names a source completes the sentence before it."""
    context = Context()
    drafts: list[_Draft] = []
    for sentence in sentences(text):
        parsed = parse(lex(sentence, moment.day, catalogue.names), context)
        if parsed.is_about_before and drafts:
            last = drafts[-1]
            sourced = tuple(one if one.source else replace(one, source=parsed.source) for one in last.parsed.assertions)
            drafts[-1] = replace(last, parsed=replace(last.parsed, assertions=sourced))
        drafts.append(_Draft(sentence, parsed, context))
        context = parsed.context
    yield from drafts


def _measured(connection: "duckdb.DuckDBPyConnection", planned: Sequence[Candidate]) -> Iterator[JudgedInterpretation]:
    judged = judge(connection, [one.claim for one in planned], with_others=False)
    for candidate, judgement in zip(planned, judged, strict=True):
        measured, verdict = judgement.measured, judgement.verdict
        if candidate.within is not None and measured.value is not None:
            since_holds = _is_record_within(measured, candidate.within)
            verdict = _joined(measured.level_holds, since_holds)
            measured = replace(measured, since_holds=since_holds, verdict=verdict)
        doubt = (
            judgement.explanation.removeprefix("Undecidable: ")
            .partition(". ")[0]
            .partition(": measured")[0]
            .rstrip(".")
        )
        named = candidate.named_source
        is_of_another = named is not None and measured.source is not None and named not in measured.source.split(", ")
        if is_of_another and verdict == "refuted":
            verdict, doubt = "undecidable", "its own figure is not measured and may differ"
        source = f"the text names {title(str(named))}" if is_of_another else ""
        notes = (candidate.note, source, doubt if verdict == "undecidable" else "")
        yield JudgedInterpretation(measured, verdict, "; ".join(filter(None, notes)), candidate.claim)


def _is_record_within(measured: Interpretation, first: date) -> bool | None:
    """Whether nothing since `first` was as high (or low); None where the history begins later."""
    if measured.since_date is not None and measured.since_date >= first:
        return False
    if measured.history_start_date is None or measured.history_start_date > first:
        return None
    return True


def _joined(level_holds: bool | None, since_holds: bool | None) -> str:
    if level_holds is False or since_holds is False:
        return "refuted"
    return "confirmed" if level_holds and since_holds else "undecidable"


def _claim(
    assertion: Assertion,
    found: Sequence[Candidate],
    results: Sequence[JudgedInterpretation],
    catalogue: Catalogue,
) -> TextClaim:
    judged = [replace(one, verdict=OPPOSITE[one.verdict]) if assertion.is_negated else one for one in results]
    verdict = judged[0].verdict
    decided = {one.verdict for one in judged} - {"undecidable", verdict}
    return TextClaim(
        text=assertion.text,
        read_as=read_as(assertion, found, catalogue),
        verdict=verdict,
        is_mixed=bool(decided),
        interpretations=tuple(judged),
        is_negated=assertion.is_negated,
    )


def sentences(text: str) -> list[str]:
    """The sentences of a text. A line is one at least; a dot in a number or an abbreviation ends none."""
    found = []
    for line in re.split(r"\n+", text):
        start = 0
        for stop in re.finditer(r"[.!?]+[\"”’')\]]*(?=\s+[\"“‘'(\[]?[A-Z0-9$])", line):
            if re.search(rf"(?:^|[\s(]){ABBREVIATIONS}$", line[start : stop.start()]):
                continue
            found.append(line[start : stop.end()].strip())
            start = stop.end()
        found.append(line[start:].strip())
    return [sentence for sentence in found if sentence]


def day_of(text: str) -> date | None:
    """The day that a text gives as its own: a date with a year in its first lines, before any other word of time."""
    head = "\n".join([line for line in text.splitlines() if line.strip()][:DATELINE_LINES])[:600]
    line = r"(?:^|\n|\(|\bPublished:?\s|\bUpdated:?\s|\bDate:?\s|—\s)"
    candidates: list[tuple[int, date]] = []
    for pattern in (DATE, DATE_2):
        for found in re.finditer(rf"{line}[^.\n]{{0,40}}?{pattern}", head):
            if found["year"]:
                month = MONTH_NUMBERS[found["month"].lower().rstrip(".")]
                day = named_day(date.max - timedelta(days=1), month, int(found["day"]), int(found["year"]))
                candidates += [(found.start(), day)] if day else []
    for found in re.finditer(rf"{line}[^.\n]{{0,40}}?(?P<iso>20\d\d-\d\d-\d\d)\b", head):
        try:
            candidates.append((found.start(), date.fromisoformat(found["iso"])))
        except ValueError:
            continue
    return min(candidates)[1] if candidates else None
