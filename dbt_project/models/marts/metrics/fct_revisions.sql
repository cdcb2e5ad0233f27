-- Every version of every stored figure in one long table, beside the version before it; what differs was restated.
with price_versions as (

    select
        *,
        venue as scope,
        venue as source,
    from {{ ref("fct_price_versions") }}

),

-- What `fct_daily_prices` said over time: of every day the bars of the most preferred venue known by then. A better
-- venue that comes late replaces the figures of another one; what a venue itself restates stands under its own scope.
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

-- A snapshot nearer to midnight, or of a better source, that was learned late replaces another one: that is no
-- restatement of either. So only the snapshot that stands in the end has a history.
market_cap_versions as (

    select
        *,
        'ALL' as asset,
    from {{ ref("fct_market_cap_versions") }}
    qualify snapshot_at = max_by(snapshot_at, observed_at) over (partition by scope, trade_date)

),

market_cap_snapshots as (

    select *
    from market_cap_versions
    where ex_btc_open_usd is null

),

market_cap_bars as (

    select *
    from market_cap_versions
    where ex_btc_open_usd is not null

),

-- A history is one of a provider's figure; but the total of all funds is one figure whatever source it comes from, as a
-- better source may be complete later, and so is the price of the preferred venue.
figures as (
    {% for relation, window, metric, statistic, column, history_of in [
        ("price_versions", "utc_day", "price_usd", "open", "open_usd", "source"),
        ("price_versions", "utc_day", "price_usd", "high", "high_usd", "source"),
        ("price_versions", "utc_day", "price_usd", "low", "low_usd", "source"),
        ("price_versions", "utc_day", "price_usd", "close", "close_usd", "source"),
        ("price_versions", "utc_day", "spot_volume_usd", "sum", "volume_usd", "source"),
        ("preferred_price_versions", "utc_day", "price_usd", "open", "open_usd", "'any source'"),
        ("preferred_price_versions", "utc_day", "price_usd", "high", "high_usd", "'any source'"),
        ("preferred_price_versions", "utc_day", "price_usd", "low", "low_usd", "'any source'"),
        ("preferred_price_versions", "utc_day", "price_usd", "close", "close_usd", "'any source'"),
        ("etf_total_versions", "nyse_session", "etf_net_flow_usd", "sum", "net_flow_usd", "'any source'"),
        ("etf_flow_versions", "nyse_session", "etf_net_flow_usd", "sum", "net_flow_usd", "'any source'"),
        (ref("fct_liquidation_versions"), "utc_day", "long_liquidations_usd", "sum", "long_usd", "source"),
        (ref("fct_liquidation_versions"), "utc_day", "short_liquidations_usd", "sum", "short_usd", "source"),
        (ref("fct_liquidation_versions"), "utc_day", "total_liquidations_usd", "sum", "total_usd", "source"),
        (ref("fct_derivative_versions"), "utc_day", "open_interest_usd", "end", "open_interest_usd", "source"),
        (ref("fct_derivative_versions"), "utc_day", "funding_rate_ratio", "mean", "funding_rate_ratio", "source"),
        (ref("fct_derivative_versions"), "utc_day", "long_short_account_ratio", "end", "long_short_account_ratio",
         "source"),
        ("market_cap_snapshots", "instant", "total_market_cap_usd", "snapshot", "total_usd", "source"),
        ("market_cap_snapshots", "instant", "ex_btc_market_cap_usd", "snapshot", "ex_btc_usd", "source"),
        ("market_cap_bars", "utc_day", "ex_btc_market_cap_usd", "open", "ex_btc_open_usd", "source"),
        ("market_cap_bars", "utc_day", "ex_btc_market_cap_usd", "high", "ex_btc_high_usd", "source"),
        ("market_cap_bars", "utc_day", "ex_btc_market_cap_usd", "low", "ex_btc_low_usd", "source"),
        ("market_cap_bars", "utc_day", "ex_btc_market_cap_usd", "close", "ex_btc_usd", "source"),
    ] %}
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
