with source as (

    select * from {{ source("landing", "responses") }}

),

renamed as (

    select
        response_id,
        source,
        dataset,
        subject,
        window_start as asked_from_at,
        window_end as asked_until_at,
        fetched_at as answered_at,
    from source
    where status = 200 and window_start < window_end

)

select *
from renamed
