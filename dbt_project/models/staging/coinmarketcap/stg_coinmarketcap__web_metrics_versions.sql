with source as (

    select * from {{ source("coinmarketcap_web", "global_metrics") }}

),

renamed as (

    select
        {{ from_epoch_s("source.original_score") }} as snapshot_at,
        -- The stamp is the start of a day; a snapshot of its first minutes is the end of the day before.
        cast(cast(source.timestamp as timestamp) as date) - 1 as trade_date,
        cast(source.total_market_cap as decimal(18, 2)) as total_usd,
        cast(source.altcoin_market_cap as decimal(18, 2)) as ex_btc_usd,
        cast(source.btc_dominance as double) / 100 as btc_dominance_ratio,
        -- Years ago it was not followed: a 0 is no share.
        nullif(cast(source.eth_dominance as double), 0) / 100 as eth_dominance_ratio,
        source.observed_at,
        source.response_id,
    from source

)

select *
from renamed
where snapshot_at <= observed_at
