-- A claim's words fit more than one definition: every statistic, window and scope of the same family of metrics is a
-- reading of them. Each is measured and judged by the claim's own comparator, the claimed one among them. The metrics
-- of a family share their unit.
with claims as (

    select
        claims.*,
        metrics.family,
        metrics.unit,
    from {{ ref("int_claims") }} as claims
    left join {{ ref("dim_metrics") }} as metrics
        on claims.metric = metrics.metric

),

daily as (

    select
        daily.*,
        metrics.family,
    from {{ ref("fct_daily_metrics") }} as daily
    inner join {{ ref("dim_metrics") }} as metrics
        on daily.metric = metrics.metric

),

rolling as (
    {% for metric, statistic, of_metric, column in [
        ("price_usd", "high", "price_usd", "high_24h"),
        ("price_usd", "low", "price_usd", "low_24h"),
        ("price_return_ratio", "change", "price_usd", "change_ratio"),
        ("spot_volume_usd", "sum", "spot_volume_usd", "sum_24h"),
        ("total_market_cap_change_ratio", "change", "total_market_cap_usd", "change_ratio"),
        ("ex_btc_market_cap_change_ratio", "change", "ex_btc_market_cap_usd", "change_ratio"),
    ] %}
    {%- if not loop.first %}
    union all
    {%- endif %}
    select
        '{{ metric }}' as metric,
        '{{ of_metric }}' as table_metric,
        asset,
        scope,
        '{{ statistic }}' as statistic,
        as_of_at,
        -- An hourly figure is the answer until the next hour has closed, a snapshot for a day.
        as_of_at + case when hour_start_at is null then interval 24 hours else interval 1 hour end as valid_until_at,
        {{ column }} as value,
        source,
    from {{ ref("fct_rolling_24h") }}
    where metric = '{{ of_metric }}' and {{ column }} is not null
    {%- endfor %}

),

series as (

    select distinct
        family,
        metric,
        asset,
        scope,
        time_window,
        statistic,
    from daily

    union

    select distinct
        metrics.family,
        rolling.metric,
        rolling.asset,
        rolling.scope,
        'rolling_24h' as time_window,
        rolling.statistic,
    from rolling
    inner join {{ ref("dim_metrics") }} as metrics
        on rolling.metric = metrics.metric

),

-- A single fund is a part of all funds, not another reading of them. A period has no rolling reading.
readings as (

    select
        claims.claim_id,
        claims.metric,
        claims.scope,
        claims.time_window,
        claims.statistic,
        true as is_claimed,
    from claims

    union all

    select
        claims.claim_id,
        series.metric,
        series.scope,
        series.time_window,
        series.statistic,
        false as is_claimed,
    from claims
    inner join series
        on claims.family = series.family and claims.asset = series.asset
    where
        (series.metric, series.scope, series.time_window, series.statistic)
        is distinct from (claims.metric, claims.scope, claims.time_window, claims.statistic)
        and (series.family != 'etf_flow' or series.scope in ('us_spot_etfs', claims.scope))
        and (claims.period_start_date is null or series.time_window != 'rolling_24h')

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

measured_days as (

    select
        readings.claim_id,
        readings.metric,
        readings.scope,
        readings.time_window,
        readings.statistic,
        readings.is_claimed,
        count(daily.value) as day_count,
        -- The days of a period make one figure in the way of their statistic.
        case
            when count(daily.value) <= 1 then any_value(daily.value)
            when readings.statistic = 'sum' then sum(daily.value)
            when readings.statistic = 'change' then product(1 + daily.value) - 1
            when readings.statistic = 'high' then max(daily.value)
            when readings.statistic = 'low' then min(daily.value)
            when readings.statistic = 'open' then arg_min(daily.value, daily.trade_date)
            else arg_max(daily.value, daily.trade_date)
        end as value,
        arg_max(daily.source, daily.trade_date) as source,
        max(daily.observed_at) as observed_at,
        bool_and(daily.is_final) as is_final,
        bool_or(daily.is_lower_bound) as is_lower_bound,
        cast(null as timestamp) as as_of_at,
        cast(null as varchar) as table_metric,
    from readings
    inner join claims using (claim_id)
    left join daily
        on
            readings.metric = daily.metric
            and claims.asset = daily.asset
            and readings.scope = daily.scope
            and readings.time_window = daily.time_window
            and readings.statistic = daily.statistic
            and daily.trade_date between claims.first_measured_date and claims.measured_date
    where readings.time_window != 'rolling_24h'
    group by
        readings.claim_id,
        readings.metric,
        readings.scope,
        readings.time_window,
        readings.statistic,
        readings.is_claimed

),

measured_instants as (

    select
        readings.claim_id,
        readings.metric,
        readings.scope,
        readings.time_window,
        readings.statistic,
        readings.is_claimed,
        cast(null as bigint) as day_count,
        rolling.value,
        rolling.source,
        cast(null as timestamp) as observed_at,
        cast(null as boolean) as is_final,
        false as is_lower_bound,
        rolling.as_of_at,
        rolling.table_metric,
    from readings
    inner join claims using (claim_id)
    left join rolling
        on
            readings.metric = rolling.metric
            and claims.asset = rolling.asset
            and readings.scope = rolling.scope
            and readings.statistic = rolling.statistic
            and claims.claim_at >= rolling.as_of_at
            and claims.claim_at < rolling.valid_until_at
    where readings.time_window = 'rolling_24h'
    qualify
        row_number() over (
            partition by readings.claim_id, readings.metric, readings.scope, readings.statistic
            order by rolling.as_of_at desc
        ) = 1

),

measured as (

    select * from measured_days
    union all
    select * from measured_instants

),

-- A record is a matter of single days: neither a period nor a rolling window has one.
with_history as (

    select
        claims.*,
        measured.metric as read_metric,
        measured.scope as read_scope,
        measured.time_window as read_time_window,
        measured.statistic as read_statistic,
        measured.is_claimed,
        measured.day_count,
        case
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
            when claims.period_start_date is not null then null
            when claims.record_direction = 'lowest' then records.lowest_since_date
            else records.highest_since_date
        end as since_date_measured,
        case when claims.period_start_date is null then records.history_start_date end as history_start_date,
    from measured
    inner join claims using (claim_id)
    left join expected_days using (claim_id)
    left join {{ ref("fct_daily_records") }} as records
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
    {{ reading_words("read_statistic", "read_time_window", "read_scope") }}
    || coalesce(strftime(as_of_at, ' to %-d %B %H:%M UTC'), '') as reading,
    case
        when read_time_window = 'rolling_24h'
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
