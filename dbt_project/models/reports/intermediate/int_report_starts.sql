{{ config(materialized="table") }}
-- The first day of what a brief reports. A change of any changes the words of all earlier days.
select
    subject,
    asset,
    scope,
    first_date,
from {{ ref("int_report_coverage") }}
