-- The figure of every reading of every claim: of the claimed days, or of the instant at which it was said.
with claims as (

    select * from {{ ref("int_claims") }}

),

readings as (

    select * from {{ ref("int_claim_readings") }}

),

days as (

    select
        readings.claim_id,
        readings.metric,
        readings.scope,
        readings.time_window,
        readings.statistic,
        readings.is_claimed,
        readings.is_of_instant,
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
    left join {{ ref("fct_daily_metrics") }} as daily
        on
            readings.metric = daily.metric
            and claims.asset = daily.asset
            and readings.scope = daily.scope
            and readings.time_window = daily.time_window
            and readings.statistic = daily.statistic
            and daily.trade_date between claims.first_measured_date and claims.measured_date
    where not readings.is_of_instant
    group by
        readings.claim_id,
        readings.metric,
        readings.scope,
        readings.time_window,
        readings.statistic,
        readings.is_claimed,
        readings.is_of_instant

),

instants as (

    select
        readings.claim_id,
        readings.metric,
        readings.scope,
        readings.time_window,
        readings.statistic,
        readings.is_claimed,
        readings.is_of_instant,
        cast(null as bigint) as day_count,
        moments.value,
        moments.source,
        cast(null as timestamp) as observed_at,
        cast(null as boolean) as is_final,
        coalesce(moments.is_lower_bound, false) as is_lower_bound,
        moments.as_of_at,
        moments.table_metric,
    from readings
    inner join claims using (claim_id)
    left join {{ ref("int_moment_figures") }} as moments
        on
            readings.metric = moments.metric
            and claims.asset = moments.asset
            and readings.scope = moments.scope
            and readings.time_window = moments.time_window
            and readings.statistic = moments.statistic
            and claims.claim_at >= moments.as_of_at
            and claims.claim_at < moments.valid_until_at
    where readings.is_of_instant
    qualify
        row_number() over (
            partition by
                readings.claim_id, readings.metric, readings.scope, readings.time_window, readings.statistic
            order by moments.as_of_at desc
        ) = 1

)

select * from days
union all
select * from instants
