with caps as (

    select figures.*
    from {{ ref("int_market_cap_figures") }} as figures
    anti join {{ ref("int_withheld_market_caps") }}
        using (scope, trade_date, source, snapshot_at, observed_at)

),

-- The figure of a day is the first snapshot after its end from the most preferred source that has one. A later snapshot
-- never replaces an earlier one, whatever the order in which they were observed.
nearest as (

    select *
    from caps
    qualify
        precedence = min(precedence)
            over (
                partition by scope, trade_date
                order by observed_at
                range between unbounded preceding and current row
            )
        and snapshot_at = min(snapshot_at)
            over (
                partition by scope, trade_date, precedence
                order by observed_at
                range between unbounded preceding and current row
            )
        -- The same snapshot may come from the keyed and the public API: it counts once.
        and row_number() over (
            partition by scope, trade_date, precedence, observed_at, snapshot_at
            order by total_usd, ex_btc_usd, btc_dominance_ratio, source
        ) = 1

),

changed as (

    {{ changed_versions(
        "nearest",
        ["scope", "trade_date"],
        ["snapshot_at", "total_usd", "ex_btc_usd", "ex_btc_open_usd", "ex_btc_high_usd", "ex_btc_low_usd"],
    ) | indent(4) }}

)

select
    scope,
    trade_date,
    observed_at,
    total_usd,
    cast(total_usd - ex_btc_usd as decimal(18, 2)) as btc_usd,
    ex_btc_usd,
    btc_dominance_ratio,
    ex_btc_open_usd,
    ex_btc_high_usd,
    ex_btc_low_usd,
    snapshot_at,
    source,
from changed
order by scope, trade_date, observed_at
