with source as (

    select * from {{ source("coinglass_etf", "flow_history") }}

),

renamed as (

    select
        symbols.asset,
        source.coin,
        {{ present_ticker("symbols.asset", "source.etf_ticker") }} as fund_ticker,
        source.etf_ticker as printed_ticker,
        source.etf_ticker = 'Total' as is_total,
        cast({{ from_epoch_ms("source.timestamp") }} as date) as trade_date,
        source.flow_usd as net_flow_usd,
        source.observed_at,
        source.response_id,
    from source
    left join {{ ref("asset_symbols") }} as symbols
        on symbols.source = 'coinglass_etf' and source.coin = symbols.symbol

)

select * from renamed
