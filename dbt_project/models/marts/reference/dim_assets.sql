with assets as (

    select * from {{ ref("assets") }}

),

-- Of several names of one asset the present one.
named as (

    select * replace (coalesce(valid_from_date, date '0001-01-01') as valid_from_date)
    from {{ ref("asset_symbols") }}

),

provider_ids as (

    select
        asset,
        max_by(symbol, valid_from_date) filter (where source = 'coingecko') as coingecko_id,
        max_by(symbol, valid_from_date) filter (where source = 'coinmarketcap') as coinmarketcap_id,
        max_by(symbol, valid_from_date) filter (where source = 'coinmetrics') as coinmetrics_id,
        max_by(symbol, valid_from_date) filter (where source = 'binance') as binance_symbol,
        max_by(symbol, valid_from_date) filter (where source = 'coinbase') as coinbase_product_id,
    from named
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
