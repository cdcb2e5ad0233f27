with source as (

    select * from {{ source("landing", "extractions") }}

),

renamed as (

    select
        source,
        dataset,
        outcome,
        message as reason,
        attempted_at,
    from source

)

select *
from renamed
