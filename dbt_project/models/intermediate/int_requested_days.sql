-- Which days were requested of a source about a subject: overlapping and adjoining windows as one. A response without
-- a window is of a whole page; it requests no day in particular and is not here.
with windows as (

    select
        -- An archive of a provider counts as the provider.
        replace(source, '_archive', '') as source,
        subject,
        cast(requested_from_at as date) as first_date,
        cast(requested_until_at - interval 1 microsecond as date) as last_date,
    from {{ ref("stg_landing__responses") }}
    where requested_from_at < requested_until_at

),

beside_the_ones_before as (

    select
        *,
        max(last_date) over (
            partition by source, subject
            order by first_date, last_date
            rows between unbounded preceding and 1 preceding
        ) as last_date_before,
    from windows

),

islands as (

    select
        *,
        count(*) filter (where coalesce(first_date > last_date_before + 1, true)) over (
            partition by source, subject
            order by first_date, last_date
            rows between unbounded preceding and current row
        ) as island_number,
    from beside_the_ones_before

)

select
    source,
    subject,
    min(first_date) as first_date,
    max(last_date) as last_date,
from islands
group by source, subject, island_number
