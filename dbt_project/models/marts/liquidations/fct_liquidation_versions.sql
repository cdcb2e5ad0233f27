with liquidations as (

    select
        reported.asset,
        -- One venue is its own scope, a list with a name carries the name, any other list names its venues.
        coalesce(scopes.scope, replace(reported.venue_list, ',', '+')) as scope,
        reported.trade_date,
        'coinglass' as source,
        reported.observed_at,
        reported.venue_list,
        reported.long_usd,
        reported.short_usd,
        cast(reported.long_usd + reported.short_usd as decimal(18, 2)) as total_usd,
    from {{ ref("stg_coinglass__daily_liquidations_versions") }} as reported
    left join {{ ref("liquidation_scopes") }} as scopes
        on scopes.source = 'coinglass' and reported.venue_list = scopes.venue_list

),

changed as (

    {{ changed_versions(
        "liquidations", ["asset", "scope", "trade_date", "source"], ["long_usd", "short_usd"]
    ) | indent(4) }}

)

select
    asset,
    scope,
    trade_date,
    source,
    observed_at,
    venue_list,
    long_usd,
    short_usd,
    total_usd,
    cast(long_usd as double) / nullif(cast(total_usd as double), 0) as long_share_ratio,
from changed
order by asset, scope, trade_date, source, observed_at
