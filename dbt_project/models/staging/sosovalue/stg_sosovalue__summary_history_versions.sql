with source as (

    select * from {{ source("sosovalue", "summary_history") }}

),

renamed as (

    select
        asset,
        date as trade_date,
        total_net_inflow as net_flow_usd,
        observed_at,
        response_id,
    from source

)

select * from renamed
