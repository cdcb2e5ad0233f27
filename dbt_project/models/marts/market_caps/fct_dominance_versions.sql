with reported as (

    select
        'ALL' as asset,
        series.scope,
        bars.trade_date,
        series.source,
        bars.observed_at,
        bars.open_ratio,
        bars.high_ratio,
        bars.low_ratio,
        bars.close_ratio,
    from {{ ref("stg_tradingview__daily_bars_versions") }} as bars
    inner join {{ ref("market_cap_series") }} as series
        on series.source = 'tradingview' and bars.symbol = series.symbol
    where bars.is_share

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
