{{ config(meta={
    "by_change": {
        "day": "trade_date",
        "inputs": {
            "int_brief_days": "trade_date",
            "fct_daily_liquidations": "trade_date",
            "fct_daily_records": "trade_date",
            "int_records_of_the_day": "trade_date",
            "int_report_ends": "last_date",
        },
    }
}) }}
-- How much was closed by force on a day, on which side, and since when it was not as much.
with days as (

    select * from {{ ref("int_brief_days") }}

),

-- The scope with the most venues is taken for the asset, for all its days: see `fct_daily_market`.
liquidation_scopes as (

    select
        asset,
        scope,
        widest.venue_count,
        first_days.first_date,
        last_days.last_date,
    from {{ ref("int_widest_scopes") }} as widest
    inner join {{ ref("int_report_starts") }} as first_days using (subject, asset, scope)
    inner join {{ ref("int_report_ends") }} as last_days using (subject, asset, scope)
    where subject = 'liquidations'

),

liquidations as (

    select
        days.trade_date,
        days.asset,
        4 as sentence_number,
        'liquidations' as topic,
        case
            when liquidations.total_usd is null
                then 'Liquidations: missing; ' || {{ missing_words("liquidation_scopes", "days.trade_date") }} || '.'
            else
                'Liquidations (' || {{ title_words("liquidations.scope") }} || ', at least): '
                || {{ usd_words("liquidations.short_usd") }} || ' USD of shorts, '
                || {{ usd_words("liquidations.long_usd") }} || ' of longs'
                || coalesce(
                    case
                        when liquidations.long_share_ratio >= 0.5
                            then '; longs, ' || format('{:.0f} %', 100 * liquidations.long_share_ratio)
                        else '; shorts, ' || format('{:.0f} %', 100 * (1 - liquidations.long_share_ratio))
                    end || ' of the sum'
                    || coalesce(', were ' || replace(larger_record.record_words, 'the highest', 'the most'), ''),
                    ''
                )
                || case when liquidations.is_final then '.' else ' (may be restated).' end
        end as sentence,
        coalesce(larger.metric, 'total_liquidations_usd') as metric,
        coalesce(liquidation_scopes.scope, 'any venue') as scope,
        'utc_day' as time_window,
        'sum' as statistic,
        to_json({
            'short_usd': liquidations.short_usd,
            'long_usd': liquidations.long_usd,
            'long_share_ratio': liquidations.long_share_ratio,
            'highest_since_date': larger.highest_since_date,
            'history_start_date': larger.history_start_date
        }) as figures,
        liquidations.total_usd is null as is_missing,
    from days
    left join liquidation_scopes using (asset)
    left join {{ ref("fct_daily_liquidations") }} as liquidations
        on
            days.asset = liquidations.asset
            and liquidation_scopes.scope = liquidations.scope
            and days.trade_date = liquidations.trade_date
    left join {{ ref("fct_daily_records") }} as larger
        on
            days.asset = larger.asset
            and liquidation_scopes.scope = larger.scope
            and days.trade_date = larger.trade_date
            and larger.metric = case
                when liquidations.long_share_ratio >= 0.5 then 'long_liquidations_usd'
                else 'short_liquidations_usd'
            end
    left join {{ ref("int_records_of_the_day") }} as larger_record
        on
            larger.metric = larger_record.metric
            and larger.asset = larger_record.asset
            and larger.scope = larger_record.scope
            and larger.trade_date = larger_record.trade_date
            and larger_record.direction = 'highest'

),

-- One venue is a part of the market: the figure of all venues is missed as long as no source gives one.
liquidations_of_all_venues as (

    select
        days.trade_date,
        days.asset,
        5 as sentence_number,
        'liquidations' as topic,
        'Liquidations of all venues: missing; no configured source covers more than '
        || {{ title_words("liquidation_scopes.scope") }} || '.' as sentence,
        'total_liquidations_usd' as metric,
        'all venues' as scope,
        'utc_day' as time_window,
        'sum' as statistic,
        to_json({ 'venue_count': liquidation_scopes.venue_count }) as figures,
        true as is_missing,
    from days
    inner join liquidation_scopes
        on days.asset = liquidation_scopes.asset and liquidation_scopes.venue_count = 1

)

select * from liquidations
union all
select * from liquidations_of_all_venues
