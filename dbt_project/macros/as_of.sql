{#-
  Table macros of the published file, for people who write SQL: the daily marts as they were known at an instant
  (naive UTC; a date is its first instant), with the columns and the meaning of the marts themselves, and a look-up of
  records. `as_of` of the instant of the run gives the marts as they stand.

  They live in schema `main`, so that they are called without a prefix. A body that names `marts.…` binds where that
  schema is at home: hence `use release`. What the marts take from seeds (settling times, precedence) is written into
  the bodies as literals, because seeds are not published.
-#}
{% macro create_as_of_macros() -%}
{%- set marts = [
    "dim_assets", "dim_dates", "dim_etf_funds", "dim_market_events", "dim_metrics", "dim_structural_breaks",
    "fct_daily_leverage", "fct_daily_records", "fct_derivative_versions", "fct_etf_flow_versions",
    "fct_etf_total_versions", "fct_hourly_prices", "fct_liquidation_events", "fct_liquidation_versions",
    "fct_market_cap_versions", "fct_price_versions",
] -%}
{%- set missing = [] -%}
{%- if execute -%}
    {%- for mart in marts if not adapter.get_relation(database="release", schema="marts", identifier=mart) -%}
        {%- do missing.append(mart) -%}
    {%- endfor -%}
{%- endif -%}
{%- if not execute or missing -%}
select 1
{%- else -%}
use release;

create or replace macro main.daily_venue_prices_as_of(known_at) as table
{{ venue_prices_as_of() }};

create or replace macro main.daily_prices_as_of(known_at) as table
{{ prices_as_of() }};

create or replace macro main.daily_etf_totals_as_of(known_at) as table
{{ etf_totals_as_of() }};

create or replace macro main.daily_etf_flows_as_of(known_at) as table
{{ etf_flows_as_of() }};

create or replace macro main.daily_liquidations_as_of(known_at) as table
{{ liquidations_as_of() }};

create or replace macro main.daily_derivatives_as_of(known_at) as table
{{ derivatives_as_of() }};

create or replace macro main.daily_leverage_as_of(known_at) as table
{{ leverage_as_of() }};

create or replace macro main.daily_market_caps_as_of(known_at) as table
{{ market_caps_as_of() }};

create or replace macro main.daily_metrics_as_of(known_at) as table
{{ metrics_as_of() }};

create or replace macro main.daily_records_as_of(known_at) as table
{{ records_as_of() }};

create or replace macro main.daily_market_as_of(known_at) as table
{{ market_as_of() }};

create or replace macro main.etf_session_stats_as_of(known_at) as table
{{ etf_session_stats_as_of() }};

create or replace macro main.etf_period_flows_as_of(known_at) as table
{{ etf_period_flows_as_of() }};

create or replace macro main.etf_issuer_flows_as_of(known_at) as table
{{ etf_issuer_flows_as_of() }};

create or replace macro main.highest_since(of_metric, of_asset, of_scope, on_date) as table
select
    metric,
    asset,
    scope,
    time_window,
    statistic,
    trade_date,
    value,
    highest_since_date,
    highest_since_days_count,
    is_record_high,
    lowest_since_date,
    lowest_since_days_count,
    is_record_low,
    history_start_date,
    earlier_days_count,
from marts.fct_daily_records
where metric = of_metric and asset = of_asset and scope = of_scope and trade_date = cast(on_date as date)
order by time_window, statistic;

use {{ target.database }}
{%- endif -%}
{%- endmacro %}


{#- The versions of a mart that were known at `known_at`. -#}
{% macro known_versions(mart) -%}
(select * from marts.{{ mart }} where observed_at <= cast(known_at as timestamp))
{%- endmacro %}


{#- `is_settled` at `known_at`, with the hours of the seed as they are now; null for a source without a row there. -#}
{% macro is_settled_as_of(subject, source_column, window_end) -%}
{%- set settling_times = run_query(
    "select source, hours_after_window_end from " ~ ref("settling_times")
    ~ " where subject = '" ~ subject ~ "' order by source"
) -%}
cast(known_at as timestamp) >= {{ window_end }} + to_hours(
        case {{ source_column }}
            {%- for row in settling_times.rows %}
            when '{{ row[0] }}' then {{ row[1] }}
            {%- endfor %}
        end
    )
{%- endmacro %}


{#- `threshold` without the seed. -#}
{% macro threshold_as_of(name) -%}
{{ run_query("select value from " ~ ref("thresholds") ~ " where threshold = '" ~ name ~ "'").rows[0][0] }}
{%- endmacro %}


{#- `precedence` without the seed: 1 is best, an unknown source comes last. -#}
{% macro precedence_as_of(subject, source_column) -%}
{%- set precedence = run_query(
    "select source, precedence from " ~ ref("source_precedence")
    ~ " where subject = '" ~ subject ~ "' order by precedence"
) -%}
case {{ source_column }}
            {%- for row in precedence.rows %}
            when '{{ row[0] }}' then {{ row[1] }}
            {%- endfor %}
            else 1000
        end
{%- endmacro %}
