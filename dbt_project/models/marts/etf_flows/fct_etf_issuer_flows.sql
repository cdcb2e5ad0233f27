with issuers as (

    select
        flows.asset,
        coalesce(funds.issuer, 'unknown') as issuer,
        flows.trade_date,
        sum(flows.net_flow_usd) as net_flow_usd,
        count(flows.net_flow_usd) as funds_reported_count,
        count(*) filter (where flows.state = 'pending') as funds_pending_count,
        case
            when count(*) = count(flows.cumulative_net_flow_usd) then sum(flows.cumulative_net_flow_usd)
        end as cumulative_net_flow_usd,
        string_agg(distinct flows.source, ', ' order by flows.source) filter (
            where flows.net_flow_usd is not null
        ) as sources,
        max(flows.observed_at) as observed_at,
        bool_and(flows.is_final) as is_final,
    from {{ ref("fct_daily_etf_flows") }} as flows
    left join {{ ref("dim_etf_funds") }} as funds using (asset, fund_ticker)
    where flows.state != 'not_listed'
    group by all

)

select
    asset,
    issuer,
    trade_date,
    cast(net_flow_usd as decimal(18, 2)) as net_flow_usd,
    cast(cumulative_net_flow_usd as decimal(18, 2)) as cumulative_net_flow_usd,
    cast(abs(net_flow_usd) as double) / nullif(cast(sum(abs(net_flow_usd)) over session as double), 0)
        as gross_flow_share_ratio,
    cast(funds_reported_count as integer) as funds_reported_count,
    cast(funds_pending_count as integer) as funds_pending_count,
    sources,
    observed_at,
    is_final,
from issuers
window session as (partition by asset, trade_date)
order by asset, issuer, trade_date
