with source as (

    select * from {{ source("binance_archive_futures", "metrics") }}

),

renamed as (

    select
        symbols.asset,
        'binance' as venue,
        source.symbol,
        source.create_time as stamped_at,
        cast(stamped_at - interval 1 microsecond as date) as trade_date,
        source.sum_open_interest as open_interest_quantity,
        cast(source.sum_open_interest_value as decimal(18, 2)) as open_interest_usd,
        cast(source.count_long_short_ratio as double) as long_short_account_ratio,
        cast(source.count_toptrader_long_short_ratio as double) as top_trader_account_ratio,
        cast(source.sum_toptrader_long_short_ratio as double) as top_trader_position_ratio,
        cast(source.sum_taker_long_short_vol_ratio as double) as taker_long_short_volume_ratio,
        source.observed_at,
        source.response_id,
    from source
    left join {{ ref("asset_symbols") }} as symbols
        on symbols.source = 'binance_archive_futures' and source.symbol = symbols.symbol

)

select *
from renamed
where stamped_at <= observed_at
