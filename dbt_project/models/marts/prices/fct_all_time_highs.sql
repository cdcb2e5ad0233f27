-- A record stands until a higher one. One above a record that was listed later was a wrong price, taken back.
with standing as (

    select *
    from {{ ref("fct_all_time_high_versions") }}
    qualify
        high_usd <= min(high_usd) over (
            partition by asset, scope
            order by observed_at
            rows between current row and unbounded following
        )

),

newest as (

    {{ newest_with_history("standing", ["asset", "scope", "trade_date"]) | indent(4) }}

)

select
    asset,
    scope,
    trade_date,
    high_usd,
    high_at,
    trade_date = max(trade_date) over (partition by asset, scope) as is_in_force,
    source,
    {{ is_settled("all_time_highs", "newest.source", "(newest.trade_date + interval 1 day)") }} as is_final,
    first_observed_at,
    observed_at,
    revision_count,
from newest
-- The running day may bring a higher one.
where trade_date < cast({{ run_now() }} as date)
order by asset, scope, trade_date
