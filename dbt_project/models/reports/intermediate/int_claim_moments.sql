{{ config(materialized="table", meta={
    "by_change": {
        "day": "cast(as_of_at as date)",
        "inputs": {
            "int_moment_figures": "cast(as_of_at as date)",
        },
    }
}) }}
-- Of `int_moment_figures` what may be measured at the instant of a claim: a figure holds for 24 hours at most.
with claimed_days as (

    select cast(claim_at as date) as day,
    from {{ ref("int_claims") }}
    union
    select cast(claim_at as date) - 1 as day,
    from {{ ref("int_claims") }}

)

select moments.*
from {{ ref("int_moment_figures") }} as moments
where
    moments.as_of_at >= {{ first_changed_day() }}
    and cast(moments.as_of_at as date) in (select claimed_days.day from claimed_days)
