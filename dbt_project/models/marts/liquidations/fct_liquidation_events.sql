{{ config(meta={"volume": true}) }}
-- OKX reports an event on its stream and again in its REST API: the event counts once, with the first observation.
with reported_again as (

    select event_id
    from {{ ref("int_liquidation_events") }}
    where venue = 'okx'
    qualify
        source != first_value(source) over (
            partition by symbol, event_at, side_as_reported, quantity, price_usd, occurrence_number
            order by observed_at, source
        )

)

select * exclude (reported_value_usd)
from {{ ref("int_liquidation_events") }}
anti join reported_again using (event_id)
order by venue, event_at, event_id
