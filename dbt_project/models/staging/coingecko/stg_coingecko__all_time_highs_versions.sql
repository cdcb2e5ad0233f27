with source as (

    select * from {{ source("coingecko", "all_time_highs") }}

),

-- The largest coins are listed whatever they are: only those of `asset_symbols` are of interest, so the join is inner.
renamed as (

    select
        symbols.asset,
        source.id as symbol,
        timezone('UTC', cast(source.ath_date as timestamptz)) as high_at,
        cast(high_at as date) as trade_date,
        cast(source.ath as decimal(18, 8)) as high_usd,
        source.observed_at,
        source.response_id,
    from source
    inner join {{ ref("asset_symbols") }} as symbols
        on symbols.source = 'coingecko' and source.id = symbols.symbol

)

select *
from renamed
where
    high_at <= observed_at
    -- A price too small for the table's digits would be none.
    and high_usd > 0
