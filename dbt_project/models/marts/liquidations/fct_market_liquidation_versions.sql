with reported as (

    select
        asset,
        'coinmarketcap_all' as scope,
        trade_date,
        'coinmarketcap_liquidations' as source,
        observed_at,
        snapshot_at,
        long_usd,
        short_usd,
        total_usd,
        venue_list,
    from {{ ref("stg_coinmarketcap__liquidation_snapshots_versions") }}
    -- A snapshot of the afternoon is of two days. Of several of a morning the first is the nearest: no later one
    -- replaces it.
    where snapshot_at < trade_date + 1 + interval 12 hour
    qualify snapshot_at = min(snapshot_at) over (partition by trade_date)

),

changed as (

    {{ changed_versions(
        "reported",
        ["asset", "scope", "trade_date", "source"],
        ["snapshot_at", "long_usd", "short_usd", "total_usd", "venue_list"],
    ) | indent(4) }}

)

select
    asset,
    scope,
    trade_date,
    source,
    observed_at,
    snapshot_at,
    long_usd,
    short_usd,
    total_usd,
    venue_list,
from changed
order by asset, scope, trade_date, source, observed_at
