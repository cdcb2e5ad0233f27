with source as (

    select * from {{ source("deribit", "volatility_index_1d") }}

),

renamed as (

    select
        symbols.asset,
        source.currency,
        cast({{ from_epoch_ms("source.timestamp") }} as date) as trade_date,
        cast(source.open as double) / 100 as open_ratio,
        cast(source.high as double) / 100 as high_ratio,
        cast(source.low as double) / 100 as low_ratio,
        cast(source.close as double) / 100 as close_ratio,
        source.observed_at,
        source.response_id,
    from source
    left join {{ ref("asset_symbols") }} as symbols
        on symbols.source = 'deribit' and source.currency = symbols.symbol

)

select *
from renamed
where trade_date + 1 <= observed_at
