"""The brief of one day, read from a published file: its headline, figures, sentences, and the lists beside them.

Belongs here: which rows make a brief. Not here: how it looks (`brief_text`, `page`), its tables (`brief_tables`), and
what is worth telling (`brief_headline`, and the `rpt_…` models).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from orchestration.report.brief_figures import Figures, read_figures
from orchestration.report.brief_headline import Key, Record, headline
from orchestration.report.brief_tables import Grid
from orchestration.report.brief_tiles import Tile
from orchestration.report.query_result import QueryResult
from orchestration.report.wording import home_page, title

if TYPE_CHECKING:
    import duckdb

SENTENCES = """
select trade_date, asset, sentence, metric, definition, figures, example_sql, is_missing, source, observed_at, is_final
from rpt_market_brief
where trade_date = coalesce(?::date, (select max(trade_date) from rpt_market_brief)) order by asset, sentence_number
"""
RECORDS = """
select sentence, metric, example_sql, asset, scope, statistic, direction, since_date, since_days_count,
    history_start_date
from rpt_records where trade_date = ?
order by is_record desc, since_days_count desc, metric, asset, scope, statistic
"""
RESTATEMENTS = """
select sentence, metric, example_sql, change_ratio from rpt_restatements where brief_date = ?
order by abs(change_ratio) desc nulls first, metric, asset, scope, statistic, trade_date, observed_at
"""
LAST_RESTATEMENTS = """
select sentence, metric, example_sql from rpt_restatements where brief_date < ?
order by observed_at desc, abs(change_ratio) desc nulls first, metric, asset, scope, statistic, trade_date limit 3
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
KNOWN = "select max(observed_at) from fct_daily_metrics"
PROVIDERS = "select distinct source from fct_daily_metrics where trade_date between ?::date - 7 and ? order by source"
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
class ChangedClaim:
    """A claim whose verdict is another one than in the release before."""

    text: str
    was: str
    verdict: str


@dataclass(frozen=True)
class Provider:
    """Whose figures the brief uses."""

    title: str
    url: str


@dataclass(frozen=True)
class Brief:
    """The brief of a UTC day, the most important entry first in every list.

    `known_at` (naive UTC) is when the newest of its figures was observed; `version` is the release. `last_restatements`
    are earlier ones, where the day has none. `changed_claims` is empty where no earlier release is known.
    """

    day: date
    known_at: datetime | None
    version: str
    headline: Sequence[str]
    tiles: Sequence[Tile]
    grids: Sequence[Grid]
    sentences: Sequence[DaySentence]
    records: Sequence[Statement]
    restatements: Sequence[Statement]
    gaps: Sequence[Statement]
    troubles: Sequence[SourceIssue]
    claims: Sequence[Claim]
    metrics: Sequence[KeyFigure]
    last_restatements: Sequence[Statement] = ()
    changed_claims: Sequence[ChangedClaim] = ()
    providers: Sequence[Provider] = ()

    @property
    def assets(self) -> dict[str, list[DaySentence]]:
        """What is known of each asset in sentences, the whole market (ALL) first."""
        by_asset: dict[str, list[DaySentence]] = {}
        for sentence in self.sentences:
            if not sentence.is_missing:
                by_asset.setdefault(sentence.asset, []).append(sentence)
        return by_asset

    @property
    def missing(self) -> list[str]:
        """What is missing of the day, each once: the gaps of series, then the sentences that the gaps do not cover."""
        gaps = {gap.metric for gap in self.gaps}
        missing = [gap.sentence for gap in self.gaps]
        missing += [row.sentence for row in self.sentences if row.is_missing and row.metric not in gaps]
        return list(dict.fromkeys(missing))


def sentences(connection: "duckdb.DuckDBPyConnection", day: date | None) -> QueryResult:
    """The sentences of `day` (the newest one without a day) as rows, for those who want rows."""
    result = connection.execute(SENTENCES, [day])
    return QueryResult([column[0] for column in result.description or []], result.fetchall())


def read_brief(
    connection: "duckdb.DuckDBPyConnection",
    day: date | None = None,
    version: str = "",
    earlier_verdicts: Mapping[str, str] | None = None,
) -> Brief | None:
    """The brief of `day`, or of the newest one; None where the file has none.

    `version` is that of the release; `earlier_verdicts` are those of the claims in the release before it.
    """
    found = sentences(connection, day).rows
    if not found:
        return None
    of_day: date = found[0][0]

    def rows(query: str, *parameters: Any) -> list[tuple[Any, ...]]:
        return connection.execute(query, list(parameters)).fetchall()

    figures = read_figures(connection, of_day)
    records, restated = rows(RECORDS, of_day), rows(RESTATEMENTS, of_day)
    claims = [Claim(*row) for row in rows(CLAIMS)]
    return Brief(
        day=of_day,
        known_at=rows(KNOWN)[0][0],
        version=version,
        headline=headline(figures, _by_key(records), [(row[0], row[3]) for row in restated]),
        tiles=figures.tiles,
        grids=figures.grids,
        sentences=_in_order(found, figures),
        records=[Statement(*row[:3]) for row in sorted(records, key=lambda row: figures.order.get(row[3], 99))],
        restatements=[Statement(*row[:3]) for row in restated],
        last_restatements=[] if restated else [Statement(*row) for row in rows(LAST_RESTATEMENTS, of_day)],
        gaps=[Statement(*row) for row in rows(GAPS, of_day)],
        troubles=[SourceIssue(*row) for row in rows(SOURCES)],
        claims=claims,
        changed_claims=_changed(claims, earlier_verdicts or {}),
        providers=_providers(source for (source,) in rows(PROVIDERS, of_day, of_day)),
        metrics=[KeyFigure(*row) for row in rows(METRICS)],
    )


def _by_key(rows: Sequence[tuple[Any, ...]]) -> dict[Key, Record]:
    return {
        (metric, asset, scope, statistic): Record(direction, since, since_days, start)
        for _, metric, _, asset, scope, statistic, direction, since, since_days, start in rows
    }


def _in_order(rows: Sequence[tuple[Any, ...]], figures: Figures) -> list[DaySentence]:
    """The sentences of the market, of Bitcoin, and of the others by their size."""
    ordered = sorted(rows, key=lambda row: figures.order.get(row[1], 99))
    return [
        DaySentence(sentence, metric, sql, asset, definition, used, is_missing)
        for _, asset, sentence, metric, definition, used, sql, is_missing, *_ in ordered
    ]


def _changed(claims: Sequence[Claim], earlier: Mapping[str, str]) -> list[ChangedClaim]:
    return [
        ChangedClaim(claim.text, earlier[claim.claim_id], claim.verdict)
        for claim in claims
        if earlier.get(claim.claim_id, claim.verdict) != claim.verdict
    ]


def _providers(sources: Iterable[str]) -> list[Provider]:
    found = {title(source): Provider(title(source), home_page(source)) for source in sources}
    return [found[name] for name in sorted(found)]
