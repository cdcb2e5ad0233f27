with flows as (

    select
        asset,
        'us_spot_etfs' as scope,
        trade_date,
        net_flow_usd,
        net_flow_usd is not null as is_reported,
        source,
        observed_at,
        is_final,
    from {{ ref("fct_daily_etf_totals") }}

    union all

    select
        asset,
        fund_ticker as scope,
        trade_date,
        net_flow_usd,
        state != 'pending' as is_reported,
        source,
        observed_at,
        is_final,
    from {{ ref("fct_daily_etf_flows") }}
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
    from {{ ref("dim_dates") }}
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
    cast(count(*) filter (where flows.is_reported) as integer) as reported_sessions_count,
    sessions_count = reported_sessions_count as is_complete,
    string_agg(distinct flows.source, ', ' order by flows.source) filter (
        where flows.net_flow_usd is not null
    ) as sources,
    max(flows.observed_at) as observed_at,
    is_complete and bool_and(coalesce(flows.is_final, true)) as is_final,
from periods
left join flows
    on periods.asset = flows.asset and periods.scope = flows.scope and periods.session_date = flows.trade_date
group by periods.asset, periods.scope, periods.period, periods.period_start_date
having count(flows.trade_date) > 0
order by periods.asset, periods.scope, periods.period, periods.period_start_date
