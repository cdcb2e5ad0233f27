with source as (

    select * from {{ source("landing", "responses") }}

),

rejected as (

    select * from {{ source("landing", "rejected_records") }}
    where not coalesce(is_notice, false)

),

renamed as (

    select
        response_id,
        source,
        dataset,
        subject,
        covered_from as covered_from_at,
        covered_until as covered_until_at,
        -- Rows stored before the run's instant was kept have none.
        coalesce(observed_at, fetched_at) as answered_at,
    from source
    -- An answer with a record that could not be read tells all but that one: it settles nothing.
    anti join rejected using (response_id)
    where status = 200 and covered_from < covered_until

)

select *
from renamed
