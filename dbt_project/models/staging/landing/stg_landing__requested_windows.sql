-- Which days were requested of a source about a subject: overlapping and adjoining windows as one. A response without
-- a window is of a whole page; it requests no day in particular and is not here.
with source as (

    select * from {{ source("landing", "responses") }}

),

renamed as (

    select
        source,
        subject,
        cast(window_start as date) as first_date,
        cast(window_end - interval 1 microsecond as date) as last_date,
    from source
    where window_start < window_end

),

islands as (

    select
        *,
        sum(starts_anew) over (
            partition by source, subject
            order by first_date, last_date
            rows between unbounded preceding and current row
        ) as island_number,
    from (
        select
            *,
            cast(coalesce(first_date > max(last_date) over earlier + 1, true) as integer) as starts_anew,
        from renamed
        window earlier as (
            partition by source, subject
            order by first_date, last_date
            rows between unbounded preceding and 1 preceding
        )
    )

)

select
    source,
    subject,
    min(first_date) as first_date,
    max(last_date) as last_date,
from islands
group by source, subject, island_number
