-- Claims about the market, shipped or a user's: one row per claim_id; `origin` tells them apart.
with written as (

    select
        *,
        'shipped' as origin,
    from {{ ref("claims") }}

    union all by name

    select
        *,
        'user' as origin,
    from {{ ref("stg_imports__claims") }}

)

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
    cast(threshold as double) as threshold,
    cast(coalesce(tolerance_ratio, 0) as double) as tolerance_ratio,
    since_date,
    coalesce(since_precision, 'day') as since_precision,
    record_direction,
    history_from_date,
    source_url,
    note,
    origin,
    -- The day that the claim is about: as written, else the last UTC day that had ended when it was made.
    coalesce(claim_date, cast(claim_at as date) - 1) as measured_date,
    coalesce(period_start_date, claim_date, cast(claim_at as date) - 1) as first_measured_date,
from written
