{{ config(meta={
    "by_change": {
        "day": "trade_date",
        "inputs": {
            "stg_coinmetrics__asset_metrics_versions": "trade_date",
        },
        "settles_within_days": 7,
    }
}) }}
{#- Each supply basis with the columns of its figures. -#}
{%- set bases = [
    ("current", "current_market_cap_usd", "current_supply"),
    ("estimated", "estimated_market_cap_usd", "cast(null as decimal(28, 8))"),
] -%}
with reported as (
    {% for supply_basis, market_cap, supply in bases %}
    {%- if not loop.first %}
    union all by name
    {%- endif %}
    select
        asset,
        '{{ supply_basis }}' as supply_basis,
        trade_date,
        as_of_at,
        {{ market_cap }} as market_cap_usd,
        {{ supply }} as supply,
        'coinmetrics' as source,
        observed_at,
    from {{ ref("stg_coinmetrics__asset_metrics_versions") }}
    where {{ market_cap }} is not null and trade_date >= {{ first_changed_day() }}
    {%- endfor %}

),

changed as (

    {{ changed_versions(
        "reported", ["asset", "supply_basis", "trade_date"], ["market_cap_usd", "supply"]
    ) | indent(4) }}

),

newest as (

    {{ newest_with_history("changed", ["asset", "supply_basis", "trade_date"]) | indent(4) }}

)

select
    asset,
    supply_basis,
    trade_date,
    as_of_at,
    market_cap_usd,
    supply,
    source,
    {{ is_settled("asset_market_caps", "newest.source", "newest.as_of_at") }} as is_final,
    first_observed_at,
    observed_at,
    revision_count,
from newest
order by asset, supply_basis, trade_date
