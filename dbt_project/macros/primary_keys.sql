{#- The columns and constraints of a table with a contract. A table that is made by change has no index for its key: the
    test `unique_key` reads the changed days alone, while an index takes more room than the rows, is written anew with
    each new day, and keeps DuckDB from removing the deleted rows. It stands in for dbt's own macro by its dispatch. -#}
{% macro duckdb__get_table_columns_and_constraints() -%}
    {%- set rules = [] -%}
    {%- for rule in model.constraints if rule.type != "primary_key" or "by_change" not in model.config.meta -%}
        {%- do rules.append(rule) -%}
    {%- endfor -%}
    {%- set columns = adapter.render_raw_columns_constraints(raw_columns=model.columns) -%}
    {%- set constraints = adapter.render_raw_model_constraints(raw_constraints=rules) -%}
    ({{ (columns + constraints) | join(", ") }})
{%- endmacro %}


{#- The table macro `primary_keys()` of the published file: the key of every mart, with an index or without. -#}
{% macro create_primary_keys() -%}
{%- if not execute -%}{{ return("select 1") }}{%- endif -%}
{%- set keys = [] -%}
{%- for mart in graph.nodes.values() if mart.resource_type == "model" and mart.schema == "marts" -%}
    {%- for rule in mart.constraints if rule.type == "primary_key" -%}
        {%- do keys.append("('" ~ mart.name ~ "', ['" ~ rule.columns | join("', '") ~ "'])") -%}
    {%- endfor -%}
{%- endfor -%}
create or replace macro release.main.primary_keys() as table
select * from (values {{ keys | sort | join(", ") }}) as keys (table_name, key_columns)
{%- endmacro %}
