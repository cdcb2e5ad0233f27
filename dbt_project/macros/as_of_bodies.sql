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


{#- An hour that was restated since is left out, as its earlier bar is not kept: an extreme's hour is null then. -#}
{% macro prices_as_of() -%}
with known_venue_prices as (

    select * from daily_venue_prices_as_of(known_at)

),

known_hours as (

    select * from marts.fct_hourly_prices where last_changed_at <= cast(known_at as timestamp)

),

known as (

    select * from (
    {{ daily_prices(
        "known_venue_prices", "known_hours", precedence=precedence_as_of("prices", "venue_prices.venue")
    ) | indent(4) }}
    )

)

select *
from known
order by asset, trade_date
{%- endmacro %}


{% macro etf_totals_as_of() -%}
{{ daily_etf_totals(
    known_versions("fct_etf_total_versions"),
    dates="marts.dim_dates",
    funds="marts.dim_etf_funds",
    is_settled=is_settled_as_of("etf_flows", "coalesce(running.source, 'farside')", "running.closes_at"),
) }}
{%- endmacro %}


{% macro etf_flows_as_of() -%}
{%- set never_reported_after = run_query(
    "select value from " ~ ref("thresholds") ~ " where threshold = 'etf_never_reported_after'"
).rows[0][0] | int -%}
{{ daily_etf_flows(
    known_versions("fct_etf_flow_versions"),
    dates="marts.dim_dates",
    funds="marts.dim_etf_funds",
    never_reported_after=never_reported_after,
    is_settled=is_settled_as_of("etf_flows", "running.source", "running.closes_at"),
) }}
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
