"""A checked text, or one judged claim, as text for a terminal, JSON, or a page of its own.

Belongs here: how results look. Interpretations that differ in the hour alone share a line. Not here: what they are.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from itertools import groupby
from pathlib import Path
from typing import Any

from orchestration.report.wording import title
from orchestration.verify.claim import Interpretation, Judgement
from orchestration.verify.text import JudgedInterpretation, Sentence, TextClaim, VerifiedText
from orchestration.verify.wording import day_words, instant_words

MARKS = {"confirmed": "✓", "refuted": "✗", "undecidable": "?"}


@dataclass(frozen=True)
class Line:
    """One interpretation, or several that differ in the hour alone."""

    verdict: str
    words: str
    measured: str
    origin: str
    note: str
    definition: str
    sql: str | None


def lines_of(claim: TextClaim) -> list[Line]:
    """The interpretations of a claim, the nearest first."""
    return [_line(list(group)) for _, group in groupby(claim.interpretations, key=_same_but_the_hour)]


def titled_lines_of(claim: TextClaim) -> list[Line]:
    """The same for readers: scopes and sources by their titles."""
    titled = tuple(replace(one, measured=_titled(one.measured)) for one in claim.interpretations)
    return lines_of(replace(claim, interpretations=titled))


def _titled(one: Interpretation) -> Interpretation:
    """With the title of its source, and that of its scope where the words name it: 'close of the UTC day, Binance'."""
    words = re.sub(rf", {re.escape(one.scope)}(?=$| )", lambda _: f", {title(one.scope)}", one.words)
    return replace(one, words=words, source=None if one.source is None else title(one.source))


def _same_but_the_hour(judged: JudgedInterpretation) -> tuple[object, ...]:
    one = judged.measured
    of_day = one.date if one.as_of_at is None else None
    return one.metric, one.scope, one.time_window, one.statistic, judged.verdict, judged.note, of_day


def _line(interpretations: Sequence[JudgedInterpretation]) -> Line:
    first, last = interpretations[0].measured, interpretations[-1].measured
    words, measured = first.words, first.value_words or "no figure"
    if len(interpretations) > 1 and first.as_of_at and last.as_of_at:
        stem = first.words.rpartition(" to " if first.time_window == "rolling_24h" else " at ")[0]
        words = f"{stem} to {instant_words(first.as_of_at).removesuffix(' UTC')} … {last.as_of_at:%H:%M} UTC"
        values = [one.measured for one in interpretations if one.measured.value is not None]
        low, high = min(values, key=lambda one: one.value or 0.0), max(values, key=lambda one: one.value or 0.0)
        measured = (
            low.value_words or "" if low.value_words == high.value_words else f"{low.value_words} to {high.value_words}"
        )
    claim = interpretations[0].claim
    if claim is not None and claim.record_direction and first.value is not None:
        measured += f", the {claim.record_direction} {_since(first)}"
    if first.is_lower_bound and first.value is not None:
        measured += ", a lower bound"
    return Line(
        interpretations[0].verdict, words, measured, origin_of(first.source, first.observed_at),
        interpretations[0].note, first.definition, first.example_sql,
    )  # fmt: skip


def _since(one: Interpretation) -> str:
    if one.since_date is not None:
        return f"since {day_words(one.since_date)}"
    begins = day_words(one.history_start_date) if one.history_start_date else "an unknown day"
    return f"of a history that begins on {begins}"


def origin_of(source: str | None, observed_at: datetime | None) -> str:
    """'binance, observed 2025-05-12 06:00 UTC'; without a figure there is neither."""
    if source is None:
        return ""
    return f"{source}, observed {observed_at:%Y-%m-%d %H:%M} UTC" if observed_at else source


def known_words(text: VerifiedText) -> str:
    """What release was read, and as known when."""
    known = f", as known at {text.as_of} UTC" if text.as_of else ""
    return f"release {text.version}{known}"


def summary(text: VerifiedText) -> str:
    """The claims of a text in a sentence."""
    claims = [claim for sentence in text.sentences for claim in sentence.claims]
    counts = {verdict: sum(claim.verdict == verdict for claim in claims) for verdict in MARKS}
    counted = ", ".join(f"{count} {verdict}" for verdict, count in counts.items() if count)
    mixed = sum(claim.is_mixed for claim in claims)
    missed = sum(len(sentence.not_understood) for sentence in text.sentences)
    parts = [f"{len(claims)} claim{'s' if len(claims) != 1 else ''}" + (f": {counted}" if counted else "")]
    if mixed:
        parts.append(f"{mixed} depend{'s' if mixed == 1 else ''} on the interpretation")
    if missed:
        parts.append(f"{missed} part{'s' if missed != 1 else ''} not understood")
    return "; ".join(parts)


def plain(text: VerifiedText) -> str:
    """The result for a terminal. Sentences without a claim and without a figure are left out."""
    when = instant_words(text.at) if text.at else day_words(text.day)
    out = [f"Text of {when}, {known_words(text)}", summary(text)]
    shown = [sentence for sentence in text.sentences if sentence.claims or sentence.not_understood]
    for sentence in shown:
        out += ["", f"“{sentence.text}”", *_plain_sentence(sentence)]
    left = len(text.sentences) - len(shown)
    if left:
        out += [
            "",
            f"{left} other sentence{'s' if left != 1 else ''} without a figure or a record",
        ]
    return "\n".join(out)


def _plain_sentence(sentence: Sentence) -> Iterator[str]:
    for claim in sentence.claims:
        depends = "; it depends on the interpretation" if claim.is_mixed else ""
        yield f"  {MARKS[claim.verdict]} {claim.verdict}: {claim.read_as}{depends}"
        lines = titled_lines_of(claim)
        for line in lines:
            origin = f"  [{line.origin}]" if line.origin else ""
            note = f"  ({line.note})" if line.note else ""
            yield f"      {MARKS[line.verdict]} {line.words}: {line.measured}{origin}{note}"
        for definition in dict.fromkeys(line.definition.partition(": ")[2] for line in lines):
            yield f"      Definition: {definition}"
    for part in sentence.not_understood:
        yield f"  – not understood: “{part.text}”: {part.reason}"


def as_json(text: VerifiedText) -> dict[str, Any]:
    """The result as plain values: dates and instants are ISO 8601, instants are UTC."""
    return {
        "day": text.day.isoformat(),
        "at": _iso(text.at),
        "release": text.version,
        "published_at": _iso(text.published_at),
        "as_of": _iso(text.as_of),
        "summary": summary(text),
        "sentences": [
            {
                "text": sentence.text,
                "claims": [_claim_json(claim) for claim in sentence.claims],
                "not_understood": [asdict(part) for part in sentence.not_understood],
            }
            for sentence in text.sentences
        ],
    }


def _claim_json(claim: TextClaim) -> dict[str, Any]:
    flips = [line for line in lines_of(claim) if line.verdict not in (claim.verdict, "undecidable")]
    return {
        "text": claim.text,
        "read_as": claim.read_as,
        "verdict": claim.verdict,
        "is_mixed": claim.is_mixed,
        "is_negated": claim.is_negated,
        "flips_with": [f"{line.words}: {line.measured}, {line.verdict}" for line in flips],
        "interpretations": [
            plain_values(asdict(one.measured)) | {"verdict": one.verdict, "note": one.note} | _claimed(one)
            for one in claim.interpretations
        ],
    }  # fmt: skip


def as_short_json(text: VerifiedText) -> dict[str, Any]:
    """The same with a line for each interpretation; those that differ in the hour alone share one."""
    full = as_json(text)
    for written, sentence in zip(full["sentences"], text.sentences, strict=True):
        for one, claim in zip(written["claims"], sentence.claims, strict=True):
            one["interpretations"] = [asdict(line) for line in lines_of(claim)]
    full["sentences"] = [one for one in full["sentences"] if one["claims"] or one["not_understood"]]
    return full


def _claimed(judged: JudgedInterpretation) -> dict[str, Any]:
    """What was claimed of the figure, as fields of a structured claim."""
    names = ("comparator", "threshold", "tolerance_ratio", "record_direction")
    claimed = {name: getattr(judged.claim, name, None) for name in names}
    return claimed | {"claimed_since_date": _iso_day(judged.claim.since_date if judged.claim else None)}


def judgement_json(judgement: Judgement) -> dict[str, Any]:
    """One judged claim as plain values."""
    values: dict[str, Any] = plain_values(
        {
            "verdict": judgement.verdict,
            "explanation": judgement.explanation,
            "flips_with": judgement.flips_with,
            "claim": asdict(judgement.claim),
            "measured": asdict(judgement.measured),
            "other_interpretations": [asdict(one) for one in judgement.others],
        }
    )
    return values


def judgement_plain(judgement: Judgement) -> str:
    """One judged claim for a terminal."""
    one = judgement.measured
    out = [judgement.explanation, f"Definition: {one.definition}"]
    if one.source:
        out.append(f"Source: {origin_of(title(one.source), one.observed_at)}")
    others = [_titled(other) for other in judgement.others if other.value is not None]
    if others:
        out.append("Other definitions of the same words:")
        out += [
            (
                f"  {MARKS[other.verdict]} {other.words}: {other.value_words}, {other.verdict}  "
                f"[{origin_of(other.source, other.observed_at)}]"
            )
            for other in others
        ]
    if one.example_sql:
        out.append(f"SQL: {one.example_sql}")
    return "\n".join(out)


def plain_values(value: Any) -> Any:
    """Dates and instants as ISO 8601 text, in whatever holds them."""
    if isinstance(value, dict):
        return {name: plain_values(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [plain_values(one) for one in value]
    return value.isoformat() if hasattr(value, "isoformat") else value


def write_page(path: Path, text: VerifiedText) -> None:
    """Write the result as one self-contained page; folders that are missing are made."""
    from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

    environment = Environment(
        loader=PackageLoader("orchestration.verify"),
        autoescape=select_autoescape(default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    page = environment.get_template("verify.html.j2").render(
        text=text,
        when=instant_words(text.at) if text.at else day_words(text.day),
        known=known_words(text),
        summary=summary(text),
        lines_of=titled_lines_of,
        folded=folded,
        groups=[(is_silent, list(group)) for is_silent, group in groupby(text.sentences, key=_is_silent)],
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(page, encoding="utf-8")


def folded(lines: Sequence[Line]) -> Iterator[tuple[list[Line], bool]]:
    """What a page shows of a claim and what it folds: the nearest interpretation and the first that flips it stay."""
    flips = [line for line in lines if line.verdict not in (lines[0].verdict, "undecidable")][:1]
    shown = [line for line in lines if line is lines[0] or line in flips]
    rest = [line for line in lines if line not in shown]
    yield shown, False
    if rest:
        yield rest, True


def _is_silent(sentence: Sentence) -> bool:
    return not sentence.claims and not sentence.not_understood


def _iso_day(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _iso(instant: datetime | None) -> str | None:
    return instant.isoformat() if instant else None
