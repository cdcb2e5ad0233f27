-- Farside prints the total beside the funds. Where all of them have reported, the sum of the funds is that total to
-- the rounding of the page; a difference means that a column was misread.
select
    asset,
    trade_date,
    net_flow_usd,
    reported_total_usd,
from {{ ref("fct_daily_etf_totals") }}
where
    source = 'farside'
    and abs(net_flow_usd - reported_total_usd) > {{ threshold("etf_sum_tolerance_usd") }}
