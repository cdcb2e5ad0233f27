{{ config(meta={
    "by_change": {
        "day": "trade_date",
        "inputs": {
            "int_venue_bars": "trade_date",
            "int_withheld_prices": "trade_date",
        },
    }
}) }}
with venue_bars as (

    select *
    from {{ ref("int_venue_bars") }} as bars
    anti join {{ ref("int_withheld_prices") }} as withheld
        on
            withheld.table_name = 'fct_price_versions'
            and bars.asset = withheld.asset
            and bars.venue = withheld.source
            and bars.trade_date = withheld.trade_date
            and bars.observed_at = withheld.observed_at
    where bars.trade_date >= {{ first_changed_day() }}

),

changed as (

    {{ changed_versions(
        "venue_bars",
        ["asset", "venue", "trade_date"],
        ["open_usd", "high_usd", "low_usd", "close_usd", "volume", "volume_usd"],
    ) | indent(4) }}

)

select
    asset,
    venue,
    trade_date,
    observed_at,
    quote_asset,
    open_usd,
    high_usd,
    low_usd,
    close_usd,
    volume,
    volume_usd,
from changed
order by asset, venue, trade_date, observed_at
