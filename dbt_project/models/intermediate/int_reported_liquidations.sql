{{ config(materialized="table", meta={
    "volume": true,
    "by_change": {
        "day": "trade_date",
        "inputs": {
            "stg_gate__hourly_contract_stats_versions": "trade_date",
            "stg_coinglass__daily_liquidations_versions": "trade_date",
            "int_coinalyze_days": "trade_date",
            "int_event_coverage": "trade_date",
            "int_liquidation_events": "trade_date",
        },
    }
}) }}
-- Every version of a day's liquidations as the sources report them, before they are judged.
with gate_hours as (

    select *
    from {{ ref("stg_gate__hourly_contract_stats_versions") }}
    where trade_date >= {{ first_changed_day() }}

),

gate_days as (

    {{ sums_as_known("gate_hours", ["asset", "trade_date"], "opened_at", ["long_usd", "short_usd"]) | indent(4) }}

),

coinalyze_liquidations as (

    select * from {{ ref("int_coinalyze_days") }}
    where long_usd is not null

),

coinalyze_sums as (

    {{ sums_as_known(
        "coinalyze_liquidations", ["asset", "scope", "trade_date"], "symbol", ["long_usd", "short_usd"]
    ) | indent(4) }}

),

coinalyze_venues as (

    select
        asset,
        scope,
        trade_date,
        -- Sorted when it is complete: an aggregate with `order by` holds a buffer for each of its groups.
        array_to_string(list_sort(list_distinct(list(venue))), ',') as venue_list,
    from coinalyze_liquidations
    group by all

),

first_events as (

    select
        source,
        asset,
        min(trade_date) as first_date,
    from {{ ref("int_liquidation_events") }}
    group by all

),

event_sums as (

    select
        coverage.source,
        coverage.asset,
        coverage.trade_date,
        -- A day is known once all of it was fetched; what is received later restates it.
        greatest(events.observed_at, coverage.covered_at) as observed_at,
        sum(if(events.liquidated_side = 'long', events.value_usd, 0)) as long_usd,
        sum(if(events.liquidated_side = 'short', events.value_usd, 0)) as short_usd,
        count_if(events.event_at is not null and events.value_usd is null) as unvalued_count,
    from {{ ref("int_event_coverage") }} as coverage
    left join first_events using (source, asset)
    left join {{ ref("int_liquidation_events") }} as events using (source, asset, trade_date)
    -- A stream covers the contracts that were subscribed to. The first event of an asset shows that it was one of them:
    -- a day before it is not known to be without liquidations.
    where not ends_with(coverage.source, '_stream') or coverage.trade_date >= first_events.first_date
    group by all

),

event_days as (

    select
        source,
        asset,
        trade_date,
        observed_at,
        sum(coalesce(long_usd, 0)) over so_far as long_usd,
        sum(coalesce(short_usd, 0)) over so_far as short_usd,
        sum(unvalued_count) over so_far as unvalued_count,
    from event_sums
    window so_far as (partition by source, asset, trade_date order by observed_at)

),

reported as (

    select
        lists.asset,
        -- One venue is its own scope, a list with a name carries the name, any other list names its venues.
        coalesce(scopes.scope, replace(lists.venue_list, ',', '+')) as scope,
        lists.trade_date,
        'coinglass' as source,
        lists.observed_at,
        lists.response_id,
        lists.venue_list,
        lists.long_usd,
        lists.short_usd,
    from {{ ref("stg_coinglass__daily_liquidations_versions") }} as lists
    left join {{ ref("liquidation_scopes") }} as scopes
        on scopes.source = 'coinglass' and lists.venue_list = scopes.venue_list

    union all

    select
        asset,
        'gate' as scope,
        trade_date,
        'gate' as source,
        observed_at,
        null as response_id,
        'gate' as venue_list,
        long_usd,
        short_usd,
    from gate_days
    -- A day is known when each of its hours is.
    where part_count = 24

    union all

    select
        sums.asset,
        sums.scope,
        sums.trade_date,
        'coinalyze' as source,
        sums.observed_at,
        null as response_id,
        venues.venue_list,
        sums.long_usd,
        sums.short_usd,
    from coinalyze_sums as sums
    inner join coinalyze_venues as venues using (asset, scope, trade_date)

    union all

    select
        days.asset,
        scopes.scope,
        days.trade_date,
        days.source,
        days.observed_at,
        null as response_id,
        scopes.venue_list,
        days.long_usd,
        days.short_usd,
    from event_days as days
    -- A provider of events covers one venue, or a part of it.
    inner join {{ ref("liquidation_scopes") }} as scopes
        on days.source = scopes.source
    -- The sum lacks an event whose value is not known.
    where days.unvalued_count = 0

)

select
    * replace (cast(long_usd as decimal(18, 2)) as long_usd, cast(short_usd as decimal(18, 2)) as short_usd),
    cast(long_usd + short_usd as decimal(18, 2)) as total_usd,
from reported
