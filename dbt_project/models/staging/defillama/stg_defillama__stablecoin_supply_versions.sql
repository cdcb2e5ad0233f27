with source as (

    select * from {{ source("defillama", "stablecoin_supply_1d") }}

),

renamed as (

    select
        -- A series is `all`, `coin:USDT` or `chain:Tron`.
        if(source.series like 'coin:%', split_part(source.series, ':', 2), 'ALL') as asset,
        if(
            source.series like 'chain:%', 'defillama_' || lower(split_part(source.series, ':', 2)), 'defillama_all'
        ) as scope,
        cast({{ from_epoch_s("source.date") }} as date) as trade_date,
        cast(source.total_circulating as decimal(18, 2)) as supply_coins,
        cast(source.total_circulating_usd as decimal(18, 2)) as supply_usd,
        source.observed_at,
        source.response_id,
    from source

)

select *
from renamed
where trade_date + 1 <= observed_at
