"""The long table of every daily figure and its records: each fact once, and exact look-ups."""

from functools import cache
from pathlib import Path
from typing import Any

import yaml

from data_checks.check import Check, NoRows
from orchestration.project import DBT_PROJECT

SERIES = "metric, asset, scope, time_window, statistic"
METRIC_KEY = ("metric", "asset", "scope", "time_window", "statistic", "trade_date")
KEY = ", ".join(METRIC_KEY)
LAST_DAYS = (
    "max(earlier.trade_date) filter (where earlier.value >= newest.value) as high_date, "
    "max(earlier.trade_date) filter (where earlier.value <= newest.value) as low_date"
)
"""Of each of the `newest` rows, joined to `earlier` ones, the last day as high, and the last as low."""

DBT_PROJECT_FILE = DBT_PROJECT / "dbt_project.yml"


@cache
def _groups(project: Path) -> list[dict[str, Any]]:
    """The groups of figures that are columns of another mart."""
    groups = yaml.safe_load(project.read_text(encoding="utf-8"))["vars"]["daily_figures"]
    return [group for group in groups if "table" in group]


def facts_sql(project: Path = DBT_PROJECT_FILE) -> str:
    """A query for every figure of the long table that is a column of another mart, under the key it must have there.

    The list is the one that the models are made from, `daily_figures` in `dbt_project.yml`: a figure that is added
    there is compared here.
    """
    return " union all ".join(
        f"select '{metric}' as metric, {group.get('asset', 'asset')} as asset, {group['scope']} as scope, "
        f"'{group['time_window']}' as time_window, '{statistic}' as statistic, trade_date, {column}::double as value "
        f"from marts.{group['table']} where {group.get('where', 'true')}"
        for group in _groups(project)
        for metric, statistic, column in group["figures"]
    )


LISTED = ", ".join(
    sorted(
        {
            f"('{metric}', '{group['time_window']}', '{statistic}')"
            for group in _groups(DBT_PROJECT_FILE)
            for metric, statistic, _ in group["figures"]
        }
    )
)
"""The figures that have a column: metric, time window and statistic of each, as rows in SQL."""
FACT_TABLES = sorted({group["table"] for group in _groups(DBT_PROJECT_FILE)})

CHECKS = (
    Check(
        name="metrics_are_the_facts",
        table="fct_daily_metrics",
        severity="critical",
        reason=(
            "Records, claims and the brief are made from the long table: where it differs from the other marts, two "
            "builds were mixed and none of these can be trusted."
        ),
        rule=NoRows(
            f"""
            with facts as (select * from ({facts_sql()}) where value is not null and trade_date >= $since),
            metrics as (
                select {KEY}, value::double as value from $batch
                semi join (values {LISTED}) as listed (metric, time_window, statistic)
                    using (metric, time_window, statistic)
                where trade_date >= $since
            )
            select {KEY}, facts.value as fact_value, metrics.value as metric_value
            from facts full join metrics using ({KEY})
            where (abs(facts.value - metrics.value) <= 1e-9 * greatest(abs(facts.value), 1)) is not true
            order by all
            """,
            days=dict.fromkeys(["fct_daily_metrics", *FACT_TABLES], "trade_date"),
        ),
    ),
    Check(
        name="no_metric_is_of_the_future",
        table="fct_daily_metrics",
        severity="critical",
        reason=(
            "No figure of a day can exist before the day has ended, or before it was observed: one that does means "
            "that the release was built with a wrong clock, and finality and as-of times are wrong everywhere."
        ),
        next_step=(
            "Compare the computer's clock with the newest observed_at below; `warehouse status` shows what is stored."
        ),
        rule=NoRows(
            f"""
            select {KEY}, source, observed_at from $batch
            -- A session ends before its UTC day does: funds may report it on the same date.
            where trade_date > $now::date or (trade_date = $now::date and time_window <> 'nyse_session')
                or trade_date < date '2009-01-03' or observed_at > $now
            union all
            select {KEY}, source, observed_at from marts.fct_revisions where observed_at > $now
            order by all
            """
        ),
    ),
    Check(
        name="every_metric_has_its_record",
        table="fct_daily_records",
        severity="critical",
        reason=(
            "'Highest since' is a look-up for every figure: where figures and records differ they are of two builds, "
            "and no record can be trusted."
        ),
        rule=NoRows(
            f"""
            with records as (select * from $batch where trade_date >= $since),
            metrics as (select * from marts.fct_daily_metrics where trade_date >= $since),
            counted as (
                select {KEY}, count(*) as records_count, any_value(value)::double as value from records group by all
            )
            select {KEY}, records_count, counted.value as record_value, metrics.value as metric_value
            from metrics full join counted using ({KEY})
            where (records_count = 1 and counted.value = metrics.value::double) is not true
            order by all
            """,
            days={"fct_daily_records": "trade_date", "fct_daily_metrics": "trade_date"},
        ),
    ),
    Check(
        name="records_point_at_days_that_hold_them",
        table="fct_daily_records",
        severity="critical",
        reason=(
            "One step makes the records of all metrics: a named day that is not the last one as high (or low) shows "
            "that none of them can be trusted."
        ),
        rule=NoRows(
            f"""
            with records as not materialized (from $batch),
            changed as not materialized (select * from records where trade_date >= $since),
            -- Of the rows before them: the highest and lowest, which are records themselves, the newest, those named.
            earlier as (
                select {SERIES}, max(value) filter (where highest_since_date is null) as highest,
                    min(value) filter (where lowest_since_date is null) as lowest
                from records
                where trade_date < $since and (highest_since_date is null or lowest_since_date is null)
                group by all
            ),
            newest_of_a_year as (
                select {SERIES}, max(trade_date) as newest_date, max_by(value, trade_date) as newest_value
                from records where trade_date >= $since - 366 and trade_date < $since group by all
            ),
            newest as (
                from newest_of_a_year
                union all
                select {SERIES}, max(trade_date), max_by(value, trade_date)
                from records
                semi join (select {SERIES} from changed anti join newest_of_a_year using ({SERIES})) as after_a_pause
                    using ({SERIES})
                where trade_date < $since - 366 group by all
            ),
            named as materialized (
                select {SERIES}, trade_date, value from records
                where trade_date in (select unnest([highest_since_date, lowest_since_date]) from changed)
            ),
            series as (
                select changed.*, coalesce(lag(value) over days, newest_value) as value_before,
                    coalesce(lag(trade_date) over days, newest_date) as date_before,
                    greatest(max(value) over (days rows between unbounded preceding and 1 preceding), highest)
                        as highest_before,
                    least(min(value) over (days rows between unbounded preceding and 1 preceding), lowest)
                        as lowest_before
                from changed left join earlier using ({SERIES}) left join newest using ({SERIES})
                window days as (partition by {SERIES} order by trade_date)
            )
            select series.metric, series.asset, series.scope, series.time_window, series.statistic, series.trade_date,
                series.value, series.highest_since_date, high.value as highest_since_value, series.lowest_since_date,
                low.value as lowest_since_value
            from series
            left join named as high
                on high.metric = series.metric and high.asset = series.asset and high.scope = series.scope
                and high.time_window = series.time_window and high.statistic = series.statistic
                and high.trade_date = series.highest_since_date
            left join named as low
                on low.metric = series.metric and low.asset = series.asset and low.scope = series.scope
                and low.time_window = series.time_window and low.statistic = series.statistic
                and low.trade_date = series.lowest_since_date
            where (series.highest_since_date is not null and (high.value >= series.value) is not true)
                or series.highest_since_date >= series.trade_date or series.lowest_since_date >= series.trade_date
                or (series.lowest_since_date is not null and (low.value <= series.value) is not true)
                or (series.highest_since_date is null and highest_before >= series.value)
                or (series.lowest_since_date is null and lowest_before <= series.value)
                or (value_before >= series.value and series.highest_since_date <> date_before)
                or (value_before <= series.value and series.lowest_since_date <> date_before)
            order by all
            """,
            # What a later day names, or stands for, is in the rows before: these are read, and not judged again.
            days={"fct_daily_records": "trade_date"},
        ),
    ),
    Check(
        name="the_newest_records_are_exact",
        table="fct_daily_records",
        severity="critical",
        reason=(
            "Recomputed the slow way, the last earlier day as high (or low) is another one: the step that makes all "
            "records is wrong, and the brief is made of them."
        ),
        rule=NoRows(
            f"""
            with newest as materialized (
                select *, row_number() over () as series from (
                    select * from $batch where trade_date >= $since
                    qualify row_number() over (partition by {SERIES} order by trade_date desc) = 1
                )
            ),
            -- Most series name days of the last year: of the others the years before are read, too.
            last_year as materialized (
                select series, {LAST_DAYS}
                from newest
                inner join marts.fct_daily_metrics as earlier using ({SERIES})
                where earlier.trade_date < newest.trade_date and earlier.trade_date >= $since - 366
                group by series
            ),
            years_before as (
                select series, {LAST_DAYS}
                from newest
                anti join (from last_year where high_date is not null and low_date is not null) using (series)
                inner join marts.fct_daily_metrics as earlier using ({SERIES})
                where earlier.trade_date < $since - 366
                group by series
            ),
            recomputed as (
                select series, coalesce(last_year.high_date, years_before.high_date) as true_highest_since_date,
                    coalesce(last_year.low_date, years_before.low_date) as true_lowest_since_date
                from last_year full join years_before using (series)
            )
            select {SERIES}, trade_date, highest_since_date, lowest_since_date, true_highest_since_date,
                true_lowest_since_date
            from newest inner join recomputed using (series)
            where highest_since_date is distinct from true_highest_since_date
                or lowest_since_date is distinct from true_lowest_since_date
            order by all
            """,
            # The newest row of a series that ended before is as it was, and so are the days before it.
            days={"fct_daily_records": "trade_date", "fct_daily_metrics": "trade_date"},
        ),
    ),
)
