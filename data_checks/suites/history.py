"""Changes: every restatement is recorded, and no history is lost since the last release."""

from data_checks.check import Check, NoRows
from data_checks.earlier import DAYS, history_sql

KEY = "metric, asset, scope, time_window, statistic, trade_date"

VERSIONED = (
    ("price", "fct_price_versions", "fct_daily_venue_prices", "asset, venue, trade_date", "close_usd"),
    (
        "liquidation",
        "fct_liquidation_versions",
        "fct_daily_liquidations",
        "asset, scope, trade_date, source",
        "total_usd",
    ),
    ("fund_flow", "fct_etf_flow_versions", "fct_daily_etf_flows", "asset, fund_ticker, trade_date", "net_flow_usd"),
    ("total_flow", "fct_etf_total_versions", "fct_daily_etf_totals", "asset, trade_date", "net_flow_usd"),
    ("market_cap", "fct_market_cap_versions", "fct_daily_market_caps", "scope, trade_date, source", "ex_btc_usd"),
    *(
        (what, versions, table, "asset, scope, trade_date", value)
        for what, versions, table, value in (
            ("stablecoin", "fct_stablecoin_versions", "fct_daily_stablecoins", "supply_usd"),
            ("exchange_flow", "fct_exchange_flow_versions", "fct_daily_exchange_flows", "inflow_coins"),
            ("sentiment", "fct_sentiment_versions", "fct_daily_sentiment", "fear_greed_points"),
            (
                *("implied_volatility", "fct_implied_volatility_versions"),
                *("fct_daily_implied_volatility", "close_ratio"),
            ),
            (
                *("market_liquidation", "fct_market_liquidation_versions"),
                *("fct_daily_market_liquidations", "total_usd"),
            ),
            (
                *("perpetual_price", "fct_perpetual_price_versions"),
                *("fct_daily_perpetual_prices", "close_usd"),
            ),
            ("dominance", "fct_dominance_versions", "fct_daily_dominance", "close_ratio"),
            ("funding_range", "fct_funding_range_versions", "fct_daily_funding_ranges", "high_ratio"),
            (
                *("open_interest_range", "fct_open_interest_range_versions"),
                *("fct_daily_open_interest_ranges", "high_usd"),
            ),
            (
                *("futures_positioning", "fct_futures_positioning_versions"),
                *("fct_weekly_futures_positioning", "open_interest_contracts"),
            ),
        )
    ),
)
"""Per subject: the table of versions, the table of the newest ones, their common key, and the figure."""

SHRUNK = f"""now_held as ({history_sql("$now", since="$since").replace("marts.fct_daily_metrics", "$batch")}),
            shrunk as (
                select earlier.table_name, earlier.series, earlier.row_count as earlier_row_count,
                    coalesce(now_held.row_count, 0) as row_count,
                    earlier.row_count - coalesce(now_held.row_count, 0) as lost_count,
                    earlier.first_at as earlier_first_at, now_held.first_at
                from $earlier as earlier (table_name, series, row_count, first_at)
                left join now_held using (table_name, series)
                where coalesce(now_held.row_count, 0) < earlier.row_count or now_held.first_at > earlier.first_at
            )"""
"""Series that had more days, or earlier ones, in the release before."""

CHECKS = (
    Check(
        name="revisions_lead_from_the_old_value_to_the_new",
        table="fct_revisions",
        severity="warning",
        reason="A revision starts where the one before it ended, and its ratio follows from both values.",
        rule=NoRows(
            f"""
            with revisions as (select * from $batch),
            chained as (
                select {KEY}, source, previous_observed_at as observed_at, observed_at as revised_at, old_value,
                    new_value, change_ratio
                from revisions
            ),
            revised as (
                select {KEY}, source, observed_at, new_value as published_before, true as is_revised from revisions
            )
            select {KEY}, source, revised_at, published_before, old_value, new_value, change_ratio
            from chained left join revised using ({KEY}, source, observed_at)
            where (is_revised and published_before is distinct from old_value)
                or abs(change_ratio - (new_value / nullif(old_value, 0) - 1)) > 1e-9
            order by all
            """
        ),
    ),
    Check(
        name="the_newest_revision_is_the_published_value",
        table="fct_revisions",
        severity="warning",
        reason=(
            "After a restatement the tables must show the restated figure, or two tables would disagree about history."
        ),
        rule=NoRows(
            f"""
            with newest as (
                select {KEY}, source, new_value from $batch
                qualify row_number() over (partition by {KEY} order by observed_at desc) = 1
            )
            select {KEY}, newest.new_value, metrics.value as published_value
            from newest inner join marts.fct_daily_metrics as metrics using ({KEY}, source)
            where abs(newest.new_value::double - metrics.value::double) > 1e-9 * greatest(abs(metrics.value::double), 1)
            order by all
            """
        ),
    ),
    Check(
        name="nothing_was_restated_by_more_than_2_percent",
        table="fct_revisions",
        severity="warning",
        reason=(
            "Readers of yesterday's figure should know that it changed. Restatements of the last three days are shown."
        ),
        rule=NoRows(
            f"""
            select {KEY}, observed_at, source, old_value, new_value, change_ratio from $batch
            where abs(change_ratio) > $limit and observed_at > $now - interval $days day
            order by abs(change_ratio) desc, {KEY}
            """,
            {"limit": 0.02, "days": 3},
        ),
    ),
    Check(
        name="no_history_has_shrunk",
        table="fct_daily_metrics",
        severity="critical",
        reason=(
            "Raw tables only gain rows: a series that has lost more than a few of the days that the last release had "
            "means that stored history is gone, and publishing would replace the good copy by what is left."
        ),
        next_step=(
            "The earlier release is unchanged. `warehouse reparse SOURCE` rebuilds a source's raw tables from the "
            "stored responses; `warehouse run --start DAY --end DAY --only SOURCE` fetches the days again."
        ),
        rule=NoRows(
            f"""
            with {SHRUNK},
            -- A day that is withheld now is named in its own table, and not lost.
            named as (
                select shrunk.table_name, shrunk.series, count(distinct trade_date) as withheld_count
                from shrunk inner join marts.rpt_withheld_figures as withheld
                    on contains(' ' || shrunk.series || ' ', ' ' || withheld.asset || ' ')
                    or contains(' ' || shrunk.series || ' ', ' ' || withheld.scope || ' ')
                group by all
            )
            select shrunk.*, coalesce(withheld_count, 0) as withheld_count
            from shrunk left join named using (table_name, series)
            where table_name <> 'fct_revisions'
                and lost_count - coalesce(withheld_count, 0) > greatest($rows, $share * earlier_row_count)
            order by all
            """,
            {"rows": 5, "share": 0.02},
            days=DAYS,
        ),
    ),
    Check(
        name="no_published_figure_disappeared",
        table="fct_daily_metrics",
        severity="warning",
        reason=(
            "A few days that the last release had are not in this one: misread rows that were rejected, or figures "
            "that are withheld now. Readers who quoted them should know."
        ),
        rule=NoRows(f"with {SHRUNK} select * from shrunk order by lost_count desc, table_name, series", days=DAYS),
    ),
    *(
        Check(
            name=f"the_newest_{what}_version_is_published",
            table=versions,
            severity="critical",
            reason=(
                "Every table is made from the newest versions: where the two differ, it is from another build, and the "
                "time at which its figures were observed is wrong."
            ),
            rule=NoRows(
                f"""
                with newest as (
                    select {keys}, observed_at, {value}::double as newest_value from $batch
                    where trade_date >= $since
                    qualify row_number() over (partition by {keys} order by observed_at desc) = 1
                )
                select {keys}, newest.observed_at, newest.newest_value, published.{value}::double as published_value
                from marts.{table} as published left join newest using ({keys})
                where published.trade_date >= $since
                    and (newest_value is distinct from published.{value}::double or newest.observed_at > $now)
                order by all
                """,
                days={versions: "trade_date", table: "trade_date"},
            ),
        )
        for what, versions, table, keys, value in VERSIONED
    ),
)
