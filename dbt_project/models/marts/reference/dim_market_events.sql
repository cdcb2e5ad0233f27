with events as (

    select * from {{ ref("market_events") }}
    -- Events after the run's instant had not happened yet.
    where event_date <= cast({{ run_now() }} as date)

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
