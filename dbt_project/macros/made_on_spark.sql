{#- A table whose model has `meta: {volume: true}` is computed on the Spark cluster of WAREHOUSE_SPARK, in a build of
    a lake (`orchestration/lake/spark`): its SQL is translated, and DuckDB reads the rows. Anything else is made as ever. -#}
{% macro duckdb__create_table_as(
    temporary, relation, compiled_code, language="sql", partitioned_by=none, sorted_by=none
) -%}
    {%- set has_volume = config.get("meta", {}).get("volume", false) -%}
    {%- if execute and has_volume and target.name == "lake" and env_var("WAREHOUSE_SPARK", "") -%}
        {%- set call -%}
            select made_on_spark(
                '{{ this.schema }}',
                '{{ this.identifier }}',
                {{ dbt.string_literal(dbt.escape_single_quotes(compiled_code)) }}
            )
        {%- endset -%}
        {%- set compiled_code = run_query(call).rows[0][0] -%}
    {%- endif -%}
    {{ return(dbt.duckdb__create_table_as(
        temporary, relation, compiled_code, language, partitioned_by=partitioned_by, sorted_by=sorted_by
    )) }}
{%- endmacro %}
