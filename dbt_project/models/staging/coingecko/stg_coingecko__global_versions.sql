with source as (

    select * from {{ source("coingecko", "global") }}

),

renamed as (

    select
        {{ from_epoch_s("source.updated_at") }} as snapshot_at,
        -- A snapshot just after midnight is the end of the day before.
        cast(snapshot_at as date) - 1 as trade_date,
        cast(source.total_market_cap_usd as decimal(18, 2)) as total_usd,
        -- The provider reports the whole and Bitcoin's share; the rest follows.
        cast(source.total_market_cap_usd * (1 - source.market_cap_percentage_btc / 100) as decimal(18, 2))
            as ex_btc_usd,
        cast(source.market_cap_percentage_btc as double) / 100 as btc_dominance_ratio,
        cast(source.market_cap_percentage_eth as double) / 100 as eth_dominance_ratio,
        source.observed_at,
        source.response_id,
    from source

)

select *
from renamed
where snapshot_at <= observed_at
