select
    name,
    title,
    url,
from {{ ref("titles") }}
order by name
