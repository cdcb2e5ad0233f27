-- What each source says about a session's total, at every instant at which that changed. A source without a complete
-- figure at that instant has a null net flow: a partial sum is not a total.
with cells as (

    select * from {{ ref("int_etf_fund_cells") }}

),

fund_sessions as (

    select * from {{ ref("int_etf_fund_sessions") }}

),

instants as (

    select
        asset,
        trade_date,
        observed_at as known_at,
    from cells

    union

    select
        asset,
        trade_date,
        expected_at as known_at,
    from fund_sessions
    where expected_at > session_observed_at

    union

    select
        asset,
        trade_date,
        times_out_at as known_at,
    from fund_sessions
    where times_out_at > session_observed_at

),

funds_at_instant as (

    select
        instants.asset,
        instants.trade_date,
        instants.known_at,
        fund_sessions.fund_ticker,
        fund_sessions.is_listed,
        coalesce(fund_sessions.expected_at <= instants.known_at, false) as is_expected,
        coalesce(fund_sessions.times_out_at <= instants.known_at, false) as is_timed_out,
    from instants
    inner join fund_sessions using (asset, trade_date)

),

flows_at_instant as (

    select
        funds.*,
        cells.net_flow_usd,
    from funds_at_instant as funds
    asof left join cells
        on
            funds.asset = cells.asset
            and funds.trade_date = cells.trade_date
            and funds.fund_ticker = cells.fund_ticker
            and funds.known_at >= cells.observed_at

),

sums as (

    select
        asset,
        trade_date,
        known_at,
        sum(net_flow_usd) as sum_usd,
        coalesce(sum(net_flow_usd) filter (where net_flow_usd > 0), 0) as inflow_usd,
        -coalesce(sum(net_flow_usd) filter (where net_flow_usd < 0), 0) as outflow_usd,
        count(net_flow_usd) as funds_reported_count,
        count(*) filter (where is_expected) as funds_expected_count,
        count(*) filter (
            where net_flow_usd is null and is_expected and is_listed and not is_timed_out
        ) as funds_pending_count,
    from flows_at_instant
    group by all

),

printed_totals as (

    select *
    from cells
    where is_total

),

farside as (

    select
        sums.asset,
        sums.trade_date,
        'farside' as source,
        sums.known_at,
        sums.funds_reported_count > 0 and sums.funds_pending_count = 0 as is_complete,
        case when is_complete then sums.sum_usd end as net_flow_usd,
        case when is_complete then sums.inflow_usd end as inflow_usd,
        case when is_complete then sums.outflow_usd end as outflow_usd,
        sums.funds_reported_count,
        sums.funds_expected_count,
        printed_totals.net_flow_usd as reported_total_usd,
    from sums
    asof left join printed_totals
        on
            sums.asset = printed_totals.asset
            and sums.trade_date = printed_totals.trade_date
            and sums.known_at >= printed_totals.observed_at

),

-- A source of totals alone can't show that a session is complete: until the settling time has passed its figure may be
-- a partial sum, or the 0 of a session in which no fund has reported.
defillama as (

    select
        flows.asset,
        flows.trade_date,
        'defillama' as source,
        greatest(
            flows.observed_at,
            {{ settles_at("etf_flows", "'defillama'", "sessions.closes_at") }}
        ) as known_at,
        true as is_complete,
        flows.net_flow_usd,
    from {{ ref("stg_defillama__etf_flows_versions") }} as flows
    inner join {{ ref("stg_nyse__sessions") }} as sessions
        on flows.trade_date = sessions.session_date
    where flows.asset is not null and known_at <= {{ run_now() }}
    -- Versions observed before the session settled all become known at that instant: the last of them counts.
    qualify
        row_number() over (
            partition by flows.asset, flows.trade_date, known_at
            order by flows.observed_at desc
        ) = 1

)

select * from farside
union all by name
select * from defillama
