{{ config(meta={
    "by_change": {
        "day": "trade_date",
        "inputs": {
            "stg_binance__futures_metrics_versions": "trade_date",
            "stg_bybit__open_interest_versions": "trade_date",
            "stg_bybit__daily_mark_prices": "trade_date",
            "stg_binance__open_interest_versions": "trade_date",
            "stg_binance__account_ratios_versions": "trade_date",
            "stg_bybit__account_ratios_versions": "trade_date",
            "stg_okx__open_interest_versions": "trade_date",
            "stg_okx__account_ratios_versions": "trade_date",
            "stg_gate__hourly_contract_stats_versions": "trade_date",
        },
    }
}) }}
-- How each day ended at the venues that report it themselves, one statistic per row: the other is null there.
with archived_last_hours as (

    select *
    from {{ ref("stg_binance__futures_metrics_versions") }}
    where stamped_at > trade_date + interval 23 hour

),

-- The last line of a day that has a figure is taken; a day without one in its last hour has none.
archived_levels as (

    select *
    from archived_last_hours
    where open_interest_usd is not null
    qualify stamped_at = max(stamped_at) over (partition by symbol, trade_date)

),

archived_ratios as (

    select *
    from archived_last_hours
    where long_short_account_ratio is not null
    qualify stamped_at = max(stamped_at) over (partition by symbol, trade_date)

),

bybit_values as (

    select
        levels.asset,
        levels.venue,
        levels.trade_date,
        greatest(levels.observed_at, prices.observed_at) as observed_at,
        cast(
            {{ bounded_product("levels.open_interest_quantity", "prices.close_usd") }} as decimal(18, 2)
        ) as open_interest_usd,
    from {{ ref("stg_bybit__open_interest_versions") }} as levels
    -- Valued at the venue's own last price of the day; of a contract of 1000 coins both are the contract's.
    inner join {{ ref("stg_bybit__daily_mark_prices") }} as prices
        on levels.symbol = prices.symbol and levels.trade_date = prices.trade_date

)

select
    'binance_archive_futures' as source,
    asset,
    venue,
    trade_date,
    observed_at,
    open_interest_usd,
    null as long_short_account_ratio,
from archived_levels

union all

select
    'binance_archive_futures' as source,
    asset,
    venue,
    trade_date,
    observed_at,
    null as open_interest_usd,
    long_short_account_ratio,
from archived_ratios

union all

select
    'binance_futures' as source,
    asset,
    venue,
    trade_date,
    observed_at,
    open_interest_usd,
    null as long_short_account_ratio,
from {{ ref("stg_binance__open_interest_versions") }}
where stamped_at = trade_date + interval 1 day

union all

select
    'binance_futures' as source,
    asset,
    venue,
    trade_date,
    observed_at,
    null as open_interest_usd,
    long_short_account_ratio,
from {{ ref("stg_binance__account_ratios_versions") }}
where stamped_at = trade_date + interval 1 day

union all

select
    'bybit' as source,
    asset,
    venue,
    trade_date,
    observed_at,
    open_interest_usd,
    null as long_short_account_ratio,
from bybit_values

union all

select
    'bybit' as source,
    asset,
    venue,
    trade_date,
    observed_at,
    null as open_interest_usd,
    long_short_account_ratio,
from {{ ref("stg_bybit__account_ratios_versions") }}

union all

select
    'okx_futures' as source,
    asset,
    venue,
    trade_date,
    observed_at,
    open_interest_usd,
    null as long_short_account_ratio,
from {{ ref("stg_okx__open_interest_versions") }}

union all

select
    'okx_futures' as source,
    asset,
    venue,
    trade_date,
    observed_at,
    null as open_interest_usd,
    long_short_account_ratio,
from {{ ref("stg_okx__account_ratios_versions") }}

union all

select
    'gate' as source,
    asset,
    venue,
    trade_date,
    observed_at,
    open_interest_usd,
    long_short_account_ratio,
from {{ ref("stg_gate__hourly_contract_stats_versions") }}
-- The last hour of a day is its end. Of one column, the condition is met before the others are worked out.
where hour(opened_at) = 23
