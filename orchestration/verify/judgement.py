"""Claims measured and judged on an open release, by the SQL of the models `rpt_claims` and `rpt_claim_interpretations`.

Belongs here: handing claims to that SQL and typing what comes back. A release opened as of an instant is judged as
it was known then. Not here: what a claim's words may mean (`candidates`), and the rules of a verdict (the dbt project).
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import astuple, fields
from typing import TYPE_CHECKING, Any

from orchestration.report.wording import titles
from orchestration.sources.user_claims import COLUMNS
from orchestration.verify.claim import Claim, Interpretation, Judgement
from orchestration.verify.models_sql import TITLES, claim_models, figure_words, table_of
from orchestration.verify.rolling import rolling_as_known

if TYPE_CHECKING:
    import duckdb

WRITTEN = "verify_written"
OBSERVED_HOURS = """
select max(hours.observed_at) from fct_hourly_prices as hours
where hours.asset = found.asset and hours.venue = found.scope
and hours.hour_at >= found.as_of_at - interval 25 hours and hours.hour_at < found.as_of_at
"""
OBSERVED_SNAPSHOTS = """
select max(snapshots.observed_at) from fct_market_cap_snapshots as snapshots
where snapshots.scope = found.scope
and snapshots.snapshot_at between found.as_of_at - interval 25 hours and found.as_of_at
"""
SMALL = 5e-4
"""Of a ratio: a funding rate of 0.0098 % is no 0.0 %."""
INTERPRETATIONS = f"""
select
    claim_id, found.metric, asset, scope, time_window, statistic, interpretation as words, is_claimed, verdict, value,
    {{value_words}} as value_words, found.unit,
    coalesce(metrics.title || ' of ' || asset || ', ' || interpretation || ': ' || metrics.definition,
        'unknown metric ' || found.metric) as definition,
    first_measured_date as first_date, measured_date as date, as_of_at, since_date, history_start_date,
    level_holds, since_holds, source,
    coalesce(observed_at, if(as_of_at is null, null, coalesce(({OBSERVED_HOURS}), ({OBSERVED_SNAPSHOTS}))))
    as observed_at,
    is_final, found.is_lower_bound, found.example_sql
from {table_of("rpt_claim_interpretations")} as found left join dim_metrics as metrics on found.metric = metrics.metric
order by is_claimed desc, words
"""


def judge(
    connection: "duckdb.DuckDBPyConnection", claims: Sequence[Claim], *, with_others: bool = True
) -> list[Judgement]:
    """The verdicts in the order of the claims; `with_others` also measures the other definitions of each one's words.

    Of what may be claimed `orchestration.sources.user_claims` is the judge; a claim that nothing can measure is
    undecidable, with the reason in its explanation.
    """
    if not claims:
        return []
    with _judged(connection, claims, with_others):
        rows = _records(connection.execute(f"select * from {table_of('rpt_claims')} order by claim_id"))
        words = figure_words("found.value", "found.unit", "found.statistic")
        found: dict[str, list[Interpretation]] = {}
        for record in _records(connection.execute(INTERPRETATIONS.format(value_words=words))):
            if record["unit"] == "ratio" and record["value"] and abs(record["value"]) < SMALL:
                record["value_words"] = f"{100 * record['value']:.4f} %"
            found.setdefault(str(record.pop("claim_id")), []).append(Interpretation(**record))
    judgements = []
    for claim, row in zip(claims, rows, strict=True):
        measured, *others = found[str(row["claim_id"])]
        judgements.append(
            Judgement(
                claim=claim,
                verdict=str(row["verdict"]),
                explanation=str(row["explanation"]),
                measured=measured,
                flips_with=row["flips_with"],
                others=tuple(others),
                row=row,
            )
        )
    return judgements


@contextmanager
def _judged(connection: "duckdb.DuckDBPyConnection", claims: Sequence[Claim], with_others: bool) -> Iterator[None]:
    """The models of claims as temporary tables, while the context lasts."""
    columns = ", ".join(f"{name} {kind.removesuffix(' not null')}" for name, kind in COLUMNS.items())
    connection.execute(f"create or replace temporary table {WRITTEN} ({columns})")
    names = [column.name for column in fields(Claim)]
    values = zip(*([f"{number:06}", *astuple(claim)] for number, claim in enumerate(claims)), strict=True)
    unnested = ", ".join("unnest(?)" for _ in ("claim_id", *names))
    # One statement: a row each costs a millisecond.
    connection.execute(
        f"insert into {WRITTEN} (claim_id, {', '.join(names)}) select {unnested}", [list(one) for one in values]
    )
    connection.execute(
        f"create or replace temporary table {TITLES} as from (select unnest(?) as name, unnest(?) as title)",
        [*titles()],
    )
    made = [WRITTEN, TITLES]
    try:
        with rolling_as_known(connection):
            for model, query in claim_models(WRITTEN, with_others).items():
                connection.execute(f"create or replace temporary table {table_of(model)} as {query}")
                made.append(table_of(model))
                if model == "int_claim_interpretations" and not with_others:
                    connection.execute(f"delete from {table_of(model)} where not is_claimed")
            yield
    finally:
        for name in made:
            connection.execute(f"drop table if exists temp.main.{name}")


def _records(result: "duckdb.DuckDBPyConnection") -> list[dict[str, Any]]:
    names = [column[0] for column in result.description or []]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]
