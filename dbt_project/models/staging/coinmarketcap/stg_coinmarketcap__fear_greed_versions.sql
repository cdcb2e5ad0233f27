with source as (

    select * from {{ source("coinmarketcap_sentiment", "fear_greed_1d") }}

),

renamed as (

    select
        'ALL' as asset,
        cast({{ from_epoch_s("source.timestamp") }} as date) as trade_date,
        source.value as fear_greed_points,
        source.value_classification as classification,
        source.observed_at,
        source.response_id,
    from source

)

select *
from renamed
where trade_date + 1 <= observed_at
