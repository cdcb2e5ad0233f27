{#-
  What follows from the daily ETF flows: `fct_etf_session_stats`, `fct_etf_period_flows` and `fct_etf_issuer_flows` over
  relations in the shape of the daily marts. Each mart and its as-of macro are one definition. `dates` and `funds` are
  reference tables, which have no history.
-#}

{% macro etf_session_stats(totals, prices, dates) -%}
with sessions as (

    select
        date as session_date,
        row_number() over (order by date) as session_number,
    from {{ dates }}
    where is_nyse_session

),

totals as (

    select
        totals.*,
        sessions.session_number,
        case when totals.net_flow_usd > 0 then 'inflow' when totals.net_flow_usd < 0 then 'outflow' end as direction,
    from {{ totals }} as totals
    inner join sessions
        on totals.trade_date = sessions.session_date

),

-- Sessions in a row with flows in one direction have the same difference between the session's number and their own: a
-- session without a total ends a streak, for nobody knows.
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
    windows.last_changed_at as known_at,
    windows.is_final,
from windows
left join {{ prices }} as prices
    on windows.asset = prices.asset and windows.trade_date = prices.trade_date
order by windows.asset, windows.trade_date
{%- endmacro %}


{#- Calendar weeks and months, and how much of them is told. -#}
{% macro etf_period_flows(totals, flows, dates) -%}
with flows as (

    select
        asset,
        'us_spot_etfs' as scope,
        trade_date,
        net_flow_usd,
        net_flow_usd is not null as is_told,
        source,
        last_changed_at,
        is_final,
    from {{ totals }}

    union all

    select
        asset,
        fund_ticker as scope,
        trade_date,
        net_flow_usd,
        state != 'pending' as is_told,
        source,
        last_changed_at,
        is_final,
    from {{ flows }}
    where state != 'not_listed'

),

histories as (

    select
        asset,
        scope,
        min(trade_date) as history_start_date,
    from flows
    group by all

),

sessions as (

    select
        date as session_date,
        cast(date_trunc('week', date) as date) as week_start_date,
        cast(date_trunc('month', date) as date) as month_start_date,
    from {{ dates }}
    where is_nyse_session

),

periods as (
    {% for period in ["week", "month"] %}
    select
        histories.asset,
        histories.scope,
        '{{ period }}' as period,
        sessions.{{ period }}_start_date as period_start_date,
        sessions.session_date,
        histories.history_start_date,
    from histories
    inner join sessions on sessions.{{ period }}_start_date >= date_trunc('{{ period }}', histories.history_start_date)
    {{ "union all" if not loop.last }}
    {% endfor %}
)

select
    periods.asset,
    periods.scope,
    periods.period,
    periods.period_start_date,
    max(periods.session_date) as last_session_date,
    cast(sum(flows.net_flow_usd) as decimal(18, 2)) as net_flow_usd,
    cast(count(*) filter (where periods.session_date >= periods.history_start_date) as integer) as sessions_count,
    cast(count(*) filter (where flows.is_told) as integer) as told_sessions_count,
    sessions_count = told_sessions_count as is_complete,
    string_agg(distinct flows.source, ', ' order by flows.source) filter (
        where flows.net_flow_usd is not null
    ) as sources,
    max(flows.last_changed_at) as known_at,
    is_complete and bool_and(coalesce(flows.is_final, true)) as is_final,
from periods
left join flows
    on periods.asset = flows.asset and periods.scope = flows.scope and periods.session_date = flows.trade_date
group by periods.asset, periods.scope, periods.period, periods.period_start_date
having count(flows.trade_date) > 0
order by periods.asset, periods.scope, periods.period, periods.period_start_date
{%- endmacro %}


{% macro etf_issuer_flows(flows, funds) -%}
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
        max(flows.last_changed_at) as last_changed_at,
        bool_and(flows.is_final) as is_final,
    from {{ flows }} as flows
    left join {{ funds }} as funds using (asset, fund_ticker)
    where flows.state != 'not_listed'
    group by all

)

select
    asset,
    issuer,
    trade_date,
    cast(net_flow_usd as decimal(18, 2)) as net_flow_usd,
    cast(cumulative_net_flow_usd as decimal(18, 2)) as cumulative_net_flow_usd,
    cast(abs(net_flow_usd) as double) / nullif(sum(cast(abs(net_flow_usd) as double)) over session, 0)
        as gross_flow_share_ratio,
    cast(funds_reported_count as integer) as funds_reported_count,
    cast(funds_pending_count as integer) as funds_pending_count,
    sources,
    -- The macro's parameter is called `known_at`, too.
    last_changed_at as known_at,
    is_final,
from issuers
window session as (partition by asset, trade_date)
order by asset, issuer, trade_date
{%- endmacro %}
