{%- set venues = ["stg_coinbase__quote_rates_versions", "stg_kraken__quote_rates_versions"] -%}
{% for venue in venues %}
{%- if not loop.first %}
union all by name
{%- endif %}
select
    quote_asset,
    venue,
    trade_date,
    as_of_at,
    rate_usd,
    observed_at,
    response_id,
from {{ ref(venue) }}
{%- endfor %}
