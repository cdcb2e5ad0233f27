-- What a day shows of a source of snapshots is one of its published snapshots, to the cent. An index has bars instead.
select
    days.scope,
    days.trade_date,
    days.source,
    days.snapshot_at,
    days.ex_btc_usd,
    snapshots.ex_btc_usd as snapshot_ex_btc_usd,
from {{ ref("fct_daily_market_caps") }} as days
left join {{ ref("fct_market_cap_snapshots") }} as snapshots
    on
        days.scope = snapshots.scope
        and days.source = snapshots.source
        and days.snapshot_at = snapshots.snapshot_at
where
    days.source != 'tradingview'
    and (
        snapshots.is_value_of_the_day is distinct from true
        or days.total_usd is distinct from snapshots.total_usd
        or days.ex_btc_usd is distinct from snapshots.ex_btc_usd
    )
