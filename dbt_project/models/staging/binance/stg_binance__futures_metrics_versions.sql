{{ config(meta={
    "by_change": {
        "day": "trade_date",
        "same_day": ["stamped_at"],
        "inputs": {
            "binance_archive_futures.metrics": "cast(create_time - interval 1 microsecond as date)",
        },
    }
}) }}
with source as (

    select * from {{ source("binance_archive_futures", "metrics") }}

),

renamed as (

    select
        symbols.asset,
        'binance' as venue,
        source.symbol,
        source.file_date,
        -- The file's day decides what a stamp means: the first of the new meaning repeats the last of the old one.
        case
            when source.file_date >= date '2026-06-25' then source.create_time + interval 5 minute
            else source.create_time
        end as stamped_at,
        cast(stamped_at - interval 1 microsecond as date) as trade_date,
        -- Files of 2020 and 2021 have 0 where there is no figure.
        nullif({{ in_units("source.sum_open_interest", "decimal(28, 10)") }}, 0) as open_interest_quantity,
        nullif(cast(source.sum_open_interest_value as decimal(18, 2)), 0) as open_interest_usd,
        cast(source.count_long_short_ratio as double) as long_short_account_ratio,
        cast(source.count_toptrader_long_short_ratio as double) as top_trader_account_ratio,
        cast(source.sum_toptrader_long_short_ratio as double) as top_trader_position_ratio,
        cast(source.sum_taker_long_short_vol_ratio as double) as taker_long_short_volume_ratio,
        source.observed_at,
        source.response_id,
    from source
    left join {{ ref("asset_symbols") }} as symbols
        on symbols.source = 'binance_archive_futures' and source.symbol = symbols.symbol

),

-- An instant between two days may be in the files of both: it belongs to the day that it ends.
ends_of_days as (

    select
        symbol,
        stamped_at,
        observed_at,
        cast(stamped_at as date) as file_date,
    from renamed
    where stamped_at = file_date + interval 1 day

)

select *
from renamed
anti join ends_of_days using (symbol, stamped_at, observed_at, file_date)
where stamped_at <= observed_at
