{{ config(meta={
    "by_change": {
        "day": "trade_date",
        "inputs": {
            "fct_daily_liquidations": "trade_date",
            "fct_daily_derivatives": "trade_date",
            "fct_liquidation_events": "trade_date",
        },
    }
}) }}
{%- set span = 180 -%}
{%- set large_quantile = 0.95 -%}
with liquidations as (

    select *
    from {{ ref("fct_daily_liquidations") }}
    where trade_date >= {{ first_changed_day() }} - {{ span }}

),

derivatives as (

    select *
    from {{ ref("fct_daily_derivatives") }}
    where trade_date >= {{ first_changed_day() }} - {{ span }}

),

-- A day is compared with the 180 days before it, without the day itself.
liquidations_beside_history as (

    select
        *,
        list(cast(total_usd as double)) over before as earlier_totals,
        quantile_cont(cast(total_usd as double), {{ large_quantile }}) over before as large_total_usd,
    from liquidations
    window before as (
        partition by asset, scope order by trade_date
        range between interval {{ span }} day preceding and interval 1 day preceding
    )

),

derivatives_beside_history as (

    select
        *,
        list(funding_rate_ratio) filter (where funding_rate_ratio is not null) over before as earlier_fundings,
    from derivatives
    window before as (
        partition by asset, scope order by trade_date
        range between interval {{ span }} day preceding and interval 1 day preceding
    )

),

-- A venue is compared with the widest sum of its own source.
venue_parts as (

    select
        venues.asset,
        venues.scope,
        venues.trade_date,
        sums.scope as share_of_scope,
        cast(venues.total_usd as double) / nullif(cast(sums.total_usd as double), 0) as share_ratio,
    from liquidations as venues
    inner join {{ ref("int_widest_sums") }} as widest_sums using (asset, source)
    inner join liquidations as sums
        on
            widest_sums.asset = sums.asset
            and widest_sums.scope = sums.scope
            and venues.trade_date = sums.trade_date
    where
        venues.venue_count = 1
        and list_contains(string_split(sums.venue_list, ','), venues.venue_list)

),

events_of_a_day as (

    select
        *,
        count(*) over (partition by asset, venue, trade_date) as event_count,
    from {{ ref("fct_liquidation_events") }}
    where value_usd is not null and trade_date >= {{ first_changed_day() }}

),

largest_events as (

    select *
    from events_of_a_day
    qualify row_number() over (
        partition by asset, venue, trade_date
        order by value_usd desc, event_at asc, event_id asc
    ) = 1

),

breaks as (

    select distinct
        scope,
        break_date,
    from {{ ref("dim_structural_breaks") }}
    where metric = 'total_liquidations_usd'

),

limits as (

    select
        {{ threshold("leverage_history_days") }} as history_days,
        {{ threshold("squeeze_share") }} as squeeze_share,
        {{ threshold("leverage_leaning_share") }} as leaning_share,

),

days as (

    select
        asset,
        scope,
        trade_date,
        liquidations.long_usd,
        liquidations.short_usd,
        liquidations.total_usd,
        liquidations.long_share_ratio,
        liquidations.large_total_usd,
        liquidations.earlier_totals,
        coalesce(len(liquidations.earlier_totals), 0) as liquidation_history_days_count,
        derivatives.open_interest_usd,
        derivatives.open_interest_change_ratio,
        derivatives.funding_rate_ratio,
        derivatives.earlier_fundings,
        coalesce(len(derivatives.earlier_fundings), 0) as funding_history_days_count,
        derivatives.long_short_account_ratio,
        liquidations.source as liquidation_source,
        derivatives.source as derivatives_source,
        coalesce(liquidations.is_final, true) and coalesce(derivatives.is_final, true) as is_final,
    from liquidations_beside_history as liquidations
    full join derivatives_beside_history as derivatives using (asset, scope, trade_date)

)

select
    days.asset,
    days.scope,
    days.trade_date,
    days.long_usd as long_liquidations_usd,
    days.short_usd as short_liquidations_usd,
    days.total_usd as total_liquidations_usd,
    days.long_share_ratio as long_liquidation_share_ratio,
    case
        when days.long_share_ratio <= 1 - limits.leaning_share then 'bears'
        when days.long_share_ratio >= limits.leaning_share then 'bulls'
        when days.long_share_ratio is not null then 'neither'
    end as leverage_leaning,
    if(
        days.liquidation_history_days_count >= limits.history_days,
        {{ mid_rank("days.total_usd", "days.earlier_totals") }},
        null
    ) as liquidation_percentile_ratio,
    cast(
        if(days.liquidation_history_days_count >= limits.history_days, days.large_total_usd, null) as decimal(18, 2)
    ) as large_liquidations_usd,
    cast(days.liquidation_history_days_count as integer) as liquidation_history_days_count,
    if(
        days.liquidation_history_days_count >= limits.history_days,
        coalesce(days.total_usd > days.large_total_usd and days.long_share_ratio < 1 - limits.squeeze_share, false),
        null
    ) as is_short_squeeze,
    if(
        days.liquidation_history_days_count >= limits.history_days,
        coalesce(days.total_usd > days.large_total_usd and days.long_share_ratio > limits.squeeze_share, false),
        null
    ) as is_long_flush,
    (
        select max(breaks.break_date)
        from breaks
        where
            breaks.scope = days.scope
            and breaks.break_date <= days.trade_date
            and breaks.break_date > days.trade_date - {{ span }}
    ) as crossed_break_date,
    venue_parts.share_of_scope as venue_share_of_scope,
    venue_parts.share_ratio as venue_share_ratio,
    days.open_interest_usd,
    days.open_interest_change_ratio,
    cast(days.total_usd as double)
    / nullif(cast(day_before.open_interest_usd as double), 0) as liquidations_per_open_interest_ratio,
    days.funding_rate_ratio,
    if(
        days.funding_history_days_count >= limits.history_days,
        {{ mid_rank("days.funding_rate_ratio", "days.earlier_fundings") }},
        null
    ) as funding_percentile_ratio,
    cast(days.funding_history_days_count as integer) as funding_history_days_count,
    days.long_short_account_ratio,
    cast(largest_events.event_count as integer) as event_count,
    largest_events.value_usd as largest_event_usd,
    largest_events.liquidated_side as largest_event_side,
    largest_events.event_at as largest_event_at,
    days.liquidation_source,
    days.derivatives_source,
    days.is_final,
from days
cross join limits
left join derivatives as day_before
    on
        days.asset = day_before.asset
        and days.scope = day_before.scope
        and days.trade_date = day_before.trade_date + 1
left join venue_parts
    on
        days.asset = venue_parts.asset
        and days.scope = venue_parts.scope
        and days.trade_date = venue_parts.trade_date
-- The scope of a single venue has the venue's name.
left join largest_events
    on
        days.asset = largest_events.asset
        and days.scope = largest_events.venue
        and days.trade_date = largest_events.trade_date
order by asset, scope, trade_date
