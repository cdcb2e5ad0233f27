{{ config(meta={
    "by_change": {
        "day": "trade_date",
        "inputs": {
            "fct_price_versions": "trade_date",
            "fct_etf_total_versions": "trade_date",
            "fct_etf_flow_versions": "trade_date",
            "fct_liquidation_versions": "trade_date",
            "fct_derivative_versions": "trade_date",
            "fct_market_liquidation_versions": "trade_date",
            "fct_open_interest_range_versions": "trade_date",
            "fct_funding_range_versions": "trade_date",
            "fct_perpetual_price_versions": "trade_date",
            "fct_dominance_versions": "trade_date",
            "fct_futures_positioning_versions": "trade_date",
            "fct_implied_volatility_versions": "trade_date",
            "fct_sentiment_versions": "trade_date",
            "fct_exchange_flow_versions": "trade_date",
            "fct_stablecoin_versions": "trade_date",
            "fct_market_cap_versions": "trade_date",
        },
    }
}) }}
-- Every version of every stored figure in one long table, beside the version before it; what differs was restated.
with price_versions as (

    select
        *,
        venue as scope,
        venue as source,
    from {{ ref("fct_price_versions") }}

),

-- What `fct_daily_prices` reported over time: of every day the bars of the most preferred venue known by then. A better
-- venue that comes late replaces the figures of another one; what a venue itself restates is in its own scope.
preferred_price_versions as (

    select * replace ('preferred_venue' as scope),
    from price_versions
    qualify
        {{ precedence("prices", "price_versions.venue") }}
        = min({{ precedence("prices", "price_versions.venue") }}) over (
            partition by asset, trade_date
            order by observed_at
            range between unbounded preceding and current row
        )

),

etf_total_versions as (

    select
        *,
        'us_spot_etfs' as scope,
    from {{ ref("fct_etf_total_versions") }}

),

etf_flow_versions as (

    select
        *,
        fund_ticker as scope,
    from {{ ref("fct_etf_flow_versions") }}

),

liquidation_versions as (

    select * from {{ ref("fct_liquidation_versions") }}

),

derivative_versions as (

    select * from {{ ref("fct_derivative_versions") }}

),

market_liquidation_versions as (

    select * from {{ ref("fct_market_liquidation_versions") }}

),

open_interest_range_versions as (

    select * from {{ ref("fct_open_interest_range_versions") }}

),

funding_range_versions as (

    select * from {{ ref("fct_funding_range_versions") }}

),

perpetual_price_versions as (

    select * from {{ ref("fct_perpetual_price_versions") }}

),

dominance_versions as (

    select * from {{ ref("fct_dominance_versions") }}

),

positioning_versions as (

    select * from {{ ref("fct_futures_positioning_versions") }}

),

implied_volatility_versions as (

    select * from {{ ref("fct_implied_volatility_versions") }}

),

sentiment_versions as (

    select * from {{ ref("fct_sentiment_versions") }}

),

exchange_flow_versions as (

    select * from {{ ref("fct_exchange_flow_versions") }}

),

stablecoin_versions as (

    select * from {{ ref("fct_stablecoin_versions") }}

),

-- A snapshot nearer to midnight, or of a better source, that was learned late replaces another one: that is no
-- restatement of either. So only the last chosen snapshot has a history.
market_cap_versions as (

    select
        *,
        'ALL' as asset,
    from {{ ref("fct_market_cap_versions") }}
    qualify snapshot_at = max_by(snapshot_at, observed_at) over (partition by scope, trade_date)

),

market_cap_snapshot_versions as (

    select *
    from market_cap_versions
    where ex_btc_open_usd is null

),

market_cap_bar_versions as (

    select *
    from market_cap_versions
    where ex_btc_open_usd is not null

),

-- A history is one of a provider's figure; but the total of all funds is one figure whatever source it comes from, as a
-- better source may be complete later, and so is the price of the preferred venue.
figures as (
    {%- set histories = [] %}
    {%- for group in var("daily_figures") if group.versions %}
        {%- for metric, statistic, column in group.figures %}
            {%- set history_of = "'any source'" if group.one_history else "source" %}
            {%- do histories.append([group.versions, group.time_window, metric, statistic, column, history_of]) %}
            {%- if metric == "price_usd" %}
                {%- do histories.append(
                    ["preferred_price_versions", group.time_window, metric, statistic, column, "'any source'"]
                ) %}
            {%- endif %}
        {%- endfor %}
    {%- endfor %}
    {%- for relation, window, metric, statistic, column, history_of in histories %}
    {%- if not loop.first %}
    union all
    {%- endif %}
    select
        '{{ metric }}' as metric,
        asset,
        scope,
        '{{ window }}' as time_window,
        '{{ statistic }}' as statistic,
        trade_date,
        {{ history_of }} as history_of,
        source,
        observed_at,
        cast({{ column }} as double) as value,
    from {{ relation }}
    where trade_date >= {{ first_changed_day() }}
    {%- endfor %}

),

-- The first report of a figure is no restatement; a figure that was withdrawn, and one that came back, is.
beside_the_one_before as (

    select
        *,
        lag(value) over versions as old_value,
        lag(source) over versions as previous_source,
        lag(observed_at) over versions as previous_observed_at,
        count(value) over (versions rows between unbounded preceding and 1 preceding) > 0 as was_reported,
    from figures
    window versions as (
        partition by metric, asset, scope, time_window, statistic, trade_date, history_of
        order by observed_at
    )

)

select
    metric,
    asset,
    scope,
    time_window,
    statistic,
    trade_date,
    coalesce(source, previous_source) as source,
    observed_at,
    old_value,
    value as new_value,
    value / nullif(old_value, 0) - 1 as change_ratio,
    previous_observed_at,
    previous_source,
from beside_the_one_before
where
    was_reported
    and value is distinct from old_value
    and (scope != 'preferred_venue' or source is distinct from previous_source)
order by metric, asset, scope, time_window, statistic, trade_date, observed_at
