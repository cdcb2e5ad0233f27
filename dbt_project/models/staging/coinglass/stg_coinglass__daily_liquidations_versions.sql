with source as (

    select * from {{ source("coinglass", "liquidations_1d") }}

),

renamed as (

    select
        symbols.asset,
        source.symbol,
        source.exchange_list,
        -- The list as a set: order and spelling of the request don't make another scope.
        array_to_string(
            list_sort(list_distinct(list_transform(
                string_split(source.exchange_list, ','), lambda exchange: {{ venue_of("exchange") }}
            ))),
            ','
        ) as venue_list,
        {{ from_epoch_ms("source.time") }} as opened_at,
        opened_at + interval 1 day as closes_at,
        cast(opened_at as date) as trade_date,
        cast(source.aggregated_long_liquidation_usd as decimal(18, 2)) as long_usd,
        cast(source.aggregated_short_liquidation_usd as decimal(18, 2)) as short_usd,
        source.observed_at,
        source.response_id,
    from source
    left join {{ ref("asset_symbols") }} as symbols
        on symbols.source = 'coinglass' and source.symbol = symbols.symbol

)

select *
from renamed
where closes_at <= observed_at
-- CoinGlass fills the days before a coin's records begin with zeros on both sides: those are days without a figure.
qualify
    opened_at >= min(case when long_usd + short_usd > 0 then opened_at end) over (partition by symbol, venue_list)
