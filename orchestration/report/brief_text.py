"""The brief as text: plain for a terminal, Markdown for whoever renders it (the Dagster UI, a ticket, a chat).

Belongs here: headings, lists, and how much of a list is shown. Not here: what is in the brief (`brief`).
"""

import re
from collections.abc import Sequence

from orchestration.report.brief import Brief, Claim, SourceIssue, Statement
from orchestration.report.wording import instant_text

SHOWN = 10
"""Rows of a list that a text shows; the page and the tables have all of them."""
TABLES = {
    "Records of the day": "rpt_records",
    "Restated since yesterday": "rpt_restatements",
    "Missing": "rpt_gaps",
}


def plain(brief: Brief) -> str:
    """A heading, the sentences of each asset, then the lists; an empty list is named as such."""
    lines = [f"Market brief of {brief.day} (UTC)"]
    for asset, sentences in brief.assets.items():
        lines += ["", asset, *(f"  {row.sentence}" for row in sentences)]
    for title, rows in _lists(brief).items():
        lines += ["", title, *(f"  {line}" for line in _shown(title, rows))]
    lines += [
        "",
        "Incomplete sources",
        *(f"  {line}" for line in source_lines(brief.troubles) or ["every source is complete"]),
    ]
    return "\n".join(lines)


def markdown(brief: Brief) -> str:
    """The same with headings and bullets, and the claims as a table. Text of providers and users is escaped."""
    lines = [f"# Market brief of {brief.day} (UTC)"]
    for asset, sentences in brief.assets.items():
        lines += ["", f"## {asset}", "", *(f"- {_escaped(row.sentence)}" for row in sentences)]
    for title, rows in _lists(brief).items():
        lines += ["", f"## {title}", "", *(f"- {_escaped(line)}" for line in _shown(title, rows))]
    lines += [
        "",
        "## Incomplete sources",
        "",
        *(f"- {_escaped(line)}" for line in source_lines(brief.troubles) or ["every source is complete"]),
    ]
    lines += ["", "## Claims", "", "| claim | verdict | why |", "| --- | --- | --- |"]
    lines += [f"| {_escaped(_name(c))} | {c.verdict} | {_escaped(c.explanation)} |" for c in brief.claims]
    return "\n".join(lines) + "\n"


def trouble_text(trouble: SourceIssue) -> str:
    """'failed: no key: set X_API_KEY (coinglass liquidations_1d; attempted 12 May 2025 06:00 UTC)'."""
    reason = f": {trouble.reason}" if trouble.reason else ""
    return f"{trouble.outcome}{reason} ({trouble.datasets}; attempted {instant_text(trouble.attempted_at)})"


def _lists(brief: Brief) -> dict[str, Sequence[Statement]]:
    return dict(zip(TABLES, (brief.records, brief.restatements, brief.gaps), strict=True))


def _shown(title: str, rows: Sequence[Statement]) -> list[str]:
    lines = [row.sentence for row in rows[:SHOWN]]
    if len(rows) > SHOWN:
        lines.append(f'… and {len(rows) - SHOWN} more: warehouse sql "from {TABLES[title]}"')
    return lines or ["nothing"]


def source_lines(troubles: Sequence[SourceIssue]) -> list[str]:
    """A line per trouble; datasets that were not requested at all, as they are not set up, are counted in one."""
    lines = [trouble_text(trouble) for trouble in troubles if trouble.outcome != "skipped"]
    skipped = sum(trouble.datasets.count(", ") + 1 for trouble in troubles if trouble.outcome == "skipped")
    if skipped:
        lines.append(f"{skipped} datasets were not requested: `warehouse sources` lists what they need")
    return lines


def _name(claim: Claim) -> str:
    return claim.text + (" (yours)" if claim.origin == "user" else "")


def _escaped(text: str) -> str:
    """Text that Markdown shows as it is: no markup, no HTML, no line end."""
    return re.sub(r"([\\`*_{}\[\]<>#|~])", r"\\\1", " ".join(text.split()))
