{{ config(materialized="table", meta={
    "by_change": {
        "day": "month",
        "inputs": {
            "fct_daily_metrics": "trade_date",
        },
    }
}) }}
-- The days of a series which no day follows at once, within their month. What follows the last day of a month is in
-- another month.
with days as (

    select
        metric,
        asset,
        scope,
        time_window,
        trade_date,
        arg_max(source, statistic) as source,
    from {{ ref("fct_daily_metrics") }}
    -- A fund may close, or be no fund yet: the total of all funds is what is expected of every session.
    where
        statistic not in ('change', 'share')
        and (time_window != 'nyse_session' or scope = 'us_spot_etfs')
        -- Positions at CME are reported for Tuesdays alone, and most days set no record of all times.
        and metric != 'all_time_high_usd'
        and not starts_with(metric, 'cme_')
        and trade_date >= {{ first_changed_day() }}
    group by all

),

followed as (

    select
        *,
        cast(date_trunc('month', trade_date) as date) as month,
        lead(trade_date) over within_month as next_date,
        first_value(trade_date) over within_month as first_date,
    from days
    window within_month as (partition by metric, asset, scope, time_window, month order by trade_date)

)

select
    metric,
    asset,
    scope,
    time_window,
    month,
    trade_date,
    next_date,
    first_date,
    source,
from followed
where next_date is distinct from trade_date + 1
