-- What each source prints of a fund's flow in a session, version by version, before anything is chosen.
with reports as (

    select
        asset,
        fund_ticker,
        trade_date,
        'farside' as source,
        net_flow_usd,
        observed_at,
        response_id,
    from {{ ref("stg_farside__fund_flows_versions") }}
    where not is_total and not is_seed

    union all

    select
        asset,
        fund_ticker,
        trade_date,
        'theblock' as source,
        net_flow_usd,
        observed_at,
        response_id,
    from {{ ref("stg_theblock__etf_flows_versions") }}

    union all

    select
        asset,
        fund_ticker,
        trade_date,
        'coinglass' as source,
        net_flow_usd,
        observed_at,
        response_id,
    from {{ ref("stg_coinglass__etf_flows_versions") }}
    where asset is not null and not is_total

    union all

    select
        asset,
        fund_ticker,
        trade_date,
        'sosovalue' as source,
        net_flow_usd,
        observed_at,
        response_id,
    from {{ ref("stg_sosovalue__fund_history_versions") }}

),

reach as (

    select
        asset,
        fund_ticker,
        source,
        max(trade_date) as last_date,
        -- The row of a session that has not begun is all dashes.
        max(max(trade_date) filter (where net_flow_usd is not null)) over (partition by asset, source) as newest_date,
    from reports
    group by asset, fund_ticker, source

)

-- A column that came and went: a fund that nobody describes, and that the page's newest session lacks. What it added to
-- the sums of its days, and to those that were expected after them, was a mistake of the page.
select
    reports.*,
    reports.source = 'farside' and funds.fund_ticker is null and reach.last_date < reach.newest_date as is_passing,
from reports
inner join reach
    on
        reports.asset = reach.asset
        and reports.fund_ticker = reach.fund_ticker
        and reports.source = reach.source
left join {{ ref("etf_funds") }} as funds
    on reports.asset = funds.asset and reports.fund_ticker = funds.fund_ticker
