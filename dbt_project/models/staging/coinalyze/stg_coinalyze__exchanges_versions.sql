with source as (

    select * from {{ source("coinalyze", "exchanges") }}

),

renamed as (

    select
        code,
        name as exchange_name,
        -- Huobi became HTX.
        case {{ venue_of("name") }}
            when 'huobi' then 'htx'
            when 'woo x' then 'woox'
            else {{ venue_of("name") }}
        end as venue,
        observed_at,
        response_id,
    from source

)

select *
from renamed
