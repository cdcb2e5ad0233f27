{#-
  `fct_daily_etf_totals` and `fct_daily_etf_flows` over versions known at an instant: each mart and its as-of macro are one
  definition. `dates` and `funds` have the shape of `dim_dates` and `dim_etf_funds`, which have no history; `is_settled`
  is an expression over the alias `running`.
-#}

{#- The sessions of a calendar in the shape of `dim_dates`, numbered, and the number of the first one of each fund. -#}
{% macro numbered_sessions(dates, funds) -%}
sessions as (

    select
        date as session_date,
        session_closes_at as closes_at,
        row_number() over (order by date) as session_number,
    from {{ dates }}
    where is_nyse_session

),

launches as (

    select
        funds.asset,
        funds.fund_ticker,
        min(sessions.session_number) as launch_session_number,
    from {{ funds }} as funds
    inner join sessions
        on funds.first_trade_date <= sessions.session_date
    group by all

)
{%- endmacro %}


{% macro daily_etf_totals(versions, dates, funds, is_settled) -%}
with {{ numbered_sessions(dates, funds) }},

newest as (

    {{ newest_with_history(versions, ["asset", "trade_date"]) | indent(4) }}

),

first_launches as (

    select
        asset,
        min(launch_session_number) as launch_session_number,
    from launches
    group by all

),

-- The sum since launch exists only while every session since launch has a total: a gap would be counted as 0.
running as (

    select
        newest.*,
        sessions.closes_at,
        count(newest.net_flow_usd) over since_launch
        = sessions.session_number - first_launches.launch_session_number + 1 as is_unbroken,
        sum(newest.net_flow_usd) over since_launch as running_net_flow_usd,
    from newest
    inner join sessions
        on newest.trade_date = sessions.session_date
    left join first_launches
        on newest.asset = first_launches.asset
    window since_launch as (
        partition by newest.asset, sessions.session_number >= first_launches.launch_session_number
        order by newest.trade_date
    )

)

select
    asset,
    trade_date,
    net_flow_usd,
    inflow_usd,
    outflow_usd,
    cast(case when is_unbroken then running_net_flow_usd end as decimal(18, 2)) as cumulative_net_flow_usd,
    funds_reported_count,
    funds_expected_count,
    net_flow_usd is not null and {{ is_settled }} as is_final,
    reported_total_usd,
    source,
    reconciled_source,
    reconciliation_gap_usd,
    first_observed_at,
    last_changed_at,
from running
order by asset, trade_date
{%- endmacro %}


{#- A dash means what was known of it: a session that later sessions had not yet left behind was still pending. -#}
{% macro daily_etf_flows(versions, dates, funds, never_reported_after, is_settled) -%}
with {{ numbered_sessions(dates, funds) }},

cells as (

    select * from {{ versions }}

),

newest as (

    select
        asset,
        fund_ticker,
        trade_date,
        arg_max_null(net_flow_usd, observed_at) as net_flow_usd,
        arg_max(source, observed_at) as source,
        min(observed_at) as first_observed_at,
        max(observed_at) as last_changed_at,
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

-- How many later sessions have a figure of any fund.
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
    left join {{ funds }} as described
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
            when passed_by.later_reported_count > {{ never_reported_after }} then 'never_reported'
            else 'pending'
        end as state,
        coalesce(newest.first_observed_at, passed_by.session_observed_at) as first_observed_at,
        coalesce(newest.last_changed_at, passed_by.session_observed_at) as last_changed_at,
        coalesce(newest.revision_count, 0) as revision_count,
    from passed_by
    inner join listings using (asset)
    inner join sessions
        on passed_by.trade_date = sessions.session_date
    left join newest using (asset, fund_ticker, trade_date)

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
    state != 'pending' and {{ is_settled }} as is_final,
from running
order by asset, fund_ticker, trade_date
{%- endmacro %}
