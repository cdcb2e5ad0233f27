with source as (

    select * from {{ source("deribit", "volatility_index_1d") }}

),

renamed as (

    select
        symbols.asset,
        source.currency,
        cast({{ from_epoch_ms("source.timestamp") }} as date) as trade_date,
        -- Multiplied as decimals: dividing doubles by 100 would leave digits that nobody published.
        cast(source.open * 0.01 as double) as open_ratio,
        cast(source.high * 0.01 as double) as high_ratio,
        cast(source.low * 0.01 as double) as low_ratio,
        cast(source.close * 0.01 as double) as close_ratio,
        source.observed_at,
        source.response_id,
    from source
    left join {{ ref("asset_symbols") }} as symbols
        on symbols.source = 'deribit' and source.currency = symbols.symbol

)

select *
from renamed
where trade_date + 1 <= observed_at
