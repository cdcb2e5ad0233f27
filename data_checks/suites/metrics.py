"""The long table of every daily figure and its records: the facts again, once each, and exact look-ups."""

from data_checks.check import Check, NoRows, UniqueKey

SERIES = "metric, asset, scope, time_window, statistic"
METRIC_KEY = ("metric", "asset", "scope", "time_window", "statistic", "trade_date")
KEY = ", ".join(METRIC_KEY)

FACTS = """
    select 'price_usd' as metric, asset, venue as scope, 'utc_day' as time_window, 'close' as statistic, trade_date,
        close_usd::double as value
    from marts.fct_daily_venue_prices
    union all
    select 'etf_net_flow_usd', asset, 'us_spot_etfs', 'nyse_session', 'sum', trade_date, net_flow_usd::double
    from marts.fct_daily_etf_totals
    union all
    select 'etf_net_flow_usd', asset, fund_ticker, 'nyse_session', 'sum', trade_date, net_flow_usd::double
    from marts.fct_daily_etf_flows
    union all
    select 'etf_cumulative_net_flow_usd', asset, 'us_spot_etfs', 'nyse_session', 'end', trade_date,
        cumulative_net_flow_usd::double
    from marts.fct_daily_etf_totals
    union all
    select 'long_liquidations_usd', asset, scope, 'utc_day', 'sum', trade_date, long_usd::double
    from marts.fct_daily_liquidations
    union all
    select 'short_liquidations_usd', asset, scope, 'utc_day', 'sum', trade_date, short_usd::double
    from marts.fct_daily_liquidations
"""

CHECKS = (
    Check(
        name="a_metric_has_one_value_per_key",
        table="fct_daily_metrics",
        severity="critical",
        reason="The long table promises one figure per metric, asset, scope, window, statistic and day.",
        rule=UniqueKey(METRIC_KEY),
    ),
    Check(
        name="metrics_are_the_facts",
        table="fct_daily_metrics",
        severity="critical",
        reason=(
            "The long table repeats the facts: a figure that differs, is missing or has no fact behind it is a broken "
            "build."
        ),
        rule=NoRows(
            f"""
            with facts as (select * from ({FACTS}) where value is not null),
            metrics as (
                select {KEY}, value::double as value from $batch
                where (metric, time_window, statistic) in (select (metric, time_window, statistic) from facts)
            )
            select {KEY}, facts.value as fact_value, metrics.value as metric_value
            from facts full join metrics using ({KEY})
            where (abs(facts.value - metrics.value) <= 1e-9 * greatest(abs(facts.value), 1)) is not true
            order by all
            """
        ),
    ),
    Check(
        name="no_metric_is_of_the_future",
        table="fct_daily_metrics",
        severity="critical",
        reason="Nothing can be known of a day that has not ended, nor before it was observed.",
        rule=NoRows(
            f"""
            select {KEY}, observed_at from $batch
            -- A session ends before its UTC day does: funds may report it on the same date.
            where trade_date > $now::date or (trade_date = $now::date and time_window <> 'nyse_session')
                or trade_date < date '2009-01-03' or observed_at > $now
            order by all
            """
        ),
    ),
    Check(
        name="every_metric_has_its_record",
        table="fct_daily_records",
        severity="critical",
        reason="'Highest since' is a lookup: each figure has exactly one record row, with the same value.",
        rule=NoRows(
            f"""
            with records as (select * from $batch),
            counted as (
                select {KEY}, count(*) as records_count, any_value(value)::double as value from records group by all
            )
            select {KEY}, records_count, counted.value as record_value, metrics.value as metric_value
            from marts.fct_daily_metrics as metrics full join counted using ({KEY})
            where (records_count = 1 and counted.value = metrics.value::double) is not true
            order by all
            """
        ),
    ),
    Check(
        name="records_point_at_days_that_hold_them",
        table="fct_daily_records",
        severity="critical",
        reason="The named day must be earlier and at least as high (or low), and no day between may be.",
        rule=NoRows(
            f"""
            with records as (select * from $batch),
            series as (
                select *, lag(value) over days as value_before, lag(trade_date) over days as date_before,
                    max(value) over (days rows between unbounded preceding and 1 preceding) as highest_before,
                    min(value) over (days rows between unbounded preceding and 1 preceding) as lowest_before
                from records
                window days as (partition by {SERIES} order by trade_date)
            )
            select series.metric, series.asset, series.scope, series.time_window, series.statistic, series.trade_date,
                series.value, series.highest_since_date, high.value as highest_since_value, series.lowest_since_date,
                low.value as lowest_since_value
            from series
            left join records as high
                on high.metric = series.metric and high.asset = series.asset and high.scope = series.scope
                and high.time_window = series.time_window and high.statistic = series.statistic
                and high.trade_date = series.highest_since_date
            left join records as low
                on low.metric = series.metric and low.asset = series.asset and low.scope = series.scope
                and low.time_window = series.time_window and low.statistic = series.statistic
                and low.trade_date = series.lowest_since_date
            where series.is_record_high <> (series.highest_since_date is null)
                or series.is_record_low <> (series.lowest_since_date is null)
                or series.highest_since_date >= series.trade_date or series.lowest_since_date >= series.trade_date
                or (series.highest_since_date is not null and (high.value >= series.value) is not true)
                or (series.lowest_since_date is not null and (low.value <= series.value) is not true)
                or (series.highest_since_date is null and highest_before >= series.value)
                or (series.lowest_since_date is null and lowest_before <= series.value)
                or (value_before >= series.value and series.highest_since_date <> date_before)
                or (value_before <= series.value and series.lowest_since_date <> date_before)
            order by all
            """
        ),
    ),
    Check(
        name="the_newest_records_are_exact",
        table="fct_daily_records",
        severity="critical",
        reason=(
            "What the brief says of today is recomputed the slow way: the last earlier day at least as high, and as "
            "low."
        ),
        rule=NoRows(
            f"""
            with newest as (
                select * from $batch qualify row_number() over (partition by {SERIES} order by trade_date desc) = 1
            ),
            recomputed as (
                select {SERIES}, newest.trade_date, newest.highest_since_date, newest.lowest_since_date,
                    max(earlier.trade_date) filter (where earlier.value >= newest.value) as true_highest_since_date,
                    max(earlier.trade_date) filter (where earlier.value <= newest.value) as true_lowest_since_date
                from newest
                inner join marts.fct_daily_metrics as earlier using ({SERIES})
                where earlier.trade_date < newest.trade_date
                group by all
            )
            select * from recomputed
            where highest_since_date is distinct from true_highest_since_date
                or lowest_since_date is distinct from true_lowest_since_date
            order by all
            """
        ),
    ),
)
