with source as (

    select * from {{ source("coinmarketcap_public", "global_metrics") }}

),

renamed as (

    select
        cast(source.last_updated as timestamp) as snapshot_at,
        -- A snapshot just after midnight is the end of the day before.
        cast(snapshot_at as date) - 1 as trade_date,
        cast(source.total_market_cap as decimal(18, 2)) as total_usd,
        cast(source.altcoin_market_cap as decimal(18, 2)) as ex_btc_usd,
        cast(source.btc_dominance as double) / 100 as btc_dominance_ratio,
        cast(source.eth_dominance as double) / 100 as eth_dominance_ratio,
        source.observed_at,
        source.response_id,
    from source

)

select *
from renamed
where snapshot_at <= observed_at
