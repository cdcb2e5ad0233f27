{#- The bodies of the as-of macros: the marts of the same name over the versions known at `known_at`. -#}

{% macro venue_prices_as_of() -%}
with newest as (

    {{ newest_with_history(known_versions("fct_price_versions"), ["asset", "venue", "trade_date"]) }}

)

select
    asset,
    venue,
    trade_date,
    quote_asset,
    open_usd,
    high_usd,
    low_usd,
    close_usd,
    volume,
    volume_usd,
    first_observed_at,
    last_changed_at,
    revision_count,
    {{ is_settled_as_of("prices", "venue", "(trade_date + interval 1 day)") }} as is_final,
from newest
order by asset, venue, trade_date
{%- endmacro %}


{% macro liquidations_as_of() -%}
with newest as (

    {{ newest_with_history(known_versions("fct_liquidation_versions"), ["asset", "scope", "trade_date", "source"]) }}

),

chosen as (

    select *
    from newest
    qualify
        rank() over (
            partition by asset, scope
            order by {{ precedence_as_of("liquidations", "source") }}, source
        ) = 1

)

select
    asset,
    scope,
    trade_date,
    long_usd,
    short_usd,
    total_usd,
    long_share_ratio,
    venue_list,
    cast(len(string_split(venue_list, ',')) as integer) as venue_count,
    source,
    true as is_lower_bound,
    {{ is_settled_as_of("liquidations", "source", "(trade_date + interval 1 day)") }} as is_final,
    first_observed_at,
    last_changed_at,
    revision_count,
from chosen
order by asset, scope, trade_date
{%- endmacro %}


{% macro derivatives_as_of() -%}
{{ daily_derivatives(
    known_versions("fct_derivative_versions"),
    precedence=precedence_as_of("derivatives", "source"),
    is_final=is_settled_as_of("derivatives", "source", "(trade_date + interval 1 day)"),
) }}
{%- endmacro %}


{% macro market_caps_as_of() -%}
with newest as (

    {{ newest_with_history(known_versions("fct_market_cap_versions"), ["scope", "trade_date"]) }}

)

select
    scope,
    trade_date,
    total_usd,
    btc_usd,
    ex_btc_usd,
    btc_dominance_ratio,
    ex_btc_open_usd,
    ex_btc_high_usd,
    ex_btc_low_usd,
    snapshot_at,
    source,
    {{ is_settled_as_of("market_caps", "source", "snapshot_at") }} as is_final,
    first_observed_at,
    last_changed_at,
    revision_count,
from newest
order by scope, trade_date
{%- endmacro %}


{#- The sessions of the calendar, numbered, and the number of the first one of each fund. -#}
{% macro numbered_sessions() -%}
sessions as (

    select
        date as session_date,
        session_closes_at as closes_at,
        row_number() over (order by date) as session_number,
    from marts.dim_dates
    where is_nyse_session

),

launches as (

    select
        funds.asset,
        funds.fund_ticker,
        min(sessions.session_number) as launch_session_number,
    from marts.dim_etf_funds as funds
    inner join sessions
        on funds.first_trade_date <= sessions.session_date
    group by all

)
{%- endmacro %}


{% macro etf_totals_as_of() -%}
with {{ numbered_sessions() }},

newest as (

    {{ newest_with_history(known_versions("fct_etf_total_versions"), ["asset", "trade_date"]) }}

),

first_launches as (

    select
        asset,
        min(launch_session_number) as launch_session_number,
    from launches
    group by all

),

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
    net_flow_usd is not null
    and {{ is_settled_as_of("etf_flows", "coalesce(source, 'farside')", "closes_at") }} as is_final,
    reported_total_usd,
    source,
    reconciled_source,
    reconciliation_gap_usd,
    first_observed_at,
    last_changed_at,
from running
order by asset, trade_date
{%- endmacro %}


{#- A dash means what was known of it then: a session that later sessions had not yet left behind was still pending. -#}
{% macro etf_flows_as_of() -%}
{%- set never_reported_after = run_query(
    "select value from " ~ ref("thresholds") ~ " where threshold = 'etf_never_reported_after'"
).rows[0][0] | int -%}
with {{ numbered_sessions() }},

cells as (

    select * from {{ known_versions("fct_etf_flow_versions") }}

),

cells_since_report as (

    select
        *,
        observed_at >= min(observed_at) filter (where net_flow_usd is not null) over one_cell as has_been_reported,
    from cells
    window one_cell as (partition by asset, fund_ticker, trade_date)

),

newest as (

    select
        asset,
        fund_ticker,
        trade_date,
        arg_max_null(net_flow_usd, observed_at) as net_flow_usd,
        min(observed_at) as first_observed_at,
        max(observed_at) as last_changed_at,
        greatest(count(*) filter (where has_been_reported) - 1, 0) as revision_count,
    from cells_since_report
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

funds as (

    select
        cells.asset,
        cells.fund_ticker,
        coalesce(
            any_value(described.first_trade_date),
            min(cells.trade_date) filter (where cells.net_flow_usd is not null)
        ) as listed_date,
    from cells
    left join marts.dim_etf_funds as described
        on cells.asset = described.asset and cells.fund_ticker = described.fund_ticker
    group by all

),

states as (

    select
        passed_by.asset,
        funds.fund_ticker,
        passed_by.trade_date,
        sessions.session_number,
        sessions.closes_at,
        newest.net_flow_usd,
        case
            when newest.net_flow_usd is not null then 'reported'
            when not coalesce(passed_by.trade_date >= funds.listed_date, false) then 'not_listed'
            when passed_by.later_reported_count > {{ never_reported_after }} then 'never_reported'
            else 'pending'
        end as state,
        coalesce(newest.first_observed_at, passed_by.session_observed_at) as first_observed_at,
        coalesce(newest.last_changed_at, passed_by.session_observed_at) as last_changed_at,
        coalesce(newest.revision_count, 0) as revision_count,
    from passed_by
    inner join funds using (asset)
    inner join sessions
        on passed_by.trade_date = sessions.session_date
    left join newest using (asset, fund_ticker, trade_date)

),

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
    'farside' as source,
    first_observed_at,
    last_changed_at,
    cast(revision_count as integer) as revision_count,
    state != 'pending' and {{ is_settled_as_of("etf_flows", "'farside'", "closes_at") }} as is_final,
from running
order by asset, fund_ticker, trade_date
{%- endmacro %}


{% macro metrics_as_of() -%}
with known_prices as (

    select * from daily_venue_prices_as_of(known_at)

),

known_etf_totals as (

    select * from daily_etf_totals_as_of(known_at)

),

known_etf_flows as (

    select * from daily_etf_flows_as_of(known_at)

),

known_liquidations as (

    select * from daily_liquidations_as_of(known_at)

),

known_derivatives as (

    select * from daily_derivatives_as_of(known_at)

),

known_market_caps as (

    select * from daily_market_caps_as_of(known_at)

),

figures as (

    {{ daily_metrics(
        prices="known_prices",
        etf_totals="known_etf_totals",
        etf_flows="known_etf_flows",
        liquidations="known_liquidations",
        derivatives="known_derivatives",
        market_caps="known_market_caps",
        metrics="marts.dim_metrics",
    ) }}

)

select *
from figures
order by metric, asset, scope, time_window, statistic, trade_date
{%- endmacro %}
