select
    asset,
    source,
    symbol,
    quote_asset,
    valid_from_date,
    lead(valid_from_date) over (
        partition by asset, source order by valid_from_date nulls first
    ) as valid_until_date,
    asset_units,
from {{ ref("asset_symbols") }}
order by asset, source, valid_from_date nulls first
