{%- set judgements = [
    "int_withheld_prices", "int_withheld_hours", "int_withheld_quote_rates", "int_withheld_liquidations",
    "int_withheld_derivatives", "int_withheld_market_caps", "int_withheld_etf_flows",
] -%}
with withheld as (
    {% for judgement in judgements %}
    {%- if not loop.first %}
    union all
    {%- endif %}
    select
        table_name,
        metric,
        asset,
        scope,
        trade_date,
        figure_at,
        source,
        value,
        reason,
        observed_at,
        response_id,
    from {{ ref(judgement) }}
    {%- endfor %}

    union all

    -- One line for all events of a contract and instant: the day they are in has no sum.
    select
        'fct_liquidation_events' as table_name,
        'total_liquidations_usd' as metric,
        asset,
        venue as scope,
        trade_date,
        event_at as figure_at,
        source,
        max_by(reported_value_usd, row(abs(reported_value_usd), reported_value_usd)) as value,
        'a single liquidation below 0 or over a billion dollars: contracts or coins taken for dollars' as reason,
        observed_at,
        null as response_id,
    from {{ ref("int_liquidation_events") }}
    where reported_value_usd is not null and value_usd is null
    group by all

)

select
    withheld.table_name,
    withheld.metric,
    withheld.asset,
    withheld.scope,
    withheld.trade_date,
    withheld.figure_at,
    withheld.source,
    cast(withheld.value as double) as value,
    withheld.reason,
    withheld.observed_at,
    max(withheld.response_id) as response_id,
from withheld
group by all
order by table_name, metric, asset, scope, figure_at, source, observed_at
