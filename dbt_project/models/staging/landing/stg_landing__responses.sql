with source as (

    select * from {{ source("landing", "responses") }}

),

rejected as (

    select distinct response_id
    from {{ source("landing", "rejected_records") }}
    where not coalesce(is_notice, false)

),

renamed as (

    select
        source.response_id,
        source.source,
        source.dataset,
        source.subject,
        source.window_start as requested_from_at,
        source.window_end as requested_until_at,
        source.covered_from as covered_from_at,
        source.covered_until as covered_until_at,
        -- A response with a record that could not be read lacks that record: it covers nothing completely.
        coalesce(source.status = 200 and source.covered_from < source.covered_until, false)
        and rejected.response_id is null as is_whole,
        -- Rows stored before the run's instant was kept have none.
        coalesce(source.observed_at, source.fetched_at) as received_at,
    from source
    left join rejected
        on source.response_id = rejected.response_id

)

select *
from renamed
