with events as (

    select * from {{ ref("market_events") }}

)

select
    event_date,
    event_id,
    asset,
    title,
    category,
    source_url,
from events
order by event_date, event_id
