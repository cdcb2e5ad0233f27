with {{ numbered_sessions() }},

newest as (

    {{ newest_with_history(ref("fct_etf_total_versions"), ["asset", "trade_date"]) | indent(4) }}

),

first_launches as (

    select
        asset,
        min(launch_session_number) as launch_session_number,
    from launches
    group by all

),

-- The sum since launch needs a total of every session since launch: a gap would count as 0.
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
    net_flow_usd is not null and {{ is_settled(
        "etf_flows", "coalesce(running.source, 'farside')", "running.closes_at"
    ) }} as is_final,
    reported_total_usd,
    source,
    reconciled_source,
    reconciliation_gap_usd,
    first_observed_at,
    observed_at,
from running
order by asset, trade_date
