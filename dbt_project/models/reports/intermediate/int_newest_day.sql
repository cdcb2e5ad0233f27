{{ config(meta={
    "by_change": {
        "day": "newest_date",
        "inputs": {
            "int_report_ends": "last_date",
        },
    }
}) }}
-- The newest UTC day with any figure: every report is of a day up to it.
select max(last_date) as newest_date
from {{ ref("int_report_ends") }}
where subject = 'figures'
