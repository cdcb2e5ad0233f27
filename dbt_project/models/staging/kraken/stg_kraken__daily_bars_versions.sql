{{ config(meta={
    "by_change": {
        "day": "trade_date",
        "same_day": ["opened_at"],
        "inputs": {
            "kraken.ohlc_1d": "cast(" ~ from_epoch_s("time") ~ " as date)",
        },
    }
}) }}
with source as (

    select * from {{ source("kraken", "ohlc_1d") }}

),

renamed as (

    select
        symbols.asset,
        'kraken' as venue,
        source.pair as symbol,
        symbols.quote_asset,
        {{ from_epoch_s("source.time") }} as opened_at,
        opened_at + interval 1 day as closes_at,
        cast(opened_at as date) as trade_date,
        source.open as open_usd,
        source.high as high_usd,
        source.low as low_usd,
        source.close as close_usd,
        source.volume,
        -- Bars carry base volume alone; volume times close would be an estimate, not what was traded.
        cast(null as decimal(18, 2)) as volume_usd,
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
where closes_at <= observed_at and trade_count > 0
