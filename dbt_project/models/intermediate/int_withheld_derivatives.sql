{{ config(materialized="table", meta={
    "by_change": {
        "day": "trade_date",
        "inputs": {
            "int_derivative_figures": "trade_date",
        },
    }
}) }}
-- Open interest of another size than its month, rates that no venue charges, account ratios that are shares or percent.
-- A day is judged beside the month before it.
with reported as (

    select *
    from {{ ref("int_derivative_figures") }}
    where trade_date >= {{ first_changed_day() }} - 31

),

-- One row per figure, beside what is usual in its series. Only open interest has a level of its own.
figures as (
    {% for metric, column in [
        ("open_interest_usd", "open_interest_usd"),
        ("funding_rate_ratio", "funding_rate_ratio"),
        ("long_short_account_ratio", "long_short_account_ratio"),
    ] %}
    {%- if not loop.first %}
    union all
    {%- endif %}
    select
        '{{ metric }}' as metric,
        asset,
        scope,
        trade_date,
        source,
        cast({{ column }} as double) as value,
        observed_at,
    from reported
    where {{ column }} is not null
    {%- endfor %}

),

newest as (

    select *
    from figures
    qualify
        row_number() over (
            partition by metric, asset, scope, source, trade_date order by observed_at desc, value desc
        ) = 1

),

usual as (

    select
        metric,
        asset,
        scope,
        source,
        trade_date,
        median(value) over month_before as month_level,
        count(*) over month_before as month_days_count,
    from newest
    window
        month_before as (
            partition by metric, asset, scope, source
            order by trade_date range between interval 30 days preceding and interval 1 day preceding
        )

),

limits as (

    select
        {{ threshold("open_interest_level_limit") }} as level_limit,
        {{ threshold("funding_rate_limit") }} as rate_limit,
        {{ threshold("account_ratio_limit") }} as ratio_limit,

),

reasons as (

    select
        figures.*,
        case
            when metric = 'open_interest_usd' and value <= 0
                then 'open positions of nothing: a listed perpetual always has some'
            when
                metric = 'open_interest_usd'
                and month_days_count >= 10
                and value not between month_level / level_limit and month_level * level_limit
                then format(
                    '{:.2f} USD, where the median of the month before is {:.2f} USD: more than {:.0f} times {}',
                    value,
                    month_level,
                    level_limit,
                    if(value > month_level, 'above it', 'below it')
                )
            when metric = 'funding_rate_ratio' and abs(value) >= rate_limit
                then format(
                    'a rate of {:.6g} per 8 hours: venues cap it below {:.2g}, this is a percentage', value, rate_limit
                )
            when metric = 'funding_rate_ratio' and unusual.median_size_ratio is not null
                then format(
                    'rates of this series are {:.6g} on a median day, where 0.0001 is usual: percentages, not '
                    'fractions',
                    unusual.median_size_ratio
                )
            when metric = 'long_short_account_ratio' and value not between 1 / ratio_limit and ratio_limit
                then format(
                    '{:.6g} longs per short: beyond {:.0f} to one it is a percentage or a share of nothing',
                    value,
                    ratio_limit
                )
        end as reason,
    from figures
    inner join usual using (metric, asset, scope, source, trade_date)
    left join {{ ref("int_unusual_funding") }} as unusual using (asset, scope, source)
    cross join limits
    where figures.trade_date >= {{ first_changed_day() }}

)

select distinct
    'fct_derivative_versions' as table_name,
    metric,
    asset,
    scope,
    trade_date,
    cast(trade_date as timestamp) as figure_at,
    source,
    value,
    reason,
    observed_at,
    cast(null as varchar) as response_id,
from reasons
where reason is not null
