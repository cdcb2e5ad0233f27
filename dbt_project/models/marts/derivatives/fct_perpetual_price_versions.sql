with reported as (

    select
        asset,
        'hyperliquid' as scope,
        trade_date,
        'hyperliquid' as source,
        observed_at,
        open_usd,
        high_usd,
        low_usd,
        close_usd,
        volume,
    from {{ ref("stg_hyperliquid__daily_candles_versions") }}

),

changed as (

    {{ changed_versions(
        "reported",
        ["asset", "scope", "trade_date", "source"],
        ["open_usd", "high_usd", "low_usd", "close_usd", "volume"],
    ) | indent(4) }}

)

select
    asset,
    scope,
    trade_date,
    source,
    observed_at,
    open_usd,
    high_usd,
    low_usd,
    close_usd,
    volume,
from changed
order by asset, scope, trade_date, source, observed_at
