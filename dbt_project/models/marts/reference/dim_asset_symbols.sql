select
    asset,
    source,
    symbol,
    quote_asset,
from {{ ref("asset_symbols") }}
order by asset, source
