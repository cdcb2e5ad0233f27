-- CoinGlass prints a sum beside its funds. Where they differ, a fund is missing or was printed in another unit.
{{ config(severity="warn") }}
select
    asset,
    trade_date,
    sum(net_flow_usd) filter (where not is_total) as funds_usd,
    sum(net_flow_usd) filter (where is_total) as printed_usd,
from {{ ref("stg_coinglass__etf_flows") }}
where asset is not null
group by all
having abs(funds_usd - printed_usd) > {{ threshold("etf_sum_tolerance_usd") }}
