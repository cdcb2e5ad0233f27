with source as (

    select * from {{ source("nyse", "sessions") }}

),

renamed as (

    select
        session_date,
        opens_at,
        closes_at,
        is_early_close,
        row_number() over (order by session_date) as session_number,
    from source

)

select * from renamed
