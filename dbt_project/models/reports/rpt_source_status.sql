select
    source,
    dataset,
    outcome,
    reason,
    attempted_at,
from {{ ref("stg_landing__attempts") }}
order by source, dataset
