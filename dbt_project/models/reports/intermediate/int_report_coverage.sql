-- From when to when what a brief reports has figures. Where an asset has no price, its first figure begins its days.
select
    'figures' as subject,
    asset,
    'any' as scope,
    coalesce(min(first_date) filter (where metric = 'price_usd'), min(first_date)) as first_date,
    max(last_date) filter (where time_window = 'utc_day') as last_date,
from {{ ref("int_series_coverage") }}
group by asset

union all

select
    'prices' as subject,
    asset,
    'any' as scope,
    min(trade_date) as first_date,
    max(trade_date) as last_date,
from {{ ref("fct_daily_prices") }}
group by asset

union all

select
    'etf_flows' as subject,
    asset,
    'any' as scope,
    min(first_date) as first_date,
    max(last_date) as last_date,
from {{ ref("int_series_coverage") }}
where metric = 'etf_net_flow_usd' and scope = 'us_spot_etfs'
group by asset

union all

select
    'liquidations' as subject,
    asset,
    scope,
    min(trade_date) as first_date,
    max(trade_date) as last_date,
from {{ ref("fct_daily_liquidations") }}
group by asset, scope

union all

select
    'market_caps' as subject,
    'ALL' as asset,
    scope,
    min(trade_date) as first_date,
    max(trade_date) as last_date,
from {{ ref("fct_daily_market_caps") }}
group by scope
