{{ config(meta={
    "by_change": {
        "day": "trade_date",
        "inputs": {
            "int_newest_day": "newest_date",
            "dim_dates": "date",
            "fct_daily_market_caps": "trade_date",
            "int_brief_snapshots": "cast(as_of_at as date) - 1",
            "fct_daily_metrics": "trade_date",
            "fct_daily_records": "trade_date",
            "int_records_of_the_day": "trade_date",
            "int_report_ends": "last_date",
        },
    }
}) }}
-- What the whole market was worth, by universe of coins.
with coverage as (

    select
        scope,
        first_days.first_date,
        last_days.last_date,
    from {{ ref("int_report_starts") }} as first_days
    left join {{ ref("int_report_ends") }} as last_days using (subject, asset, scope)
    where subject = 'market_caps'

)

select
    dates.date as trade_date,
    'ALL' as asset,
    cast(
        row_number() over (partition by dates.date order by coverage_of_scope.scope) as integer
    ) as sentence_number,
    'market_cap' as topic,
    case
        when caps.ex_btc_usd is null and caps.total_usd is null
            then
                'Market capitalisation (' || {{ title_words("coverage_of_scope.scope") }} || '): missing; '
                || {{ missing_words("coverage_of_scope", "dates.date") }} || '.'
        else
            'Market capitalisation (' || {{ title_words("caps.scope") }} || ', '
            || strftime(caps.snapshot_at, '%-d %B %H:%M UTC') || '): '
            || coalesce({{ usd_words("caps.total_usd") }} || ' USD, ', '')
            || 'without Bitcoin ' || coalesce({{ usd_words("caps.ex_btc_usd") }} || ' USD', 'missing')
            || coalesce(
                ', ' || {{ change_words("coalesce(rolling.change_ratio, daily.value)") }} || ' in 24 hours',
                ', without a figure 24 hours before'
            )
            || coalesce(', ' || record.record_words, '')
            || coalesce('; Bitcoin''s share ' || format('{:.1f} %', 100 * caps.btc_dominance_ratio), '') || '.'
    end as sentence,
    'ex_btc_market_cap_usd' as metric,
    coverage_of_scope.scope,
    case
        when caps.ex_btc_open_usd is null and caps.scope is not null then 'instant'
        else 'utc_day'
    end as time_window,
    case
        when caps.ex_btc_open_usd is null and caps.scope is not null then 'snapshot'
        else 'close'
    end as statistic,
    to_json({
        'total_usd': caps.total_usd,
        'ex_btc_usd': caps.ex_btc_usd,
        'ex_btc_change_ratio': coalesce(rolling.change_ratio, daily.value),
        'btc_dominance_ratio': caps.btc_dominance_ratio,
        'snapshot_at': caps.snapshot_at,
        'highest_since_date': records.highest_since_date,
        'history_start_date': records.history_start_date
    }) as figures,
    caps.scope is null as is_missing,
from coverage as coverage_of_scope
cross join {{ ref("int_newest_day") }} as newest_day
inner join {{ ref("dim_dates") }} as dates
    on dates.date between coverage_of_scope.first_date and newest_day.newest_date
left join {{ ref("fct_daily_market_caps") }} as caps
    on coverage_of_scope.scope = caps.scope and dates.date = caps.trade_date
left join {{ ref("int_brief_snapshots") }} as rolling
    on caps.scope = rolling.scope and caps.snapshot_at = rolling.as_of_at
left join {{ ref("fct_daily_metrics") }} as daily
    on
        caps.scope = daily.scope
        and dates.date = daily.trade_date
        and daily.metric = 'ex_btc_market_cap_change_ratio'
left join {{ ref("fct_daily_records") }} as records
    on
        caps.scope = records.scope
        and dates.date = records.trade_date
        and records.metric = 'ex_btc_market_cap_usd'
        and records.statistic in ('close', 'snapshot')
left join {{ ref("int_records_of_the_day") }} as record
    on
        caps.scope = record.scope
        and dates.date = record.trade_date
        and record.metric = 'ex_btc_market_cap_usd'
        and record.statistic in ('close', 'snapshot')
        -- Never against the move of the 24 hours that the sentence names.
        and case
            when coalesce(rolling.change_ratio, daily.value) < 0 then 'lowest' else 'highest'
        end = record.direction
