with source as (

    select * from {{ source("defillama", "etf_flows") }}

),

renamed as (

    select
        symbols.asset,
        source.gecko_id,
        cast(left(source.day, 10) as date) as trade_date,
        source.total_flow_usd as net_flow_usd,
        source.observed_at,
        source.response_id,
    from source
    left join {{ ref("asset_symbols") }} as symbols
        on symbols.source = 'defillama' and source.gecko_id = symbols.symbol

)

select * from renamed
