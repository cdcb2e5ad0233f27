{{ config(materialized="table") }}
-- The last day of what a brief reports. A new day moves it, which changes the words of later days alone.
select
    subject,
    asset,
    scope,
    last_date,
from {{ ref("int_report_coverage") }}
where last_date is not null
