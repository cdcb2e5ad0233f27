with source as (

    select * from {{ source("landing", "extractions") }}

),

renamed as (

    select
        source,
        dataset,
        -- Homes of earlier versions hold other words.
        case outcome when 'answered' then 'complete' when 'partly answered' then 'partial' else outcome end as outcome,
        message as reason,
        attempted_at,
    from source

)

select *
from renamed
