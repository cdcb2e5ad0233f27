"""The brief of one day, read from a published file: its sentences and the lists beside them.

Belongs here: which rows make a brief. Not here: how it looks (`brief_text`, `page`) and what is worth telling (the
`rpt_…` models).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from orchestration.report.query_result import QueryResult

if TYPE_CHECKING:
    import duckdb

SENTENCES = """
select trade_date, asset, sentence, metric, definition, figures, example_sql, is_missing from rpt_market_brief
where trade_date = coalesce(?::date, (select max(trade_date) from rpt_market_brief)) order by asset, sentence_number
"""
RECORDS = """
select sentence, metric, example_sql from rpt_records where trade_date = ?
order by is_record desc, since_days_count desc, metric, asset, scope, statistic
"""
RESTATEMENTS = """
select sentence, metric, example_sql from rpt_restatements where brief_date = ?
order by abs(change_ratio) desc nulls first, metric, asset, scope, statistic, trade_date, observed_at
"""
GAPS = """
select sentence, metric, example_sql from rpt_gaps where ? between first_missing_date and last_missing_date
order by is_open, day_count, metric, asset, scope, time_window
"""
SOURCES = """
select outcome, reason, string_agg(source || ' ' || dataset, ', ' order by source, dataset), max(attempted_at)
from rpt_source_status where outcome != 'complete' or reason is not null
group by outcome, reason order by outcome, max(attempted_at) desc, reason
"""
CLAIMS = """
select claim_id, claim_text, verdict, explanation, metric, example_sql, source_url, origin from rpt_claims
order by origin != 'user', claim_id
"""
METRICS = """
select metric, title, unit, definition, sign, missing_means, source_order, example_sql from dim_metrics order by title
"""


@dataclass(frozen=True)
class Statement:
    """One sentence, the metric that it is about, and the query on the published file that shows its figures."""

    sentence: str
    metric: str
    sql: str


@dataclass(frozen=True)
class DaySentence(Statement):
    """A sentence of the day itself; `figures` is a JSON object of what it used."""

    asset: str
    definition: str
    figures: str
    is_missing: bool


@dataclass(frozen=True)
class SourceIssue:
    """Datasets that are not complete, for one reason; `attempted_at` is the newest attempt, naive UTC."""

    outcome: str
    reason: str | None
    datasets: str
    attempted_at: datetime


@dataclass(frozen=True)
class Claim:
    """A claim with its verdict; `origin` is 'shipped' or 'user'."""

    claim_id: str
    text: str
    verdict: str
    explanation: str
    metric: str
    sql: str | None
    source_url: str | None
    origin: str


@dataclass(frozen=True)
class KeyFigure:
    """What a metric is, as `dim_metrics` has it."""

    metric: str
    title: str
    unit: str
    definition: str
    sign: str
    missing_means: str
    source_order: str
    sql: str


@dataclass(frozen=True)
class Brief:
    """The brief of a UTC day, the most important entry first in every list."""

    day: date
    sentences: Sequence[DaySentence]
    records: Sequence[Statement]
    restatements: Sequence[Statement]
    gaps: Sequence[Statement]
    troubles: Sequence[SourceIssue]
    claims: Sequence[Claim]
    metrics: Sequence[KeyFigure]

    @property
    def assets(self) -> dict[str, list[DaySentence]]:
        """The sentences of each asset, the whole market (ALL) first."""
        by_asset: dict[str, list[DaySentence]] = {}
        for sentence in self.sentences:
            by_asset.setdefault(sentence.asset, []).append(sentence)
        return by_asset


def sentences(connection: "duckdb.DuckDBPyConnection", day: date | None) -> QueryResult:
    """The sentences of `day` (the newest one without a day) as rows, for those who want rows."""
    result = connection.execute(SENTENCES, [day])
    return QueryResult([column[0] for column in result.description or []], result.fetchall())


def read_brief(connection: "duckdb.DuckDBPyConnection", day: date | None = None) -> Brief | None:
    """The brief of `day`, or of the newest one; None where the file has none."""
    found = sentences(connection, day).rows
    if not found:
        return None
    of_day: date = found[0][0]

    def rows(query: str, *parameters: Any) -> list[tuple[Any, ...]]:
        return connection.execute(query, list(parameters)).fetchall()

    return Brief(
        day=of_day,
        sentences=[
            DaySentence(sentence, metric, sql, asset, definition, figures, is_missing)
            for _, asset, sentence, metric, definition, figures, sql, is_missing in found
        ],
        records=[Statement(*row) for row in rows(RECORDS, of_day)],
        restatements=[Statement(*row) for row in rows(RESTATEMENTS, of_day)],
        gaps=[Statement(*row) for row in rows(GAPS, of_day)],
        troubles=[SourceIssue(*row) for row in rows(SOURCES)],
        claims=[Claim(*row) for row in rows(CLAIMS)],
        metrics=[KeyFigure(*row) for row in rows(METRICS)],
    )
