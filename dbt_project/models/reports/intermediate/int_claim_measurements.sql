-- The figure of every interpretation of every claim: of the claimed days, or of the instant at which it was made.
with claims as (

    select * from {{ ref("int_claims") }}

),

interpretations as (

    select * from {{ ref("int_claim_interpretations") }}

),

days as (

    select
        interpretations.claim_id,
        interpretations.metric,
        interpretations.scope,
        interpretations.time_window,
        interpretations.statistic,
        interpretations.is_claimed,
        interpretations.is_of_instant,
        count(daily.value) as day_count,
        -- The days of a period make one figure by their statistic. Values are doubles: the order of the days decides
        -- the last digits of a sum or a product.
        case
            when count(daily.value) <= 1 then any_value(daily.value)
            when interpretations.statistic = 'sum' then sum(daily.value order by daily.trade_date)
            when interpretations.statistic = 'change' then product(1 + daily.value order by daily.trade_date) - 1
            when interpretations.statistic = 'high' then max(daily.value)
            when interpretations.statistic = 'low' then min(daily.value)
            when interpretations.statistic = 'open' then arg_min(daily.value, daily.trade_date)
            else arg_max(daily.value, daily.trade_date)
        end as value,
        arg_max(daily.source, daily.trade_date) as source,
        max(daily.observed_at) as observed_at,
        bool_and(daily.is_final) as is_final,
        bool_or(daily.is_lower_bound) as is_lower_bound,
        cast(null as timestamp) as as_of_at,
        cast(null as varchar) as table_metric,
    from interpretations
    inner join claims using (claim_id)
    left join {{ ref("int_claim_days") }} as daily
        on
            interpretations.metric = daily.metric
            and claims.asset = daily.asset
            and interpretations.scope = daily.scope
            and interpretations.time_window = daily.time_window
            and interpretations.statistic = daily.statistic
            and daily.trade_date between claims.first_measured_date and claims.measured_date
    where not interpretations.is_of_instant
    group by
        interpretations.claim_id,
        interpretations.metric,
        interpretations.scope,
        interpretations.time_window,
        interpretations.statistic,
        interpretations.is_claimed,
        interpretations.is_of_instant

),

instants as (

    select
        interpretations.claim_id,
        interpretations.metric,
        interpretations.scope,
        interpretations.time_window,
        interpretations.statistic,
        interpretations.is_claimed,
        interpretations.is_of_instant,
        cast(null as bigint) as day_count,
        moments.value,
        moments.source,
        cast(null as timestamp) as observed_at,
        cast(null as boolean) as is_final,
        coalesce(moments.is_lower_bound, false) as is_lower_bound,
        moments.as_of_at,
        moments.table_metric,
    from interpretations
    inner join claims using (claim_id)
    left join {{ ref("int_claim_moments") }} as moments
        on
            interpretations.metric = moments.metric
            and claims.asset = moments.asset
            and interpretations.scope = moments.scope
            and interpretations.time_window = moments.time_window
            and interpretations.statistic = moments.statistic
            and claims.claim_at >= moments.as_of_at
            and claims.claim_at < moments.valid_until_at
    where interpretations.is_of_instant
    qualify
        row_number() over (
            partition by
                interpretations.claim_id,
                interpretations.metric,
                interpretations.scope,
                interpretations.time_window,
                interpretations.statistic
            order by moments.as_of_at desc
        ) = 1

)

select * from days
union all
select * from instants
