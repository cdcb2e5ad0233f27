-- A state is that of the instant: before later sessions were reported, a session that is never reported was pending.
with {{ numbered_sessions() }},

cells as (

    select * from {{ ref("fct_etf_flow_versions") }}

),

newest as (

    select
        asset,
        fund_ticker,
        trade_date,
        arg_max_null(net_flow_usd, observed_at) as net_flow_usd,
        arg_max(source, observed_at) as source,
        min(observed_at) as first_observed_at,
        max(observed_at) as observed_at,
        count(*) filter (where is_revision) as revision_count,
    from cells
    group by all

),

fund_sessions as (

    select
        asset,
        trade_date,
        min(observed_at) as session_observed_at,
        count(net_flow_usd) > 0 as is_reported,
    from cells
    group by all

),

-- Number of later sessions with a figure of any fund.
passed_by as (

    select
        *,
        coalesce(count(*) filter (where is_reported) over later_sessions, 0) as later_reported_count,
    from fund_sessions
    window later_sessions as (
        partition by asset
        order by trade_date
        rows between 1 following and unbounded following
    )

),

listings as (

    select
        cells.asset,
        cells.fund_ticker,
        coalesce(
            any_value(described.first_trade_date),
            min(cells.trade_date) filter (where cells.net_flow_usd is not null)
        ) as listed_date,
    from cells
    left join {{ ref("dim_etf_funds") }} as described
        on cells.asset = described.asset and cells.fund_ticker = described.fund_ticker
    group by all

),

states as (

    select
        passed_by.asset,
        listings.fund_ticker,
        passed_by.trade_date,
        sessions.session_number,
        sessions.closes_at,
        newest.net_flow_usd,
        coalesce(newest.source, 'farside') as source,
        case
            when newest.net_flow_usd is not null then 'reported'
            when not coalesce(passed_by.trade_date >= listings.listed_date, false) then 'not_listed'
            when passed_by.later_reported_count > {{ threshold("etf_never_reported_after") }} then 'never_reported'
            else 'pending'
        end as state,
        coalesce(newest.first_observed_at, passed_by.session_observed_at) as first_observed_at,
        coalesce(newest.observed_at, passed_by.session_observed_at) as observed_at,
        coalesce(newest.revision_count, 0) as revision_count,
    from passed_by
    inner join listings using (asset)
    inner join sessions
        on passed_by.trade_date = sessions.session_date
    left join newest using (asset, fund_ticker, trade_date)

),

-- The sum since launch exists only while no session since launch is missing or pending. A cell that is never reported
-- adds nothing.
running as (

    select
        states.*,
        count(*) filter (where states.state in ('reported', 'never_reported')) over since_launch
        = states.session_number - launches.launch_session_number + 1 as is_unbroken,
        sum(states.net_flow_usd) over since_launch as running_net_flow_usd,
    from states
    left join launches using (asset, fund_ticker)
    window since_launch as (
        partition by states.asset, states.fund_ticker, states.session_number >= launches.launch_session_number
        order by states.trade_date
    )

)

select
    asset,
    fund_ticker,
    trade_date,
    net_flow_usd,
    state,
    cast(
        case when is_unbroken and state = 'reported' then running_net_flow_usd end as decimal(18, 2)
    ) as cumulative_net_flow_usd,
    source,
    first_observed_at,
    observed_at,
    cast(revision_count as integer) as revision_count,
    state != 'pending' and {{ is_settled("etf_flows", "running.source", "running.closes_at") }} as is_final,
from running
order by asset, fund_ticker, trade_date
