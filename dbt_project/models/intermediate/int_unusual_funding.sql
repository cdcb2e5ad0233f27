{{ config(materialized="table") }}
-- Series of funding rates of which a median day is too large for fractions. Normally there is none.
with figures as (

    select *
    from {{ ref("int_derivative_figures") }}
    where funding_rate_ratio is not null

),

-- A median is above the limit only where a rate is: the days of all other series need not be grouped.
above_limit as (

    select distinct
        asset,
        scope,
        source,
    from figures
    where abs(cast(funding_rate_ratio as double)) > {{ threshold("funding_usual_limit") }}

),

rates as (

    select
        asset,
        scope,
        source,
        trade_date,
        max_by(
            cast(funding_rate_ratio as double), row(observed_at, cast(funding_rate_ratio as double))
        ) as funding_rate_ratio,
    from figures
    semi join above_limit using (asset, scope, source)
    group by all

)

select
    asset,
    scope,
    source,
    median(abs(funding_rate_ratio)) as median_size_ratio,
from rates
group by asset, scope, source
having count(*) >= 20 and median(abs(funding_rate_ratio)) > {{ threshold("funding_usual_limit") }}
