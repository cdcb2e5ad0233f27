with source as (

    select * from {{ source("binance_archive_coinm", "liquidation_snapshot") }}

),

renamed as (

    select
        symbols.asset,
        'binance' as venue,
        source.symbol,
        concat_ws(
            '|',
            source.symbol,
            source.time,
            source.side,
            source.order_type,
            source.time_in_force,
            source.original_quantity,
            source.price,
            source.average_price,
            source.order_status,
            source.last_fill_quantity,
            source.accumulated_fill_quantity
        ) as event_key,
        {{ from_epoch_ms("source.time") }} as event_at,
        lower(source.side) as reported_side,
        source.accumulated_fill_quantity as quantity,
        if(symbols.asset = 'BTC', 100, 10) as contract_size_usd,
        source.average_price as price_usd,
        source.observed_at,
        source.response_id,
    from source
    left join {{ ref("asset_symbols") }} as symbols
        on symbols.source = 'binance_archive_coinm' and source.symbol = symbols.symbol

)

select *
from renamed
where event_at <= observed_at
