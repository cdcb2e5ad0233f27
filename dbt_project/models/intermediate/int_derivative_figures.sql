-- What sources tell of a scope's open positions, one statistic a row: the others are null there.
with gate_day_ends as (

    -- The last hour of a day tells how the day ended.
    select *
    from {{ ref("stg_gate__hourly_contract_stats_versions") }}
    where closes_at = trade_date + interval 1 day

)

select
    asset,
    venue as scope,
    trade_date,
    'gate' as source,
    observed_at,
    venue as venue_list,
    open_interest_usd,
    cast(null as double) as funding_rate_ratio,
    long_short_account_ratio,
from gate_day_ends
