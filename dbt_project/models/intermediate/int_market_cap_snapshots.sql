{{ config(materialized="table") }}

{#- Each provider's snapshots, with the source and the symbol of their scope in the seed `market_cap_series`. -#}
{%- set providers = [
    ("stg_coinmarketcap__global_metrics_versions", "coinmarketcap", "global_metrics"),
    ("stg_coinmarketcap__latest_metrics_versions", "coinmarketcap", "global_metrics"),
    ("stg_coinmarketcap__web_metrics_versions", "coinmarketcap_web", "global_metrics"),
    ("stg_coingecko__global_versions", "coingecko", "global"),
    ("stg_coinpaprika__global_versions", "coinpaprika", "global"),
] -%}
with snapshots as (
    {% for model, source, symbol in providers %}
    {%- if not loop.first %}
    union all by name
    {%- endif %}
    select
        series.scope,
        series.source,
        metrics.trade_date,
        metrics.snapshot_at,
        metrics.total_usd,
        metrics.ex_btc_usd,
        metrics.btc_dominance_ratio,
        metrics.observed_at,
        metrics.response_id,
    from {{ ref(model) }} as metrics
    inner join {{ ref("market_cap_series") }} as series
        on series.source = '{{ source }}' and series.symbol = '{{ symbol }}'
    {%- endfor %}

)

select
    scope,
    source,
    {{ precedence("market_caps", "snapshots.source") }} as precedence,
    trade_date,
    snapshot_at,
    total_usd,
    ex_btc_usd,
    btc_dominance_ratio,
    observed_at,
    response_id,
from snapshots
-- One that was taken after midnight, while a run of before midnight went on, is left to the next run.
where date_trunc('day', snapshot_at) <= {{ run_now() }}
