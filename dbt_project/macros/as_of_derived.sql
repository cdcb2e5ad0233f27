{#- The as-of macros of what is made from other daily tables: each asks the as-of macros of these. -#}

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


{% macro records_as_of() -%}
with known_figures as (

    select * from daily_metrics_as_of(known_at)

),

known as (

    {{ records_and_breaks("known_figures", "marts.dim_structural_breaks") | indent(4) }}

)

select *
from known
order by metric, asset, scope, time_window, statistic, trade_date
{%- endmacro %}


{% macro leverage_as_of() -%}
with known as (

    {{ daily_leverage(
        liquidations="daily_liquidations_as_of(known_at)",
        derivatives="daily_derivatives_as_of(known_at)",
        events=known_versions("fct_liquidation_events"),
        breaks="marts.dim_structural_breaks",
        history_days=threshold_as_of("leverage_history_days"),
        large_quantile=0.95,
        squeeze_share=threshold_as_of("squeeze_share"),
        leaning_share=threshold_as_of("leverage_leaning_share"),
    ) | indent(4) }}

)

select *
from known
order by asset, scope, trade_date
{%- endmacro %}


{% macro market_as_of() -%}
with known as (

    {{ daily_market(
        prices="daily_prices_as_of(known_at)",
        etf_totals="daily_etf_totals_as_of(known_at)",
        liquidations="daily_liquidations_as_of(known_at)",
        derivatives="daily_derivatives_as_of(known_at)",
        market_caps="daily_market_caps_as_of(known_at)",
        market_events="marts.dim_market_events",
        assets="marts.dim_assets",
        dates="marts.dim_dates",
    ) | indent(4) }}

)

select *
from known
order by asset, trade_date
{%- endmacro %}


{% macro etf_session_stats_as_of() -%}
with known_totals as (

    select * from daily_etf_totals_as_of(known_at)

),

known_prices as (

    select * from daily_prices_as_of(known_at)

),

known as (

    {{ etf_session_stats("known_totals", "known_prices", "marts.dim_dates") | indent(4) }}

)

select *
from known
order by asset, trade_date
{%- endmacro %}


{% macro etf_period_flows_as_of() -%}
with known_totals as (

    select * from daily_etf_totals_as_of(known_at)

),

known_flows as (

    select * from daily_etf_flows_as_of(known_at)

),

known as (

    {{ etf_period_flows("known_totals", "known_flows", "marts.dim_dates") | indent(4) }}

)

select *
from known
order by asset, scope, period, period_start_date
{%- endmacro %}


{% macro etf_issuer_flows_as_of() -%}
with known_flows as (

    select * from daily_etf_flows_as_of(known_at)

),

known as (

    {{ etf_issuer_flows("known_flows", "marts.dim_etf_funds") | indent(4) }}

)

select *
from known
order by asset, issuer, trade_date
{%- endmacro %}
