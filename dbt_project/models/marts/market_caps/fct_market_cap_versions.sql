{#- Each provider's snapshots, with the source and the symbol of their scope in the seed `market_cap_series`. -#}
{%- set providers = [
    ("stg_coinmarketcap__global_metrics_versions", "coinmarketcap", "global_metrics"),
    ("stg_coinmarketcap__latest_metrics_versions", "coinmarketcap", "global_metrics"),
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
        metrics.trade_date,
        series.source,
        metrics.observed_at,
        metrics.snapshot_at,
        metrics.total_usd,
        metrics.ex_btc_usd,
        metrics.btc_dominance_ratio,
    from {{ ref(model) }} as metrics
    inner join {{ ref("market_cap_series") }} as series
        on series.source = '{{ source }}' and series.symbol = '{{ symbol }}'
    {%- endfor %}

),

index_bars as (

    select
        series.scope,
        bars.trade_date,
        series.source,
        bars.observed_at,
        bars.closes_at as snapshot_at,
        bars.close_usd as ex_btc_usd,
        bars.open_usd as ex_btc_open_usd,
        bars.high_usd as ex_btc_high_usd,
        bars.low_usd as ex_btc_low_usd,
    from {{ ref("stg_tradingview__daily_bars_versions") }} as bars
    inner join {{ ref("market_cap_series") }} as series
        on series.source = 'tradingview' and bars.symbol = series.symbol

),

caps as (

    select * from snapshots
    union all by name
    select * from index_bars

),

-- The figure of a day is the snapshot nearest after its end: a later one never replaces an earlier one, and the order
-- in which they became known doesn't matter.
nearest as (

    select *
    from caps
    qualify
        snapshot_at = min(snapshot_at)
            over (
                partition by scope, trade_date
                order by observed_at
                range between unbounded preceding and current row
            )
        -- A snapshot that came with a key and without one is one snapshot.
        and row_number() over (partition by scope, trade_date, observed_at, snapshot_at order by total_usd) = 1

),

changed as (

    {{ changed_versions(
        "nearest",
        ["scope", "trade_date"],
        ["snapshot_at", "total_usd", "ex_btc_usd", "ex_btc_open_usd", "ex_btc_high_usd", "ex_btc_low_usd"],
    ) | indent(4) }}

)

select
    scope,
    trade_date,
    observed_at,
    total_usd,
    cast(total_usd - ex_btc_usd as decimal(18, 2)) as btc_usd,
    ex_btc_usd,
    btc_dominance_ratio,
    ex_btc_open_usd,
    ex_btc_high_usd,
    ex_btc_low_usd,
    snapshot_at,
    source,
from changed
order by scope, trade_date, observed_at
