{{ config(meta={
    "by_change": {
        "day": "trade_date",
        "inputs": {
            "fct_daily_prices": "trade_date",
            "dim_dates": "date",
            "fct_daily_etf_totals": "trade_date",
            "fct_daily_liquidations": "trade_date",
            "fct_daily_derivatives": "trade_date",
            "fct_daily_market_caps": "trade_date",
        },
    }
}) }}
with prices as (

    select *
    from {{ ref("fct_daily_prices") }}
    where trade_date >= {{ first_changed_day() }}

),

-- One scope per asset for all days: with the widest scope of each day, a series would jump when a venue joins.
scoped_liquidations as (

    select liquidations.*
    from {{ ref("fct_daily_liquidations") }} as liquidations
    semi join {{ ref("int_widest_scopes") }} as widest
        on
            widest.subject = 'liquidations'
            and liquidations.asset = widest.asset
            and liquidations.scope = widest.scope
    where liquidations.trade_date >= {{ first_changed_day() }}

),

scoped_derivatives as (

    select derivatives.*
    from {{ ref("fct_daily_derivatives") }} as derivatives
    semi join {{ ref("int_widest_scopes") }} as widest
        on
            widest.subject = 'derivatives'
            and derivatives.asset = widest.asset
            and derivatives.scope = widest.scope
    where derivatives.trade_date >= {{ first_changed_day() }}

),

market_caps as (

    select *
    from {{ ref("fct_daily_market_caps") }}
    where scope = '{{ var("market_cap_scope") }}'

),

events as (

    select
        assets.asset,
        events.event_date,
        string_agg(events.title, '; ' order by events.event_id) as events,
    from {{ ref("dim_market_events") }} as events
    inner join {{ ref("dim_assets") }} as assets
        on events.asset is null or events.asset = assets.asset
    group by all

)

select
    prices.asset,
    prices.trade_date,
    dates.is_nyse_session,
    prices.open_usd,
    prices.high_usd,
    prices.low_usd,
    prices.close_usd,
    prices.return_ratio,
    prices.volume_usd,
    prices.source as price_source,
    prices.quote_asset,
    etf_totals.net_flow_usd as etf_net_flow_usd,
    etf_totals.cumulative_net_flow_usd as etf_cumulative_net_flow_usd,
    etf_totals.is_final as is_etf_flow_final,
    scoped_liquidations.scope as liquidation_scope,
    scoped_liquidations.long_usd as long_liquidations_usd,
    scoped_liquidations.short_usd as short_liquidations_usd,
    scoped_liquidations.total_usd as total_liquidations_usd,
    scoped_liquidations.long_share_ratio as long_liquidation_share_ratio,
    scoped_derivatives.scope as derivatives_scope,
    scoped_derivatives.open_interest_usd,
    scoped_derivatives.open_interest_change_ratio,
    scoped_derivatives.funding_rate_ratio,
    scoped_derivatives.funding_rate_annual_ratio,
    scoped_derivatives.long_short_account_ratio,
    market_caps.scope as market_cap_scope,
    market_caps.total_usd as total_market_cap_usd,
    market_caps.ex_btc_usd as ex_btc_market_cap_usd,
    market_caps.btc_dominance_ratio,
    events.events,
    prices.is_final as is_price_final,
from prices
left join {{ ref("dim_dates") }} as dates
    on prices.trade_date = dates.date
left join {{ ref("fct_daily_etf_totals") }} as etf_totals
    on prices.asset = etf_totals.asset and prices.trade_date = etf_totals.trade_date
left join scoped_liquidations
    on prices.asset = scoped_liquidations.asset and prices.trade_date = scoped_liquidations.trade_date
left join scoped_derivatives
    on prices.asset = scoped_derivatives.asset and prices.trade_date = scoped_derivatives.trade_date
left join market_caps
    on prices.trade_date = market_caps.trade_date
left join events
    on prices.asset = events.asset and prices.trade_date = events.event_date
order by asset, trade_date
