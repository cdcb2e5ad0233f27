with newest as (

    select *
    from {{ ref("int_etf_total_candidates") }}
    qualify row_number() over (partition by asset, trade_date, tally order by instant_at desc) = 1

),

launch_sessions as (

    select
        funds.asset,
        sessions.session_number,
    from {{ ref("etf_funds") }} as funds
    inner join {{ ref("stg_nyse__sessions") }} as sessions
        on funds.first_trade_date = sessions.session_date

),

-- The flow of each fund at the sources that report funds, to name the funds in which two totals differ.
source_funds as (

    select
        asset,
        trade_date,
        'coinglass' as source,
        fund_ticker,
        net_flow_usd,
    from {{ ref("stg_coinglass__etf_flows") }}
    where asset is not null and not is_total

    union all

    select
        asset,
        trade_date,
        'theblock' as source,
        fund_ticker,
        net_flow_usd,
    from {{ ref("stg_theblock__etf_flows") }}

    union all

    select
        asset,
        trade_date,
        'sosovalue' as source,
        fund_ticker,
        net_flow_usd,
    from {{ ref("stg_sosovalue__fund_history") }}

    union all

    select
        asset,
        trade_date,
        'farside' as source,
        fund_ticker,
        net_flow_usd,
    from {{ ref("stg_farside__fund_flows") }}
    where not is_total and not is_seed

),

source_sessions as (

    select distinct
        asset,
        trade_date,
        source,
    from source_funds

),

-- Where one of the two has no figure for a fund, the gap is the other's figure.
fund_gaps as (

    select
        sources.asset,
        sources.trade_date,
        sources.source,
        funds.fund_ticker,
        coalesce(funds.net_flow_usd, 0) - coalesce(source_funds.net_flow_usd, 0) as gap_usd,
    from source_sessions as sources
    inner join {{ ref("fct_daily_etf_flows") }} as funds
        on sources.asset = funds.asset and sources.trade_date = funds.trade_date
    left join source_funds
        on
            sources.asset = source_funds.asset
            and sources.trade_date = source_funds.trade_date
            and sources.source = source_funds.source
            and funds.fund_ticker = source_funds.fund_ticker

),

differing as (

    select
        asset,
        trade_date,
        source,
        string_agg(
            fund_ticker || ' ' || printf('%+.1f', cast(gap_usd as double) / 1e6) || ' m', ', '
            order by abs(gap_usd) desc, fund_ticker
        ) as differing_funds,
    from fund_gaps
    where abs(gap_usd) > {{ threshold("etf_fund_gap_usd") }}
    group by all

),

compared as (

    select
        newest.asset,
        newest.trade_date,
        newest.source,
        newest.net_flow_usd,
        newest.funds_reported_count,
        coalesce(
            newest.funds_reported_count < greatest(totals.funds_reported_count, totals.funds_expected_count), false
        ) as is_partial,
        newest.instant_at as source_observed_at,
        differing.differing_funds,
        totals.source as chosen_source,
        totals.net_flow_usd as chosen_net_flow_usd,
        totals.net_flow_usd - newest.net_flow_usd as gap_usd,
        coalesce(totals.inflow_usd + totals.outflow_usd, abs(totals.net_flow_usd)) as gross_flow_usd,
        greatest(
            {{ threshold("etf_gap_floor_usd") }},
            {{ threshold("etf_gap_share") }} * gross_flow_usd
        ) as tolerance_usd,
        exists(
            select 1
            from launch_sessions
            where
                newest.asset = launch_sessions.asset
                and sessions.session_number - launch_sessions.session_number
                between 0 and {{ threshold("etf_launch_sessions") }} - 1
        ) as is_near_launch,
    from newest
    inner join {{ ref("stg_nyse__sessions") }} as sessions
        on newest.trade_date = sessions.session_date
    left join {{ ref("fct_daily_etf_totals") }} as totals
        on newest.asset = totals.asset and newest.trade_date = totals.trade_date
    left join differing
        on
            newest.asset = differing.asset
            and newest.trade_date = differing.trade_date
            and newest.source = differing.source
    where newest.tally != 'funds' and newest.net_flow_usd is not null

)

select
    asset,
    trade_date,
    source,
    cast(net_flow_usd as decimal(18, 2)) as net_flow_usd,
    cast(funds_reported_count as integer) as funds_reported_count,
    chosen_source,
    chosen_net_flow_usd,
    cast(gap_usd as decimal(18, 2)) as gap_usd,
    cast(gross_flow_usd as decimal(18, 2)) as gross_flow_usd,
    cast(tolerance_usd as decimal(18, 2)) as tolerance_usd,
    is_near_launch,
    case
        when source = chosen_source then 'chosen'
        when is_partial then 'partial'
        when is_near_launch then 'near_launch'
        when abs(gap_usd) > {{ threshold("etf_gap_limit_usd") }} then 'contradicts'
        when
            sign(net_flow_usd) != sign(chosen_net_flow_usd)
            and least(abs(net_flow_usd), abs(chosen_net_flow_usd)) > {{ threshold("etf_sign_floor_usd") }}
            then 'contradicts'
        when abs(gap_usd) > tolerance_usd then 'differs'
        else 'agrees'
    end as verdict,
    case when source != chosen_source then differing_funds end as differing_funds,
    source_observed_at,
from compared
order by asset, trade_date, source
