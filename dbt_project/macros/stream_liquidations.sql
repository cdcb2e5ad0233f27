{#- The versions of what `warehouse collect` received of a venue: coins of a linear contract, valued at the fill price
    where the venue reports it, else at the bankruptcy price (`dim_venues`). -#}
{% macro stream_liquidations(provider, venue) -%}
with source as (

    select * from {{ source(provider, "liquidations") }}

),

renamed as (

    select
        symbols.asset,
        '{{ venue }}' as venue,
        source.symbol,
        concat_ws(
            '|', source.symbol, source.event_time, source.pushed_at, source.side, source.quantity, source.price,
            source.average_price, source.occurrence
        ) as event_key,
        source.occurrence as occurrence_number,
        {{ from_epoch_ms("source.event_time") }} as event_at,
        source.side as reported_side,
        {{ in_units("source.quantity", "decimal(28, 10)") }} as quantity,
        {{ per_unit("source.average_price", "decimal(28, 10)") }} as price_usd,
        source.observed_at,
        source.response_id,
    from source
    left join {{ ref("asset_symbols") }} as symbols
        on symbols.source = '{{ provider }}' and source.symbol = symbols.symbol

)

select *
from renamed
{%- endmacro %}
