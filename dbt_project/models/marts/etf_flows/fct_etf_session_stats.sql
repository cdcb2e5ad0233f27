with sessions as (

    select
        date as session_date,
        row_number() over (order by date) as session_number,
    from {{ ref("dim_dates") }}
    where is_nyse_session

),

totals as (

    select
        totals.*,
        sessions.session_number,
        case when totals.net_flow_usd > 0 then 'inflow' when totals.net_flow_usd < 0 then 'outflow' end as direction,
    from {{ ref("fct_daily_etf_totals") }} as totals
    inner join sessions
        on totals.trade_date = sessions.session_date

),

-- Consecutive sessions with flows in one direction share the difference between the session's number and their rank
-- within the direction. A session without a total ends a streak, because its direction is unknown.
runs as (

    select
        *,
        session_number - row_number() over (partition by asset, direction order by session_number) as run,
    from totals

),

windows as (

    select
        *,
        case when direction is not null then count(*) over streak end as streak_sessions_count,
        case when direction is not null then sum(net_flow_usd) over streak end as streak_net_flow_usd,
        case when count(net_flow_usd) over last_5 = 5 then sum(net_flow_usd) over last_5 end as net_flow_5_sessions_usd,
        case
            when count(net_flow_usd) over last_20 = 20 then sum(net_flow_usd) over last_20
        end as net_flow_20_sessions_usd,
        max(net_flow_usd) over before as highest_before_usd,
        min(net_flow_usd) over before as lowest_before_usd,
        min(trade_date) over (partition by asset) as history_start_date,
        case
            when direction = 'inflow' then rank() over (partition by asset order by net_flow_usd desc nulls last)
        end as inflow_rank,
        case
            when direction = 'outflow' then rank() over (partition by asset order by net_flow_usd nulls last)
        end as outflow_rank,
    from runs
    window
        streak as (partition by asset, direction, run order by session_number),
        last_5 as (partition by asset order by session_number range between 4 preceding and current row),
        last_20 as (partition by asset order by session_number range between 19 preceding and current row),
        before as (partition by asset order by session_number rows between unbounded preceding and 1 preceding)

)

select
    windows.asset,
    windows.trade_date,
    windows.net_flow_usd,
    windows.cumulative_net_flow_usd,
    cast(windows.net_flow_5_sessions_usd as decimal(18, 2)) as net_flow_5_sessions_usd,
    cast(windows.net_flow_20_sessions_usd as decimal(18, 2)) as net_flow_20_sessions_usd,
    windows.direction as streak_direction,
    cast(windows.streak_sessions_count as integer) as streak_sessions_count,
    cast(windows.streak_net_flow_usd as decimal(18, 2)) as streak_net_flow_usd,
    cast(windows.inflow_rank as integer) as inflow_rank,
    cast(windows.outflow_rank as integer) as outflow_rank,
    case
        when windows.net_flow_usd is not null
            then windows.net_flow_usd > 0 and windows.net_flow_usd > coalesce(windows.highest_before_usd, 0)
    end as is_record_inflow,
    case
        when windows.net_flow_usd is not null
            then windows.net_flow_usd < 0 and windows.net_flow_usd < coalesce(windows.lowest_before_usd, 0)
    end as is_record_outflow,
    windows.history_start_date,
    prices.return_ratio as price_return_ratio,
    prices.source as price_source,
    windows.source,
    windows.observed_at,
    windows.is_final,
from windows
left join {{ ref("fct_daily_prices") }} as prices
    on windows.asset = prices.asset and windows.trade_date = prices.trade_date
order by windows.asset, windows.trade_date
