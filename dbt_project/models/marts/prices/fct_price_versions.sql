with venue_bars as (

    select
        asset,
        venue,
        trade_date,
        observed_at,
        quote_asset,
        open_usd,
        high_usd,
        low_usd,
        close_usd,
        volume,
        volume_usd,
    from {{ ref("stg_binance__daily_klines_versions") }}

    union all by name

    select
        asset,
        venue,
        trade_date,
        observed_at,
        quote_asset,
        open_usd,
        high_usd,
        low_usd,
        close_usd,
        volume,
        volume_usd,
    from {{ ref("stg_coinbase__daily_candles_versions") }}

),

changed as (

    {{ changed_versions(
        "venue_bars",
        ["asset", "venue", "trade_date"],
        ["open_usd", "high_usd", "low_usd", "close_usd", "volume", "volume_usd"],
    ) | indent(4) }}

)

select
    asset,
    venue,
    trade_date,
    observed_at,
    quote_asset,
    open_usd,
    high_usd,
    low_usd,
    close_usd,
    volume,
    volume_usd,
from changed
order by asset, venue, trade_date, observed_at
