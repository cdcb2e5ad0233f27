with snapshots as (

    -- The same snapshot may come from the keyed and the public API: it counts once.
    select snapshots.*
    from {{ ref("int_market_cap_snapshots") }} as snapshots
    anti join {{ ref("int_withheld_market_caps") }}
        using (scope, trade_date, source, snapshot_at, observed_at)
    qualify row_number() over (
        partition by scope, source, snapshot_at, observed_at
        order by total_usd, ex_btc_usd, btc_dominance_ratio
    ) = 1

),

changed as (

    {{ changed_versions(
        "snapshots",
        ["scope", "source", "snapshot_at"],
        ["total_usd", "ex_btc_usd", "btc_dominance_ratio"],
    ) | indent(4) }}

),

newest as (

    {{ newest_with_history("changed", ["scope", "source", "snapshot_at"]) | indent(4) }}

)

select
    newest.scope,
    newest.snapshot_at,
    newest.source,
    newest.trade_date,
    newest.total_usd,
    cast(newest.total_usd - newest.ex_btc_usd as decimal(18, 2)) as btc_usd,
    newest.ex_btc_usd,
    newest.btc_dominance_ratio,
    days.snapshot_at is not null as is_value_of_the_day,
    newest.first_observed_at,
    newest.observed_at,
    newest.revision_count,
from newest
left join {{ ref("fct_daily_market_caps") }} as days
    on
        newest.scope = days.scope
        and newest.trade_date = days.trade_date
        and newest.source = days.source
        and newest.snapshot_at = days.snapshot_at
order by scope, snapshot_at, source
