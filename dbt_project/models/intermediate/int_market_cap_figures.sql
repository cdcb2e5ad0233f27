{{ config(materialized="table") }}
-- Snapshots of whole markets and the bars of indices, every version, before they are judged.
with index_bars as (

    select
        series.scope,
        bars.trade_date,
        series.source,
        {{ precedence("market_caps", "series.source") }} as precedence,
        bars.observed_at,
        bars.response_id,
        bars.closes_at as snapshot_at,
        bars.close_usd as ex_btc_usd,
        bars.open_usd as ex_btc_open_usd,
        bars.high_usd as ex_btc_high_usd,
        bars.low_usd as ex_btc_low_usd,
    from {{ ref("stg_tradingview__daily_bars_versions") }} as bars
    inner join {{ ref("market_cap_series") }} as series
        on series.source = 'tradingview' and bars.symbol = series.symbol
    where not bars.is_share

)

select * from {{ ref("int_market_cap_snapshots") }}
union all by name
select * from index_bars
