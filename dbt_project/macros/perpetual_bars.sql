{#- The staging of a venue's daily bars of perpetuals, every version, priced and counted per coin.
    The mapping of symbols is a left join on purpose: an unknown symbol stays as a null asset and fails the test. -#}
{% macro perpetual_bars(bars, source_name, venue, symbol, opened) -%}
with source as (

    select * from {{ bars }}

),

renamed as (

    select
        symbols.asset,
        '{{ venue }}' as venue,
        source.{{ symbol }} as symbol,
        symbols.quote_asset,
        cast({{ from_epoch_ms("source." ~ opened) }} as date) as trade_date,
        {{ per_unit("source.open", "decimal(18, 8)") }} as open_usd,
        {{ per_unit("source.high", "decimal(18, 8)") }} as high_usd,
        {{ per_unit("source.low", "decimal(18, 8)") }} as low_usd,
        {{ per_unit("source.close", "decimal(18, 8)") }} as close_usd,
        {{ in_units("source.volume", "decimal(28, 8)") }} as volume,
        source.observed_at,
        source.response_id,
    from source
    left join {{ ref("asset_symbols") }} as symbols
        on symbols.source = '{{ source_name }}' and source.{{ symbol }} = symbols.symbol

)

select *
from renamed
where trade_date + 1 <= observed_at
{%- endmacro %}
