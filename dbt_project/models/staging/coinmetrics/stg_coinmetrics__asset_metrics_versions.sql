{{ config(meta={
    "by_change": {
        "day": "trade_date",
        "inputs": {
            "coinmetrics.asset_metrics_1d": "cast(cast(time as timestamp) as date)",
        },
    }
}) }}
with source as (

    select * from {{ source("coinmetrics", "asset_metrics_1d") }}

),

renamed as (

    select
        symbols.asset,
        source.asset as symbol,
        -- The stamp is the day at whose end the figures were taken: PriceUSD is the rate at the next midnight.
        cast(cast(source.time as timestamp) as date) as trade_date,
        cast(trade_date + 1 as timestamp) as as_of_at,
        cast(source.price_usd as decimal(18, 8)) as price_usd,
        cast(source.cap_mrkt_cur_usd as decimal(18, 2)) as current_market_cap_usd,
        cast(source.cap_mrkt_est_usd as decimal(18, 2)) as estimated_market_cap_usd,
        cast(source.sply_cur as decimal(28, 8)) as current_supply,
        source.observed_at,
        source.response_id,
    from source
    left join {{ ref("asset_symbols") }} as symbols
        on symbols.source = 'coinmetrics' and source.asset = symbols.symbol

)

select *
from renamed
where as_of_at <= observed_at
