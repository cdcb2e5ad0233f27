{#-
  Every daily figure in one long table, from six relations of the shape of `fct_daily_venue_prices`,
  `fct_daily_etf_totals`, `fct_daily_etf_flows`, `fct_daily_liquidations`, `fct_daily_derivatives` and
  `fct_daily_market_caps`.

  `fct_daily_metrics` gives it those tables, `daily_metrics_as_of` gives it the same tables as they were known at an
  instant: one definition, so that the two can't drift apart.

  A figure that follows from others (a return, a cumulative flow) was learned when the newest of them was:
  that is its `observed_at`.
-#}
{% macro daily_metrics(prices, etf_totals, etf_flows, liquidations, derivatives, market_caps, metrics) -%}
with price_returns as (

    select
        today.asset,
        today.venue,
        today.trade_date,
        cast(today.close_usd as double) / nullif(cast(day_before.close_usd as double), 0) - 1 as return_ratio,
        greatest(today.last_changed_at, day_before.last_changed_at) as last_changed_at,
        today.is_final and day_before.is_final as is_final,
    from {{ prices }} as today
    inner join {{ prices }} as day_before
        on
            today.asset = day_before.asset
            and today.venue = day_before.venue
            and today.trade_date = day_before.trade_date + 1

),

open_interest_changes as (

    select
        today.*,
        greatest(today.last_changed_at, day_before.last_changed_at) as any_changed_at,
        today.is_final and day_before.is_final as is_all_final,
    from {{ derivatives }} as today
    inner join {{ derivatives }} as day_before
        on
            today.asset = day_before.asset
            and today.scope = day_before.scope
            and today.trade_date = day_before.trade_date + 1

),

etf_totals_since_launch as (

    select
        *,
        max(last_changed_at) over since_launch as any_changed_at,
        bool_and(is_final) over since_launch as is_all_final,
    from {{ etf_totals }}
    window since_launch as (partition by asset order by trade_date)

),

fund_flows as (

    select
        *,
        max(last_changed_at) over since_launch as any_changed_at,
        bool_and(is_final) over since_launch as is_all_final,
    from {{ etf_flows }}
    window since_launch as (partition by asset, fund_ticker order by trade_date)

),

-- A source with bars has a day's open, high, low and close; a source with snapshots has one instant.
market_cap_snapshots as (

    select * from {{ market_caps }} where ex_btc_open_usd is null

),

market_cap_bars as (

    select * from {{ market_caps }} where ex_btc_open_usd is not null

),

market_cap_changes as (

    select
        today.scope,
        today.trade_date,
        today.source,
        cast(today.ex_btc_usd as double) / nullif(cast(day_before.ex_btc_usd as double), 0) - 1 as ex_btc_change_ratio,
        greatest(today.last_changed_at, day_before.last_changed_at) as last_changed_at,
        today.is_final and day_before.is_final as is_final,
    from market_cap_bars as today
    inner join market_cap_bars as day_before
        on today.scope = day_before.scope and today.trade_date = day_before.trade_date + 1

),

figures as (
{% set of_a_venue = {"asset": "asset", "scope": "venue", "window": "utc_day", "source": "venue"} %}
{%- set of_all_funds = {"asset": "asset", "scope": "'us_spot_etfs'", "window": "nyse_session", "source": "source"} %}
{%- set of_a_fund = {"asset": "asset", "scope": "fund_ticker", "window": "nyse_session", "source": "source"} %}
{%- set of_liquidations = {"asset": "asset", "scope": "scope", "window": "utc_day", "source": "source",
                           "is_lower_bound": "is_lower_bound"} %}
{%- set of_derivatives = {"asset": "asset", "scope": "scope", "window": "utc_day", "source": "source"} %}
{%- set of_snapshots = {"asset": "'ALL'", "scope": "scope", "window": "instant", "source": "source"} %}
{%- set of_bars = {"asset": "'ALL'", "scope": "scope", "window": "utc_day", "source": "source"} %}
{%- set so_far = {"observed_at": "any_changed_at", "is_final": "is_all_final"} %}
{%- for relation, shape, metric, statistic, column in [
    (prices, of_a_venue, "price_usd", "open", "open_usd"),
    (prices, of_a_venue, "price_usd", "high", "high_usd"),
    (prices, of_a_venue, "price_usd", "low", "low_usd"),
    (prices, of_a_venue, "price_usd", "close", "close_usd"),
    (prices, of_a_venue, "spot_volume_usd", "sum", "volume_usd"),
    ("price_returns", of_a_venue, "price_return_ratio", "change", "return_ratio"),
    (etf_totals, of_all_funds, "etf_net_flow_usd", "sum", "net_flow_usd"),
    ("etf_totals_since_launch", dict(of_all_funds, **so_far),
     "etf_cumulative_net_flow_usd", "end", "cumulative_net_flow_usd"),
    ("fund_flows", of_a_fund, "etf_net_flow_usd", "sum", "net_flow_usd"),
    ("fund_flows", dict(of_a_fund, **so_far),
     "etf_cumulative_net_flow_usd", "end", "cumulative_net_flow_usd"),
    (liquidations, of_liquidations, "long_liquidations_usd", "sum", "long_usd"),
    (liquidations, of_liquidations, "short_liquidations_usd", "sum", "short_usd"),
    (liquidations, of_liquidations, "total_liquidations_usd", "sum", "total_usd"),
    (liquidations, dict(of_liquidations, is_lower_bound="false"),
     "long_liquidation_share_ratio", "share", "long_share_ratio"),
    (derivatives, of_derivatives, "open_interest_usd", "end", "open_interest_usd"),
    ("open_interest_changes", dict(of_derivatives, **so_far),
     "open_interest_change_ratio", "change", "open_interest_change_ratio"),
    (derivatives, of_derivatives, "funding_rate_ratio", "mean", "funding_rate_ratio"),
    (derivatives, of_derivatives, "long_short_account_ratio", "end", "long_short_account_ratio"),
    ("market_cap_snapshots", of_snapshots, "total_market_cap_usd", "snapshot", "total_usd"),
    ("market_cap_snapshots", of_snapshots, "ex_btc_market_cap_usd", "snapshot", "ex_btc_usd"),
    ("market_cap_snapshots", of_snapshots, "btc_dominance_ratio", "snapshot", "btc_dominance_ratio"),
    ("market_cap_bars", of_bars, "ex_btc_market_cap_usd", "open", "ex_btc_open_usd"),
    ("market_cap_bars", of_bars, "ex_btc_market_cap_usd", "high", "ex_btc_high_usd"),
    ("market_cap_bars", of_bars, "ex_btc_market_cap_usd", "low", "ex_btc_low_usd"),
    ("market_cap_bars", of_bars, "ex_btc_market_cap_usd", "close", "ex_btc_usd"),
    ("market_cap_changes", of_bars, "ex_btc_market_cap_change_ratio", "change", "ex_btc_change_ratio"),
] %}
    {%- if not loop.first %}
    union all
    {%- endif %}
    select
        '{{ metric }}' as metric,
        {{ shape.asset }} as asset,
        {{ shape.scope }} as scope,
        '{{ shape.window }}' as time_window,
        '{{ statistic }}' as statistic,
        trade_date,
        cast({{ column }} as double) as value,
        {{ shape.source }} as source,
        {{ shape.get("observed_at", "last_changed_at") }} as observed_at,
        {{ shape.get("is_final", "is_final") }} as is_final,
        {{ shape.get("is_lower_bound", "false") }} as is_lower_bound,
    from {{ relation }}
{%- endfor %}

)

select
    figures.metric,
    figures.asset,
    figures.scope,
    figures.time_window,
    figures.statistic,
    figures.trade_date,
    figures.value,
    metrics.unit,
    figures.source,
    figures.observed_at,
    figures.is_final,
    figures.is_lower_bound,
from figures
inner join {{ metrics }} as metrics
    on figures.metric = metrics.metric
where figures.value is not null
{%- endmacro %}
