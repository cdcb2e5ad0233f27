-- Every interpretation of a claim measured and judged by the claim's own comparator.
with claims as (

    select
        claims.*,
        metrics.unit,
    from {{ ref("int_claims") }} as claims
    left join {{ ref("dim_metrics") }} as metrics
        on claims.metric = metrics.metric

),

expected_days as (

    select
        claims.claim_id,
        count(*) as utc_day_count,
        count(*) filter (where dates.is_nyse_session) as session_count,
    from claims
    inner join {{ ref("dim_dates") }} as dates
        on dates.date between claims.first_measured_date and claims.measured_date
    group by all

),

-- A record is a matter of single days: neither a period nor an instant has one.
with_history as (

    select
        claims.*,
        measured.metric as read_metric,
        measured.scope as read_scope,
        measured.time_window as read_time_window,
        measured.statistic as read_statistic,
        measured.is_claimed,
        measured.day_count,
        measured.is_of_instant,
        case
            when measured.is_of_instant then null
            when measured.time_window = 'nyse_session' then expected_days.session_count
            when measured.time_window in ('utc_day', 'instant') then expected_days.utc_day_count
        end as expected_day_count,
        case
            when measured.day_count < expected_day_count and claims.period_start_date is not null then null
            else measured.value
        end as value,
        measured.source,
        measured.observed_at,
        measured.is_final,
        measured.is_lower_bound,
        measured.as_of_at,
        measured.table_metric,
        case
            when claims.period_start_date is not null or measured.is_of_instant then null
            when claims.record_direction = 'lowest' then records.lowest_since_date
            else records.highest_since_date
        end as since_date_measured,
        -- The vendor's record is of all the history it has, however few of its records are known here.
        case
            when measured.metric = 'all_time_high_usd' and claims.since_date is null then claims.history_from_date
            when claims.period_start_date is null and not measured.is_of_instant then records.history_start_date
        end as history_start_date,
    from {{ ref("int_claim_measurements") }} as measured
    inner join claims using (claim_id)
    left join expected_days using (claim_id)
    left join {{ ref("int_claim_days") }} as records
        on
            measured.metric = records.metric
            and claims.asset = records.asset
            and measured.scope = records.scope
            and measured.time_window = records.time_window
            and measured.statistic = records.statistic
            and claims.measured_date = records.trade_date

),

judged as (

    select
        *,
        {{ level_holds("value", "comparator", "threshold", "tolerance_ratio") }} as level_holds,
        case
            when record_direction is null then true
            when record_direction not in ('highest', 'lowest') or value is null then null
            else {{ since_holds(
                "since_date", "since_precision", "since_date_measured", "history_start_date", "history_from_date"
            ) }}
        end as since_holds,
    from with_history

)

select
    claim_id,
    read_metric as metric,
    asset,
    read_scope as scope,
    read_time_window as time_window,
    read_statistic as statistic,
    is_claimed,
    first_measured_date,
    measured_date,
    as_of_at,
    value,
    unit,
    since_date_measured as since_date,
    history_start_date,
    level_holds,
    since_holds,
    -- False if either part fails, true if both hold, else it can't be told.
    case
        when value is null then 'undecidable'
        when level_holds and since_holds then 'confirmed'
        when not (level_holds and since_holds) then 'refuted'
        else 'undecidable'
    end as verdict,
    day_count,
    expected_day_count,
    source,
    observed_at,
    is_final,
    is_lower_bound,
    {{ titled_words("read_statistic", "read_time_window", "read_scope") }}
    || coalesce(
        case when read_time_window = 'instant' then ' at ' else ' to ' end || strftime(as_of_at, '%-d %B %H:%M UTC'), ''
    ) as interpretation,
    case
        when is_of_instant
            then
                'select * from marts.fct_rolling_24h where metric = '
                || {{ quoted("coalesce(table_metric, read_metric)") }}
                || ' and asset = ' || {{ quoted("asset") }} || ' and scope = ' || {{ quoted("read_scope") }}
                || coalesce(
                    ' and as_of_at = timestamp ' || {{ quoted("cast(coalesce(as_of_at, claim_at) as varchar)") }}, ''
                )
        else
            {{ daily_figure_sql(
                "read_metric", "asset", "read_scope", "read_time_window", "read_statistic", "first_measured_date",
                "measured_date"
            ) }}
    end as example_sql,
from judged
order by claim_id, metric, scope, time_window, statistic
