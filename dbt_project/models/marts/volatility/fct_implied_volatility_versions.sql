with reported as (

    select
        asset,
        'deribit_dvol' as scope,
        trade_date,
        'deribit' as source,
        observed_at,
        open_ratio,
        high_ratio,
        low_ratio,
        close_ratio,
    from {{ ref("stg_deribit__volatility_index_versions") }}

),

changed as (

    {{ changed_versions(
        "reported",
        ["asset", "scope", "trade_date", "source"],
        ["open_ratio", "high_ratio", "low_ratio", "close_ratio"],
    ) | indent(4) }}

)

select
    asset,
    scope,
    trade_date,
    source,
    observed_at,
    open_ratio,
    high_ratio,
    low_ratio,
    close_ratio,
from changed
order by asset, scope, trade_date, source, observed_at
