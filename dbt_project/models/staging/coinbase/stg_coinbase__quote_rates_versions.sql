with source as (

    select * from {{ source("coinbase_quotes", "candles_1d") }}

),

renamed as (

    select
        symbols.asset as quote_asset,
        'coinbase' as venue,
        source.product_id as symbol,
        cast({{ from_epoch_s("source.time") }} as date) as trade_date,
        cast(trade_date + 1 as timestamp) as as_of_at,
        source.close as rate_usd,
        source.observed_at,
        source.response_id,
    from source
    left join {{ ref("asset_symbols") }} as symbols
        on symbols.source = 'coinbase' and source.product_id = symbols.symbol

)

select *
from renamed
where as_of_at <= observed_at
