-- A fund that the seed `etf_funds` doesn't know is kept, with its flows; somebody should describe it.
{{ config(severity="warn") }}
select
    asset,
    fund_ticker,
from {{ ref("dim_etf_funds") }}
where not is_described
