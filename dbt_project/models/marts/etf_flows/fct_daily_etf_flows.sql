with cells as (

    select * from {{ ref("int_etf_fund_cells") }}

),

newest as (

    select *
    from cells
    qualify row_number() over (partition by asset, fund_ticker, trade_date order by observed_at desc) = 1

),

history as (

    select
        asset,
        fund_ticker,
        trade_date,
        min(observed_at) as first_observed_at,
        max(observed_at) as last_changed_at,
        count(*) filter (where is_revision) as revision_count,
    from cells
    group by all

),

states as (

    select
        fund_sessions.asset,
        fund_sessions.fund_ticker,
        fund_sessions.trade_date,
        fund_sessions.session_number,
        fund_sessions.closes_at,
        newest.net_flow_usd,
        coalesce(newest.source, 'farside') as source,
        case
            when newest.net_flow_usd is not null then 'reported'
            when not fund_sessions.is_listed then 'not_listed'
            when fund_sessions.times_out_at is not null then 'never_reported'
            else 'pending'
        end as state,
        coalesce(history.first_observed_at, fund_sessions.session_observed_at) as first_observed_at,
        coalesce(history.last_changed_at, fund_sessions.session_observed_at) as last_changed_at,
        coalesce(history.revision_count, 0) as revision_count,
    from {{ ref("int_etf_fund_sessions") }} as fund_sessions
    left join newest using (asset, fund_ticker, trade_date)
    left join history using (asset, fund_ticker, trade_date)

),

launches as (

    select
        funds.asset,
        funds.fund_ticker,
        min(sessions.session_number) as launch_session_number,
    from {{ ref("etf_funds") }} as funds
    inner join {{ ref("stg_nyse__sessions") }} as sessions
        on funds.first_trade_date <= sessions.session_date
    group by all

),

-- A cumulative sum is one only when it starts at the launch and no session in between is missing or still to come. A
-- cell that was never filled has no figure to add.
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
    last_changed_at,
    cast(revision_count as integer) as revision_count,
    state != 'pending' and {{ is_settled("etf_flows", "running.source", "running.closes_at") }} as is_final,
from running
order by asset, fund_ticker, trade_date
