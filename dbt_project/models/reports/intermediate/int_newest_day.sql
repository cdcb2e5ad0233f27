-- The newest UTC day with any figure: every report is of a day up to it.
select max(last_date) as newest_date
from {{ ref("int_series_coverage") }}
where time_window = 'utc_day'
