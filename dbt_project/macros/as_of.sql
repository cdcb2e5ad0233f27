{#-
  Table macros of the published file: the marts as they were known at an instant (naive UTC), and a look-up of records.
  They live in schema `main` of the release, so that a reader calls them without a prefix. `use release` first: a body
  that names `marts.…` binds only where that schema is at home.
-#}
{% macro create_as_of_macros() %}
{%- set versions = adapter.get_relation(database="release", schema="marts", identifier="fct_daily_records") -%}
{%- if execute and versions is not none -%}
use release;

create or replace macro main.daily_liquidations_as_of(known_at) as table
select * from marts.fct_liquidation_versions
where observed_at <= known_at
qualify row_number() over (partition by asset, scope, trade_date order by observed_at desc) = 1
order by asset, scope, trade_date;

create or replace macro main.daily_market_caps_as_of(known_at) as table
select * from marts.fct_market_cap_versions
where observed_at <= known_at
qualify row_number() over (partition by scope, trade_date order by observed_at desc) = 1
order by scope, trade_date;

create or replace macro main.daily_etf_totals_as_of(known_at) as table
with known as (
    select * from marts.fct_etf_total_versions
    where observed_at <= known_at
    qualify row_number() over (partition by asset, trade_date order by observed_at desc) = 1
)
select *, sum(net_flow_usd) over (partition by asset order by trade_date) as cumulative_net_flow_usd
from known
order by asset, trade_date;

create or replace macro main.highest_since(of_metric, of_asset, of_scope, on_date) as table
select metric, asset, scope, time_window, statistic, trade_date, value, highest_since_date, is_record_high,
    history_start_date
from marts.fct_daily_records
where metric = of_metric and asset = of_asset and scope = of_scope and trade_date = cast(on_date as date)
order by time_window, statistic;

use {{ target.database }};
{%- else -%}
select 1
{%- endif -%}
{% endmacro %}
