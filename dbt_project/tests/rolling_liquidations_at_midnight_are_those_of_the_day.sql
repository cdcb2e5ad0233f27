-- The 24 hours that end at midnight are the UTC day: the same sum, by hours and by days. Where the two are
-- different responses a difference is the provider's: shown, not blocking.
{{ config(severity="warn", meta={
    "by_change": {
        "inputs": {
            "fct_rolling_24h": "cast(as_of_at as date)",
            "fct_daily_liquidations": "trade_date",
        },
    }
}) }}
select
    rolling.asset,
    rolling.scope,
    daily.trade_date,
    rolling.sum_24h,
    daily.total_usd,
from {{ ref("fct_rolling_24h") }} as rolling
inner join {{ ref("fct_daily_liquidations") }} as daily
    on
        rolling.asset = daily.asset
        and rolling.scope = daily.scope
        and rolling.source = daily.source
        and rolling.as_of_at = daily.trade_date + 1
where
    rolling.metric = 'total_liquidations_usd'
    -- A row at midnight is one of the day that begins then.
    and rolling.as_of_at >= {{ first_changed_day() }}
    and abs(rolling.sum_24h - cast(daily.total_usd as double)) > 0.01
