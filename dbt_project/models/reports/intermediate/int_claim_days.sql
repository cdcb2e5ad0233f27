{{ config(materialized="table", meta={
    "by_change": {
        "day": "trade_date",
        "inputs": {
            "fct_daily_metrics": "trade_date",
            "fct_daily_records": "trade_date",
        },
    }
}) }}
-- The daily figures of the days that claims are about, with their records.
with claimed_days as (

    select distinct
        cast(unnest(generate_series(
            cast(first_measured_date as timestamp), cast(measured_date as timestamp), interval 1 day
        )) as date) as trade_date,
    from {{ ref("int_claims") }}

)

select
    daily.metric,
    daily.asset,
    daily.scope,
    daily.time_window,
    daily.statistic,
    daily.trade_date,
    daily.value,
    daily.source,
    daily.observed_at,
    daily.is_final,
    daily.is_lower_bound,
    records.highest_since_date,
    records.lowest_since_date,
    records.history_start_date,
from {{ ref("fct_daily_metrics") }} as daily
left join {{ ref("fct_daily_records") }} as records
    on
        daily.metric = records.metric
        and daily.asset = records.asset
        and daily.scope = records.scope
        and daily.time_window = records.time_window
        and daily.statistic = records.statistic
        and daily.trade_date = records.trade_date
        and records.trade_date >= {{ first_changed_day() }}
where
    daily.trade_date >= {{ first_changed_day() }}
    and daily.trade_date in (select claimed_days.trade_date from claimed_days)
