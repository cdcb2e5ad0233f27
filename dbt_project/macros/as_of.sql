{#-
  The as-of macros of the published file: for every mart with `meta: {as_of: true}` a table macro
  `<mart without fct_>_as_of(at_instant)` with the mart's columns, as a run at that instant built them (naive UTC; a
  date is its first instant). Each is made from the SQL that dbt compiled for the mart in this build, so that the two
  can't drift apart. Marts that this build did not select keep the macro that they have. An intermediate model with
  `meta: {as_of: true}` has no macro: its SQL is a part of the macros that read it.

  The macros live in schema `main`, so that they are called without a prefix. A body that names `marts.…` binds where
  that schema is at home: hence `use release`.
-#}
{% macro create_as_of_macros(results) -%}
{%- set models = {} -%}
{%- for result in results if execute and result.status == "success" and result.node.resource_type == "model" -%}
    {%- do models.update({result.node.unique_id: result.node}) if result.node.config.meta.as_of -%}
{%- endfor -%}
{%- set marts = [] -%}
{%- for model in models.values() if model.schema == "marts" -%}
    {%- do marts.append(model) if not unselected(model, models) -%}
{%- endfor -%}
{%- if not marts -%}{{ return("select 1") }}{%- endif -%}
use release;
create schema if not exists seeds;
{% for seed in seeds_of(models.values()) %}
create or replace table seeds.{{ seed.name }} as from {{ seed.relation_name }} order by all;
{% endfor %}
{%- for mart in marts %}
create or replace macro main.{{ as_of_macro_name(mart.name) }}(at_instant) as table
{{ as_of_sql(mart, models) }};
{% endfor %}
{%- if "fct_daily_records" in marts | map(attribute="name") %}
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
{% endif %}
use {{ target.database }}
{%- endmacro %}


{#- The intermediate models with `as_of` that `mart` reads and this build did not select: their SQL is not known. -#}
{% macro unselected(mart, models) -%}
{%- set found = [] -%}
{%- for id in mart.depends_on.nodes if id in graph.nodes and id not in models -%}
    {%- set input = graph.nodes[id] -%}
    {%- do found.append(id) if input.schema == "intermediate" and input.config.meta.get("as_of") -%}
{%- endfor -%}
{{ return(found) }}
{%- endmacro %}


{#- The seeds that the as-of macros of `marts` read; they are published with them. -#}
{% macro seeds_of(marts) -%}
{%- set seeds = {} -%}
{%- for mart in marts -%}
    {%- for id in mart.depends_on.nodes if id.startswith("seed.") -%}
        {%- do seeds.update({id: graph.nodes[id]}) -%}
    {%- endfor -%}
{%- endfor -%}
{{ return(seeds.values() | sort(attribute="name")) }}
{%- endmacro %}


{% macro as_of_macro_name(mart_name) -%}
{{ return(mart_name.removeprefix("fct_") ~ "_as_of") }}
{%- endmacro %}


{#- The compiled SQL of `mart` with the instant in the place of the run's and its inputs as known at the instant. -#}
{% macro as_of_sql(mart, models) -%}
{%- set derived = namespace(sql=mart.compiled_code | replace(run_now(), "cast(at_instant as timestamp)")) -%}
{%- for id in mart.depends_on.nodes -%}
    {%- set input = graph.nodes.get(id) or graph.sources[id] -%}
    {%- set derived.sql = derived.sql | replace(input.relation_name, as_of_relation(input, mart, models)) -%}
{%- endfor -%}
{%- for database in ["release", target.database] if modules.re.search('\\b' ~ database ~ '"?[.]"?\\w', derived.sql) -%}
    {{ cannot_derive(mart, "a relation of " ~ database ~ " without ref()") }}
{%- endfor -%}
{{ return(derived.sql) }}
{%- endmacro %}


{#- What the as-of macro of `mart` reads for `input`, a node of the graph. Dimensions and seeds have no history; a fact
    with `observed_at` loses the rows observed later. -#}
{% macro as_of_relation(input, mart, models) -%}
{%- if input.resource_type == "seed" -%}
    {{ return("seeds." ~ input.name) }}
{%- elif input.schema == "marts" and input.config.meta.get("as_of") -%}
    {{ return(as_of_macro_name(input.name) ~ "(at_instant)") }}
{%- elif input.unique_id in models -%}
    {{ return("(\n" ~ as_of_sql(models[input.unique_id], models) ~ "\n)") }}
{%- elif input.schema == "marts" and input.name.startswith("dim_") -%}
    {{ return("marts." ~ input.name) }}
{%- elif input.schema == "marts" and input.name.startswith("fct_") and "observed_at" in input.columns -%}
    {{ return("(select * from marts." ~ input.name ~ " where observed_at <= cast(at_instant as timestamp))") }}
{%- endif -%}
{{ cannot_derive(mart, input.name) }}
{%- endmacro %}


{% macro cannot_derive(mart, input) -%}
{{ exceptions.raise_compiler_error(
    mart.name ~ " has `as_of: true`, but " ~ input ~ " can't be read as of an instant: read a mart with `as_of`, a fact "
    ~ "with `observed_at`, a dimension or a seed instead"
) }}
{%- endmacro %}
