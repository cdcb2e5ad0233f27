-- The funds of a session and its total are built on different ways through the models; they must meet.
select
    totals.asset,
    totals.trade_date,
    totals.net_flow_usd,
    sum(funds.net_flow_usd) as sum_of_funds_usd,
from {{ ref("fct_daily_etf_totals") }} as totals
inner join {{ ref("fct_daily_etf_flows") }} as funds using (asset, trade_date)
where totals.source = 'farside'
group by totals.asset, totals.trade_date, totals.net_flow_usd
having sum_of_funds_usd is distinct from totals.net_flow_usd
