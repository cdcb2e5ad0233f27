{#- The staging of one Binance kline dataset, every version: the daily and the hourly bars differ in length alone. The
    API and the archive have the same bars; where both were seen at one instant, the API's row is taken.
    The mapping of symbols is a left join on purpose: an unknown symbol stays as a null asset and fails the test. -#}
{% macro binance_klines(from_api, from_archive, bar_seconds) -%}
with source as (

    select * from {{ from_api }}
    union all by name
    select *
    from {{ from_archive }} as archive
    where
        not exists (
            select 1
            from {{ from_api }} as api
            where
                api.symbol = archive.symbol
                and api.observed_at = archive.observed_at
                and {{ from_epoch_ms("api.open_time") }} = {{ from_epoch_ms("archive.open_time") }}
        )

),

renamed as (

    select
        symbols.asset,
        'binance' as venue,
        source.symbol,
        symbols.quote_asset,
        {{ from_epoch_ms("source.open_time") }} as opened_at,
        {{ from_epoch_ms("source.open_time", bar_seconds) }} as closes_at,
        cast(opened_at as date) as trade_date,
        source.open as open_usd,
        source.high as high_usd,
        source.low as low_usd,
        source.close as close_usd,
        source.volume as volume,
        cast(source.quote_volume as decimal(18, 2)) as volume_usd,
        source.trade_count,
        source.taker_buy_volume,
        source.observed_at,
        source.response_id,
    from source
    left join {{ ref("asset_symbols") }} as symbols
        on symbols.source = 'binance' and source.symbol = symbols.symbol

)

select *
from renamed
where closes_at <= observed_at
{%- endmacro %}
