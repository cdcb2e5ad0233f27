with source as (

    select * from {{ source("kraken_quotes", "ohlc_1d") }}

),

renamed as (

    select
        symbols.asset as quote_asset,
        'kraken' as venue,
        source.pair as symbol,
        cast({{ from_epoch_s("source.time") }} as date) as trade_date,
        cast(trade_date + 1 as timestamp) as as_of_at,
        source.close as rate_usd,
        source.trade_count,
        source.observed_at,
        source.response_id,
    from source
    left join {{ ref("asset_symbols") }} as symbols
        on symbols.source = 'kraken' and source.pair = symbols.symbol

)

select *
from renamed
-- Kraken fills a day without a trade with the price of the day before: no trade had that price.
where as_of_at <= observed_at and trade_count > 0
