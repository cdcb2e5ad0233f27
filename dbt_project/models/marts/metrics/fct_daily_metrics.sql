{{ config(meta={
    "by_change": {
        "day": "trade_date",
        "inputs": {
            "fct_daily_venue_prices": "trade_date",
            "fct_daily_etf_totals": "trade_date",
            "fct_daily_etf_flows": "trade_date",
            "fct_daily_liquidations": "trade_date",
            "fct_daily_derivatives": "trade_date",
            "fct_daily_market_caps": "trade_date",
            "fct_daily_market_liquidations": "trade_date",
            "fct_daily_open_interest_ranges": "trade_date",
            "fct_daily_funding_ranges": "trade_date",
            "fct_daily_perpetual_prices": "trade_date",
            "fct_all_time_highs": "trade_date",
            "fct_daily_dominance": "trade_date",
            "fct_weekly_futures_positioning": "trade_date",
            "fct_daily_implied_volatility": "trade_date",
            "fct_daily_sentiment": "trade_date",
            "fct_daily_exchange_flows": "trade_date",
            "fct_daily_stablecoins": "trade_date",
        },
    }
}) }}
with prices as (

    select * from {{ ref("fct_daily_venue_prices") }}

),

etf_totals as (

    select * from {{ ref("fct_daily_etf_totals") }}

),

etf_flows as (

    select * from {{ ref("fct_daily_etf_flows") }}

),

liquidations as (

    select * from {{ ref("fct_daily_liquidations") }}

),

derivatives as (

    select * from {{ ref("fct_daily_derivatives") }}

),

market_caps as (

    select * from {{ ref("fct_daily_market_caps") }}

),

market_liquidations as (

    select * from {{ ref("fct_daily_market_liquidations") }}

),

open_interest_ranges as (

    select * from {{ ref("fct_daily_open_interest_ranges") }}

),

funding_ranges as (

    select * from {{ ref("fct_daily_funding_ranges") }}

),

perpetual_prices as (

    select * from {{ ref("fct_daily_perpetual_prices") }}

),

dominance as (

    select * from {{ ref("fct_daily_dominance") }}

),

all_time_highs as (

    select * from {{ ref("fct_all_time_highs") }}

),

positioning as (

    select * from {{ ref("fct_weekly_futures_positioning") }}

),

implied_volatility as (

    select * from {{ ref("fct_daily_implied_volatility") }}

),

sentiment as (

    select * from {{ ref("fct_daily_sentiment") }}

),

exchange_flows as (

    select * from {{ ref("fct_daily_exchange_flows") }}

),

stablecoins as (

    select * from {{ ref("fct_daily_stablecoins") }}

),

price_returns as (

    select
        today.asset,
        today.venue,
        today.trade_date,
        cast(today.close_usd as double) / nullif(cast(day_before.close_usd as double), 0) - 1 as return_ratio,
        greatest(today.observed_at, day_before.observed_at) as observed_at,
        today.is_final and day_before.is_final as is_final,
    from prices as today
    inner join prices as day_before
        on
            today.asset = day_before.asset
            and today.venue = day_before.venue
            and today.trade_date = day_before.trade_date + 1

),

open_interest_changes as (

    select
        today.*,
        greatest(today.observed_at, day_before.observed_at) as newest_observed_at,
        today.is_final and day_before.is_final as is_all_final,
    from derivatives as today
    inner join derivatives as day_before
        on
            today.asset = day_before.asset
            and today.scope = day_before.scope
            and today.trade_date = day_before.trade_date + 1

),

etf_totals_since_launch as (

    select
        *,
        max(observed_at) over since_launch as newest_observed_at,
        bool_and(is_final) over since_launch as is_all_final,
    from etf_totals
    window since_launch as (partition by asset order by trade_date)

),

fund_flows as (

    select
        *,
        max(observed_at) over since_launch as newest_observed_at,
        bool_and(is_final) over since_launch as is_all_final,
    from etf_flows
    window since_launch as (partition by asset, fund_ticker order by trade_date)

),

-- A source of bars has a day's open, high, low and close; a source of snapshots has one instant.
market_cap_snapshots as (

    select * from market_caps where ex_btc_open_usd is null

),

market_cap_bars as (

    select * from market_caps where ex_btc_open_usd is not null

),

market_cap_changes as (

    select
        today.scope,
        today.trade_date,
        today.source,
        cast(today.ex_btc_usd as double) / nullif(cast(day_before.ex_btc_usd as double), 0) - 1 as ex_btc_change_ratio,
        greatest(today.observed_at, day_before.observed_at) as observed_at,
        today.is_final and day_before.is_final as is_final,
    from market_cap_bars as today
    inner join market_cap_bars as day_before
        on today.scope = day_before.scope and today.trade_date = day_before.trade_date + 1

),

-- The list of figures is in `dbt_project.yml`, `daily_figures`. A figure computed from several others (a return, a
-- cumulative flow) was observed when the newest of them was.
figures as (
{%- for group in var("daily_figures") %}
    {%- set group_loop = loop %}
    {%- for metric, statistic, column in group.figures %}
    {%- if not (loop.first and group_loop.first) %}
    union all
    {%- endif %}
    select
        '{{ metric }}' as metric,
        {{ group.get("asset", "asset") }} as asset,
        {{ group.scope }} as scope,
        '{{ group.time_window }}' as time_window,
        '{{ statistic }}' as statistic,
        trade_date,
        cast({{ column }} as double) as value,
        {{ group.get("source", "source") }} as source,
        {{ "newest_observed_at" if group.is_of_many_days else "observed_at" }} as observed_at,
        {{ "is_all_final" if group.is_of_many_days else "is_final" }} as is_final,
        {{ group.get("is_lower_bound", "false") }} as is_lower_bound,
    from {{ group.relation }}
    where trade_date >= {{ first_changed_day() }}
    {%- endfor %}
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
inner join {{ ref("dim_metrics") }} as metrics
    on figures.metric = metrics.metric
where figures.value is not null
-- Years first: what reads the newest days passes over the rows of earlier years.
order by
    year(figures.trade_date),
    figures.metric,
    figures.asset,
    figures.scope,
    figures.time_window,
    figures.statistic,
    figures.trade_date
