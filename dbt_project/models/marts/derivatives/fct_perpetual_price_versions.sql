with reported as (
    {%- set bars = [
        ("binance_futures", "stg_binance__daily_perpetual_bars_versions"),
        ("bybit", "stg_bybit__daily_perpetual_bars_versions"),
        ("hyperliquid", "stg_hyperliquid__daily_candles_versions"),
    ] %}
    {%- for source, relation in bars %}

    {{ "union all by name" if not loop.first }}
    select
        asset,
        venue as scope,
        trade_date,
        '{{ source }}' as source,
        observed_at,
        quote_asset,
        open_usd,
        high_usd,
        low_usd,
        close_usd,
        volume,
    from {{ ref(relation) }}
    {%- endfor %}

),

changed as (

    {{ changed_versions(
        "reported",
        ["asset", "scope", "trade_date", "source"],
        ["open_usd", "high_usd", "low_usd", "close_usd", "volume"],
    ) | indent(4) }}

)

select
    asset,
    scope,
    trade_date,
    source,
    observed_at,
    quote_asset,
    open_usd,
    high_usd,
    low_usd,
    close_usd,
    volume,
from changed
order by asset, scope, trade_date, source, observed_at
