"""`warehouse claims`: each claim with its verdict, what was measured, and the interpretation that flips the verdict."""

import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from orchestration.cli.exit_codes import stop
from orchestration.cli.published import published, rows_of
from orchestration.cli.query import write
from orchestration.report.query_result import Format
from orchestration.report.terminal import Terminal
from orchestration.report.wording import title, titled
from orchestration.report.wrapping import paragraph, wrapped

if TYPE_CHECKING:
    import duckdb

VERDICTS = {"refuted": "red", "undecidable": "yellow", "confirmed": "green"}
"""In the order in which they are listed."""
INDENT = 13
CLAIMS = """
select claim_id, verdict, claim_text, measured_value, unit, measured_since_date, definition, source, observed_at,
    is_final, flips_with, origin
from rpt_claims order by origin != 'user', claim_id
"""
LISTED = """
select
    claim_id, verdict, claim_text, explanation, flips_with, coalesce(json_array_length(flips_with_figures), 0), origin
from rpt_claims order by origin != 'user', claim_id
"""
EXPLAINED = """
select verdict, claim_text, explanation, definition, source, observed_at, is_final, note, source_url, example_sql
from rpt_claims where claim_id = ?
"""
INTERPRETATIONS = """
select interpretation, value, unit, since_date, verdict || if(is_claimed, ' (claimed)', '') as verdict
from rpt_claim_interpretations where claim_id = ?
order by not is_claimed, verdict = 'undecidable', verdict, interpretation
"""
REJECTED = "select reason from rpt_source_status where source = 'imports' and reason is not null"


@dataclass(frozen=True)
class ListedClaim:
    """A claim of the list. `flip` is one interpretation with another verdict, None where there is none."""

    claim_id: str
    verdict: str
    text: str
    measured: str
    flip: str | None
    flip_count: int
    origin: str


def print_claims(format_: Format) -> None:
    """Every claim with its verdict, the user's own ones first."""
    with published() as connection:
        if format_ is Format.table:
            sys.stdout.write(claims_text(listed_claims(connection), Terminal.of()))
        else:
            write(rows_of(connection, CLAIMS), format_)
        for (reason,) in rows_of(connection, REJECTED).rows:
            print(reason, file=sys.stderr)


def print_claim(claim_id: str, format_: Format) -> None:
    """One claim with everything known about it, then the rows of its SQL."""
    with published() as connection:
        found = rows_of(
            connection, "select * exclude (example_sql), example_sql from rpt_claims where claim_id = ?", claim_id
        )
        if not found.rows:
            stop(f"there is no claim {claim_id}; `warehouse claims` lists them")
        if format_ is not Format.table:
            write(found, format_)
            return
        _print_explained(connection, claim_id)


def claims_text(claims: Sequence[ListedClaim], terminal: Terminal) -> str:
    """The claims by verdict, the user's own first, as text of the terminal's width."""
    lines = [f"{len(claims)} claims: {counted([claim.verdict for claim in claims])}", ""]
    order = list(VERDICTS)
    for claim in sorted(claims, key=lambda claim: (claim.origin != "user", order.index(claim.verdict))):
        lines += [*_entry(claim, terminal), ""]
    last = "`warehouse claims --explain ID` shows a claim's definition, its SQL and every interpretation."
    lines.append(paragraph(last, terminal.width))
    return "\n".join(lines) + "\n"


def counted(verdicts: Sequence[str]) -> str:
    """`29 confirmed, 6 refuted, 2 undecidable`."""
    counts = Counter(verdicts)
    return ", ".join(f"{counts[verdict]} {verdict}" for verdict in ("confirmed", "refuted", "undecidable"))


def listed_claims(connection: "duckdb.DuckDBPyConnection") -> list[ListedClaim]:
    """The claims of a published file, the user's own first."""
    claims = []
    for claim_id, verdict, text, explanation, flips_with, flip_count, origin in rows_of(connection, LISTED).rows:
        flip = flips_with.split("; ")[0] if flips_with else None
        claims.append(ListedClaim(claim_id, verdict, text, _measured(explanation), flip, flip_count, origin))
    return claims


def _measured(explanation: str) -> str:
    """What was measured and claimed: the explanation without the verdict and the other interpretations."""
    for follows in (" Another interpretation flips it:", " Under another interpretation it is decidable:"):
        explanation = explanation.partition(follows)[0]
    return (explanation.partition(": ")[2] or explanation).rstrip(".")


def _entry(claim: ListedClaim, terminal: Terminal) -> list[str]:
    width = terminal.width
    mine = " (yours)" if claim.origin == "user" else ""
    head = paragraph(claim.text + mine, width, INDENT)[len(claim.verdict) :]
    lines = [
        terminal.styled(claim.verdict, VERDICTS[claim.verdict]) + head,
        paragraph(titled(claim.measured), width, INDENT),
    ]
    if claim.flip:
        more = f" (and {claim.flip_count - 1} more)" if claim.flip_count > 1 else ""
        lines.append(paragraph(f"another interpretation: {titled(claim.flip)}{more}", width, INDENT))
    return [*lines, " " * INDENT + terminal.styled(claim.claim_id, "dim")]


def _print_explained(connection: "duckdb.DuckDBPyConnection", claim_id: str) -> None:
    terminal = Terminal.of()
    ((verdict, text, explanation, definition, *rest),) = rows_of(connection, EXPLAINED, claim_id).rows
    source, observed_at, is_final, note, source_url, statement = rest
    print(terminal.styled("\n".join(wrapped(text, terminal.width)), "bold"))
    print("\n".join([terminal.styled(verdict, VERDICTS[verdict]), *wrapped(_measured(explanation), terminal.width)]))
    facts = {
        "definition": definition,
        "source": f"{title(source)}, observed {observed_at:%Y-%m-%d %H:%M} UTC{'' if is_final else ', not final yet'}"
        if source and observed_at
        else None,
        "note": note,
        "claimed at": source_url,
    }
    print()
    for name, fact in facts.items():
        if fact:
            print(terminal.styled(name, "bold") + paragraph(fact, terminal.width, INDENT)[len(name) :])
    print()
    write(rows_of(connection, INTERPRETATIONS, claim_id), Format.table)
    if statement:
        print("\n" + "\n".join(wrapped(statement, terminal.width)) + "\n")
        write(rows_of(connection, statement), Format.table)
