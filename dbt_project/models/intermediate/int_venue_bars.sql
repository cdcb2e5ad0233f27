{{ config(meta={
    "by_change": {
        "day": "trade_date",
        "inputs": {
            "stg_binance__daily_klines_versions": "trade_date",
            "stg_bitstamp__daily_bars_versions": "trade_date",
            "stg_coinbase__daily_candles_versions": "trade_date",
            "stg_kraken__daily_bars_versions": "trade_date",
            "stg_okx__daily_candles_versions": "trade_date",
        },
    }
}) }}
{#- One row more here is all that a further venue takes. -#}
{%- set venues = [
    "stg_binance__daily_klines_versions",
    "stg_bitstamp__daily_bars_versions",
    "stg_coinbase__daily_candles_versions",
    "stg_kraken__daily_bars_versions",
    "stg_okx__daily_candles_versions",
] -%}
{% for venue in venues %}
{%- if not loop.first %}
union all by name
{%- endif %}
select
    asset,
    venue,
    trade_date,
    observed_at,
    response_id,
    quote_asset,
    open_usd,
    high_usd,
    low_usd,
    close_usd,
    volume,
    volume_usd,
from {{ ref(venue) }}
{%- endfor %}
