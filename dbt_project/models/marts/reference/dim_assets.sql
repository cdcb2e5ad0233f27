with assets as (

    select * from {{ ref("assets") }}

),

provider_ids as (

    select
        asset,
        max(symbol) filter (where source = 'coingecko') as coingecko_id,
        max(symbol) filter (where source = 'coinmarketcap') as coinmarketcap_id,
        max(symbol) filter (where source = 'coinmetrics') as coinmetrics_id,
        max(symbol) filter (where source = 'binance') as binance_symbol,
        max(symbol) filter (where source = 'coinbase') as coinbase_product_id,
    from {{ ref("asset_symbols") }}
    group by all

)

select
    assets.asset,
    assets.name,
    assets.category,
    assets.is_stablecoin,
    assets.launched_date,
    assets.launched_event,
    provider_ids.coingecko_id,
    provider_ids.coinmarketcap_id,
    provider_ids.coinmetrics_id,
    provider_ids.binance_symbol,
    provider_ids.coinbase_product_id,
from assets
left join provider_ids using (asset)
order by asset
