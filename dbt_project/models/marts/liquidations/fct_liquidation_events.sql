-- OKX tells an event as it happens and again when it is asked: it is one, known since it was told first.
with told_again as (

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
anti join told_again using (event_id)
order by venue, event_at, event_id
