{{ config(materialized="table", meta={"volume": true}) }}
-- Every event that a source reported, by source: a day of a source is the sum of its own events.
with okx as (

    select
        'okx_futures' as source,
        *,
    from {{ ref("stg_okx__liquidation_orders") }}

    union all by name

    select
        'okx_stream' as source,
        *,
    from {{ ref("stg_okx__liquidations") }}

),

okx_coins as (

    select
        okx.*,
        instruments.contract_type,
        -- Coins or, in an inverse contract, dollars. With ten decimal places, as each of the two has: beside twenty and
        -- those of a price there is no room for a hundred million dollars.
        cast(
            {{ bounded_product("okx.quantity", "instruments.contract_size") }} as decimal(28, 10)
        ) as contracts_hold,
    from okx
    left join {{ ref("stg_okx__instruments") }} as instruments
        on okx.symbol = instruments.instrument

),

reported as (

    select
        okx.asset,
        okx.venue,
        okx.source,
        okx.symbol,
        okx.event_key,
        okx.occurrence_number,
        okx.event_at,
        okx.reported_side,
        okx.quantity,
        'contract' as quantity_unit,
        okx.price_usd,
        -- An inverse contract holds dollars: no price is involved.
        {{ bounded_product("okx.contracts_hold", "if(okx.contract_type = 'linear', okx.price_usd, 1)") }} as value_usd,
        okx.observed_at,
    from okx_coins as okx

    union all

    select
        asset,
        venue,
        'htx' as source,
        symbol,
        event_key,
        1 as occurrence_number,
        event_at,
        reported_side,
        quantity,
        'contract' as quantity_unit,
        price_usd,
        value_usd,
        observed_at,
    from {{ ref("stg_htx__liquidation_orders") }}

    union all

    {% for source, events in [
        ("bybit_stream", "stg_bybit__liquidations"),
        ("binance_stream", "stg_binance__liquidations"),
        ("aster_stream", "stg_aster__liquidations"),
        ("dydx_stream", "stg_dydx__liquidations"),
        ("lighter_stream", "stg_lighter__liquidations"),
    ] %}
    select
        asset,
        venue,
        '{{ source }}' as source,
        symbol,
        event_key,
        occurrence_number,
        event_at,
        reported_side,
        quantity,
        'coin' as quantity_unit,
        price_usd,
        {{ bounded_product("quantity", "price_usd") }} as value_usd,
        observed_at,
    from {{ ref(events) }}

    union all

    {% endfor %}

    select
        asset,
        venue,
        'bitget_stream' as source,
        symbol,
        event_key,
        occurrence_number,
        event_at,
        reported_side,
        quantity,
        'coin' as quantity_unit,
        price_usd,
        value_usd,
        observed_at,
    from {{ ref("stg_bitget__liquidations") }}

    union all

    select
        asset,
        venue,
        'bitfinex' as source,
        symbol,
        event_key,
        1 as occurrence_number,
        event_at,
        reported_side,
        quantity,
        'coin' as quantity_unit,
        price_usd,
        {{ bounded_product("quantity", "price_usd") }} as value_usd,
        observed_at,
    from {{ ref("stg_bitfinex__liquidations") }}

    union all

    select
        asset,
        venue,
        'binance_archive_coinm' as source,
        symbol,
        event_key,
        1 as occurrence_number,
        event_at,
        reported_side,
        quantity,
        'contract' as quantity_unit,
        price_usd,
        -- A coin-margined contract holds dollars: no price is involved.
        {{ bounded_product("quantity", "contract_size_usd") }} as value_usd,
        observed_at,
    from {{ ref("stg_binance__coin_margined_liquidations") }}

)

select
    reported.venue,
    md5(reported.event_key) as event_id,
    reported.event_at,
    cast(reported.event_at as date) as trade_date,
    reported.asset,
    reported.symbol,
    -- Who buys back closes a short; where a venue names the position, a buy is the long itself.
    case
        when (reported.reported_side = 'buy') = (venues.reported_side = 'position') then 'long'
        else 'short'
    end as liquidated_side,
    reported.reported_side as side_as_reported,
    venues.reported_side as side_convention,
    cast(reported.quantity as decimal(28, 10)) as quantity,
    reported.quantity_unit,
    -- Rounded first: a cast alone rounds a decimal of many digits to the same number in three times the time.
    cast(round(reported.price_usd, 8) as decimal(18, 8)) as price_usd,
    venues.price_basis,
    -- A value beyond the largest ones is contracts or coins taken for dollars: it is not known, nor the sum it is in.
    cast(
        if(
            reported.value_usd between 0 and {{ threshold("liquidation_event_limit_usd") }},
            round(reported.value_usd, 2),
            null
        ) as decimal(18, 2)
    ) as value_usd,
    cast(reported.value_usd as double) as reported_value_usd,
    reported.occurrence_number,
    reported.source,
    reported.observed_at,
from reported
inner join {{ ref("venues") }} as venues
    on reported.venue = venues.venue and venues.reported_side is not null
