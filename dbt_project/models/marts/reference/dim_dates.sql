-- From the year of Bitcoin's first block to the end of the run's year.
with days as (

    select cast(unnest(generate_series(
        timestamp '2009-01-01',
        date_trunc('year', {{ run_now() }}) + interval 1 year - interval 1 day,
        interval 1 day
    )) as date) as calendar_date,

),

sessions as (

    select
        *,
        lag(session_date) over (order by session_date) as previous_session_date,
        lead(session_date) over (order by session_date) as next_session_date,
    from {{ ref("stg_nyse__sessions") }}

),

coverage as (

    select
        min(session_date) as first_date,
        max(session_date) as last_date,
    from sessions

),

-- Days outside the calendar's coverage are unknown, not holidays.
days_with_sessions as (

    select
        days.calendar_date,
        case
            when days.calendar_date between coverage.first_date and coverage.last_date
                then sessions.session_date is not null
        end as is_nyse_session,
        sessions.is_early_close,
        sessions.opens_at,
        sessions.closes_at,
        sessions.previous_session_date,
        sessions.next_session_date,
        max(sessions.session_date) over up_to_today as newest_session_date,
        min(sessions.session_date) over from_today as coming_session_date,
    from days
    cross join coverage
    left join sessions on days.calendar_date = sessions.session_date
    window
        up_to_today as (order by days.calendar_date),
        from_today as (order by days.calendar_date rows between current row and unbounded following)

)

select
    calendar_date as date,
    is_nyse_session,
    case when is_nyse_session is not null then coalesce(is_early_close, false) end as is_early_close,
    opens_at as session_opens_at,
    closes_at as session_closes_at,
    case
        when is_nyse_session then previous_session_date
        when not is_nyse_session then newest_session_date
    end as previous_session_date,
    case
        when is_nyse_session then next_session_date
        when not is_nyse_session then coming_session_date
    end as next_session_date,
    dayname(calendar_date) as weekday,
    cast(isodow(calendar_date) as integer) as iso_weekday,
    cast(isoyear(calendar_date) as integer) as iso_year,
    cast(week(calendar_date) as integer) as iso_week,
    cast(month(calendar_date) as integer) as month,
    cast(quarter(calendar_date) as integer) as quarter,
    cast(year(calendar_date) as integer) as year,
from days_with_sessions
order by date
