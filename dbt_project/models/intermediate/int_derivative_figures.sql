{{ config(materialized="table", meta={
    "by_change": {
        "day": "trade_date",
        "inputs": {
            "int_venue_levels": "trade_date",
            "int_settled_funding": "trade_date",
            "int_coinalyze_days": "trade_date",
        },
    }
}) }}
-- What sources report about a scope's open positions, one statistic per row: the others are null there.
with coinalyze_days as (

    select *
    from {{ ref("int_coinalyze_days") }}
    where trade_date >= {{ first_changed_day() }}

),

coinalyze_open_interest as (

    select * from coinalyze_days
    where open_interest_usd is not null

),

coinalyze_positions as (

    {{ sums_as_known(
        "coinalyze_open_interest", ["asset", "scope", "trade_date"], "symbol", ["open_interest_usd"]
    ) | indent(4) }}

),

coinalyze_venues as (

    select
        asset,
        scope,
        trade_date,
        -- Lists are sorted when they are complete: an aggregate with `order by` holds a buffer for each of its groups.
        array_to_string(list_sort(list_distinct(list(venue))), ',') as venue_list,
    from coinalyze_open_interest
    group by all

),

coinalyze_newest as (

    {{ newest_version("coinalyze_days", ["scope", "endpoint", "symbol", "trade_date"]) | indent(4) }}

),

-- Rates and shares of several contracts are weighted by their open positions. A venue whose funding interval is not
-- known has no rate per 8 hours. Rates are doubles: they are added in the order of their contracts, because the last
-- digits of a sum of doubles depend on its order, and ties of records depend on the last digits.
coinalyze_weighed as (

    select
        figures.asset,
        figures.scope,
        figures.trade_date,
        max(figures.observed_at) as observed_at,
        array_to_string(list_sort(list_distinct(list(figures.venue))), ',') as venue_list,
        {{ sum_in_order(
            "figures.funding_rate_ratio * 8 / venues.funding_interval_hours * weights.open_interest_usd", "figures.symbol"
        ) }} / nullif(sum(weights.open_interest_usd) filter (
            where figures.funding_rate_ratio * venues.funding_interval_hours is not null
        ), 0) as funding_rate_ratio,
        {{ sum_in_order("figures.long_account_share_ratio * weights.open_interest_usd", "figures.symbol") }}
        / nullif(
            sum(weights.open_interest_usd) filter (where figures.long_account_share_ratio is not null), 0
        ) as long_account_share_ratio,
    from coinalyze_newest as figures
    inner join coinalyze_newest as weights
        on
            figures.scope = weights.scope
            and figures.symbol = weights.symbol
            and figures.trade_date = weights.trade_date
            and weights.open_interest_usd is not null
    left join {{ ref("venues") }} as venues
        on figures.venue = venues.venue
    where figures.funding_rate_ratio is not null or figures.long_account_share_ratio is not null
    group by all

)

select
    asset,
    venue as scope,
    trade_date,
    source,
    observed_at,
    venue as venue_list,
    open_interest_usd,
    cast(null as double) as funding_rate_ratio,
    long_short_account_ratio,
from {{ ref("int_venue_levels") }}
where trade_date >= {{ first_changed_day() }}

union all

select
    asset,
    venue as scope,
    trade_date,
    source,
    observed_at,
    venue as venue_list,
    null as open_interest_usd,
    funding_rate_ratio,
    null as long_short_account_ratio,
from {{ ref("int_settled_funding") }}
where trade_date >= {{ first_changed_day() }}

union all

select
    positions.asset,
    positions.scope,
    positions.trade_date,
    'coinalyze' as source,
    positions.observed_at,
    venues.venue_list,
    positions.open_interest_usd,
    null as funding_rate_ratio,
    null as long_short_account_ratio,
from coinalyze_positions as positions
inner join coinalyze_venues as venues using (asset, scope, trade_date)

union all

select
    asset,
    scope,
    trade_date,
    'coinalyze' as source,
    observed_at,
    venue_list,
    null as open_interest_usd,
    funding_rate_ratio,
    long_account_share_ratio / nullif(1 - long_account_share_ratio, 0) as long_short_account_ratio,
from coinalyze_weighed
