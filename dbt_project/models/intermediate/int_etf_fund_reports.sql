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

last_cells as (

    select
        asset,
        fund_ticker,
        source,
        max(trade_date) as last_date,
    from reports
    group by all

),

-- A misdated row is no session, and that of a session which has not begun is all dashes.
newest_sessions as (

    select
        reports.asset,
        reports.source,
        max(reports.trade_date) as newest_date,
    from reports
    inner join {{ ref("stg_nyse__sessions") }} as sessions
        on reports.trade_date = sessions.session_date
    where reports.net_flow_usd is not null
    group by all

)

-- A column that came and went: a fund that nobody describes, and that the page's newest session lacks. What it added to
-- the sums of its days, and to those that were expected after them, was a mistake of the page.
select
    reports.*,
    reports.source = 'farside'
    and funds.fund_ticker is null
    and coalesce(last_cells.last_date < newest_sessions.newest_date, false) as is_passing,
from reports
inner join last_cells
    on
        reports.asset = last_cells.asset
        and reports.fund_ticker = last_cells.fund_ticker
        and reports.source = last_cells.source
left join newest_sessions
    on reports.asset = newest_sessions.asset and reports.source = newest_sessions.source
left join {{ ref("etf_funds") }} as funds
    on reports.asset = funds.asset and reports.fund_ticker = funds.fund_ticker
