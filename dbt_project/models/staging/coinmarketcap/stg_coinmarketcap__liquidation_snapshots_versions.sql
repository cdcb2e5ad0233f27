with source as (

    select * from {{ source("coinmarketcap_liquidations", "venues_24h") }}

)

select
    'ALL' as asset,
    cast(source.timestamp as timestamp) as snapshot_at,
    cast(snapshot_at as date) - 1 as trade_date,
    cast(sum(source.long_liquidations_24h) as decimal(18, 2)) as long_usd,
    cast(sum(source.short_liquidations_24h) as decimal(18, 2)) as short_usd,
    cast(sum(source.total_liquidations_24h) as decimal(18, 2)) as total_usd,
    string_agg(source.exchange, ',' order by source.exchange) as venue_list,
    source.observed_at,
    any_value(source.response_id) as response_id,
from source
group by source.timestamp, source.observed_at
