{{ config(materialized="table") }}
-- Days whose sum is hundreds of times off the days before it in its own series: coins, cents or contracts, or a hole.
-- Only sums over a wide market are judged: a single small venue may have a quiet month before a crash.
with reported as (

    select *
    from {{ ref("int_reported_liquidations") }}
    where source in ('coinglass', 'coinalyze') and least(long_usd, short_usd) >= 0

),

newest as (

    select *
    from reported
    qualify
        row_number() over (
            partition by asset, scope, trade_date, source
            order by observed_at desc, response_id desc
        ) = 1

),

-- The month shows a wrong day, the year a unit that changed for good: half a year later its level is the usual one.
-- Zeros from before a source's records begin are no level.
usual as (

    select
        asset,
        scope,
        trade_date,
        source,
        median(nullif(cast(total_usd as double), 0)) over month_before as month_usd,
        count(nullif(total_usd, 0)) over month_before as month_days_count,
        median(nullif(cast(total_usd as double), 0)) over year_before as year_usd,
        count(nullif(total_usd, 0)) over year_before as year_days_count,
    from newest
    window
        month_before as (
            partition by asset, scope, source
            order by trade_date range between interval 30 days preceding and interval 1 day preceding
        ),
        year_before as (
            partition by asset, scope, source
            order by trade_date range between interval 365 days preceding and interval 1 day preceding
        )

),

compared as (

    select
        reported.*,
        cast(reported.total_usd as double) as value,
        -- Of a few days, or of thousands of dollars, three hundred times more or less is an ordinary day.
        if(month_days_count >= 10 and month_usd >= {{ threshold("liquidation_level_floor_usd") }}, month_usd, null)
            as usual_of_month_usd,
        if(year_days_count >= 90 and year_usd >= {{ threshold("liquidation_level_floor_usd") }}, year_usd, null)
            as usual_of_year_usd,
        {{ threshold("liquidation_level_limit") }} as level_limit,
        {{ threshold("liquidation_year_low_limit") }} as year_low_limit,
    from reported
    inner join usual using (asset, scope, trade_date, source)

),

judged as (

    select
        *,
        coalesce(
            value not between usual_of_month_usd / level_limit and usual_of_month_usd * level_limit, false
        ) as is_off_the_month,
        if(is_off_the_month, usual_of_month_usd, usual_of_year_usd) as usual_usd,
        if(is_off_the_month, 'month', 'year') as period,
        if(is_off_the_month or value > usual_usd, level_limit, year_low_limit) as limit_ratio,
    from compared
    where
        is_off_the_month
        -- A market can dry up within a year.
        or value not between usual_of_year_usd / year_low_limit and usual_of_year_usd * level_limit

)

select
    'fct_liquidation_versions' as table_name,
    'total_liquidations_usd' as metric,
    asset,
    scope,
    trade_date,
    cast(trade_date as timestamp) as figure_at,
    source,
    value,
    format(
        'a sum of {:.2f} USD, where the median of the {} before is {:.2f} USD: more than {:.0f} times {}',
        value,
        period,
        usual_usd,
        limit_ratio,
        if(value > usual_usd, 'above it', 'below it')
    ) as reason,
    observed_at,
    response_id,
from judged

union all

select
    'fct_liquidation_versions' as table_name,
    'total_liquidations_usd' as metric,
    asset,
    scope,
    trade_date,
    cast(trade_date as timestamp) as figure_at,
    source,
    coalesce(cast(total_usd as double), 0) as value,
    'a side below 0 or missing: what was closed by force is counted from 0 up' as reason,
    observed_at,
    response_id,
from {{ ref("int_reported_liquidations") }}
where (long_usd >= 0 and short_usd >= 0) is not true
