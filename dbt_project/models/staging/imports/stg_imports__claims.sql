with source as (

    select * from {{ source("imports", "claims") }}

),

renamed as (

    select
        claim_id,
        claim_text,
        metric,
        asset,
        scope,
        time_window,
        statistic,
        claim_date,
        claim_at,
        period_start_date,
        comparator,
        threshold,
        tolerance_ratio,
        since_date,
        since_precision,
        record_direction,
        history_from_date,
        source_url,
        note,
    from source

)

select *
from renamed
