with klines as (

    select * from {{ ref("stg_binance__hourly_klines") }}

)

select
    asset,
    venue,
    opened_at as hour_at,
    quote_asset,
    open_usd,
    high_usd,
    low_usd,
    close_usd,
    volume,
    volume_usd,
    observed_at as last_changed_at,
from klines
order by asset, venue, hour_at
