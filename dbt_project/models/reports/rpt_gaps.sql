-- Where a series has no figure on days that it should have one: holes, and the days since it ended. A session is
-- expected to follow a session, a day to follow a day. What follows from other figures (changes, shares) has the gaps
-- of these. Days that were never requested of the source are not missing: a backfill of one week has no gap before it.
with followed as (

    select
        days.* replace (
            coalesce(
                days.next_date,
                lead(days.first_date) over (
                    partition by days.metric, days.asset, days.scope, days.time_window
                    order by days.trade_date
                )
            ) as next_date
        ),
        dates.next_session_date,
    from {{ ref("int_unfollowed_days") }} as days
    inner join {{ ref("dim_dates") }} as dates
        on days.trade_date = dates.date

),

newest as (

    select
        newest_day.newest_date,
        case when dates.is_nyse_session then dates.date else dates.previous_session_date end as newest_session_date,
    from {{ ref("int_newest_day") }} as newest_day
    inner join {{ ref("dim_dates") }} as dates
        on newest_day.newest_date = dates.date

),

all_gaps as (

    select
        followed.metric,
        followed.asset,
        followed.scope,
        followed.time_window,
        followed.source,
        followed.next_date,
        followed.trade_date as last_known_date,
        case
            when followed.time_window = 'nyse_session' then followed.next_session_date
            else followed.trade_date + 1
        end as first_missing_date,
        case
            when followed.next_date is null and followed.time_window = 'nyse_session' then newest.newest_session_date
            when followed.next_date is null then newest.newest_date
            when followed.time_window = 'nyse_session' then dates.previous_session_date
            else followed.next_date - 1
        end as last_missing_date,
    from followed
    cross join newest
    left join {{ ref("dim_dates") }} as dates
        on followed.next_date = dates.date
    where first_missing_date <= last_missing_date

),

within_requests as (

    select
        all_gaps.* replace (
            greatest(all_gaps.first_missing_date, coalesce(requested.first_date, all_gaps.first_missing_date))
                as first_missing_date,
            least(all_gaps.last_missing_date, coalesce(requested.last_date, all_gaps.last_missing_date))
                as last_missing_date
        ),
    from all_gaps
    left join {{ ref("int_requested_days") }} as requested
        on
            replace(all_gaps.source, '_archive', '') = requested.source
            and requested.subject in (all_gaps.asset, 'ALL')
            and all_gaps.last_missing_date >= requested.first_date
            and all_gaps.first_missing_date <= requested.last_date
    where
        requested.source is not null
        -- A source that is requested by whole pages has every day requested.
        or not exists (
            select 1
            from {{ ref("int_requested_days") }} as other
            where
                replace(all_gaps.source, '_archive', '') = other.source
                and other.subject in (all_gaps.asset, 'ALL')
        )

),

-- Requests about an asset and about all of them may overlap.
gaps as (

    select *
    from within_requests
    qualify
        row_number() over (
            partition by metric, asset, scope, time_window, first_missing_date
            order by last_missing_date desc
        ) = 1

),

counted as (

    select
        gaps.*,
        count(*) filter (where gaps.time_window != 'nyse_session' or dates.is_nyse_session) as day_count,
    from gaps
    inner join {{ ref("dim_dates") }} as dates
        on dates.date between gaps.first_missing_date and gaps.last_missing_date
    group by all

),

troubles as (

    select
        source,
        string_agg(dataset || ' ' || outcome || coalesce(' (' || reason || ')', ''), '; ' order by dataset) as words,
    from {{ ref("rpt_source_status") }}
    where outcome != 'complete'
    group by all

)

select
    counted.metric,
    counted.asset,
    counted.scope,
    counted.time_window,
    counted.first_missing_date,
    counted.last_missing_date,
    counted.day_count,
    counted.next_date is null as is_open,
    counted.source,
    case
        when counted.next_date is not null
            then
                'nothing between ' || {{ date_words("counted.last_known_date") }}
                || ' and ' || {{ date_words("counted.next_date") }}
        else
            'the series ends on ' || {{ date_words("counted.last_known_date") }}
            || coalesce('; ' || coalesce(source_titles.title, counted.source) || ': ' || troubles.words, '')
    end as reason,
    {{ capitalised("metrics.title") }}
    || ' of ' || case counted.asset when 'ALL' then 'the market' else counted.asset end
    || ' (' || {{ title_words("counted.scope") }} || '): '
    || case
        when counted.day_count = 1 then {{ date_words("counted.first_missing_date") }} || ' is missing'
        else
            counted.day_count || case counted.time_window when 'nyse_session' then ' sessions' else ' days' end
            || ' are missing from ' || {{ date_words("counted.first_missing_date") }}
            || ' to ' || {{ date_words("counted.last_missing_date") }}
    end
    || '; ' || reason || '.' as sentence,
    'select trade_date, statistic, value, source from marts.fct_daily_metrics where metric = '
    || {{ quoted("counted.metric") }} || ' and asset = ' || {{ quoted("counted.asset") }}
    || ' and scope = ' || {{ quoted("counted.scope") }} || ' and time_window = ' || {{ quoted("counted.time_window") }}
    || ' and trade_date between date ' || {{ quoted("cast(counted.first_missing_date - 5 as varchar)") }}
    || ' and date ' || {{ quoted("cast(counted.last_missing_date + 5 as varchar)") }} || ' order by all' as example_sql,
from counted
inner join {{ ref("dim_metrics") }} as metrics
    on counted.metric = metrics.metric
left join troubles
    on counted.source = troubles.source
left join {{ ref("titles") }} as source_titles
    on counted.source = source_titles.name
order by counted.metric, counted.asset, counted.scope, counted.time_window, counted.first_missing_date
