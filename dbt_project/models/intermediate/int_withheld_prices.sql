{{ config(materialized="table", meta={
    "by_change": {
        "day": "trade_date + 1",
        "inputs": {
            "int_venue_bars": "trade_date",
            "int_reference_points": "trade_date",
        },
    }
}) }}
-- Daily bars of venues and reference closes that other sources of the same day, or the days beside it, contradict. A
-- judgement depends on the day after it: that one is its day where it is made by change.
with thresholds as (

    select
        {{ threshold("price_gap_limit") }} as venue_limit_ratio,
        {{ threshold("reference_gap_limit") }} as reference_limit_ratio,
        {{ threshold("price_gap_early_limit") }} as early_limit_ratio,
        {{ threshold("price_gap_share_of_range") }} as share_of_range,
        {{ threshold("price_break_limit") }} as break_limit_ratio,
        {{ threshold("price_unit_limit") }} as unit_limit,

),

figures as (

    select
        'fct_price_versions' as table_name,
        asset,
        venue as source,
        trade_date,
        cast(trade_date as timestamp) as figure_at,
        observed_at,
        response_id,
        cast(open_usd as double) as open_usd,
        cast(high_usd as double) as high_usd,
        cast(low_usd as double) as low_usd,
        cast(close_usd as double) as close_usd,
        least(open_usd, high_usd, low_usd, close_usd) > 0
        and high_usd >= greatest(open_usd, low_usd, close_usd)
        and low_usd <= least(open_usd, close_usd)
        and open_usd + high_usd + low_usd + close_usd is not null
        and trade_date >= date '2009-01-03' as is_possible,
        {{ precedence("prices", "bars.venue") }} as precedence,
    from {{ ref("int_venue_bars") }} as bars

    union all by name

    select
        'fct_daily_reference_prices' as table_name,
        asset,
        source,
        trade_date,
        as_of_at as figure_at,
        observed_at,
        response_id,
        cast(reference_usd as double) as close_usd,
        reference_usd > 0 as is_possible,
        1000 as precedence,
    from {{ ref("int_reference_points") }}

),

-- A day is judged beside two weeks before the day before it, and beside the day after it.
newest as (

    select *
    from figures
    where is_possible and trade_date >= {{ first_changed_day() }} - 20
    qualify
        row_number() over (
            partition by asset, source, trade_date
            order by observed_at desc, abs(epoch(figure_at) - epoch(trade_date + 1)) asc, response_id desc
        ) = 1

),

-- What every source reports of a day now, beside the days before and after it in its own series.
witnesses as (

    select
        asset,
        source,
        trade_date,
        observed_at,
        figure_at,
        close_usd,
        high_usd / nullif(low_usd, 0) - 1 as range_ratio,
        if(lag(trade_date) over series = trade_date - 1, lag(close_usd) over series, null) as close_before_usd,
        if(lead(trade_date) over series = trade_date + 1, lead(open_usd) over series, null) as open_after_usd,
        -- A reference has no open: its day began where the one before ended.
        coalesce(open_usd, close_before_usd) as open_usd,
        median(close_usd) over two_weeks_before as usual_close_usd,
        greatest(
            abs(open_usd / nullif(close_before_usd, 0) - 1), abs(open_after_usd / nullif(close_usd, 0) - 1)
        ) as break_ratio,
    from newest
    window
        series as (partition by asset, source order by trade_date),
        two_weeks_before as (
            partition by asset, source
            order by trade_date range between interval 15 days preceding and interval 1 day preceding
        )

),

days as (

    select
        asset,
        trade_date,
        count(*) as source_count,
        median(close_usd) as close_usd,
        median(open_usd) as open_usd,
        count(open_usd) as open_count,
        coalesce(median(range_ratio), 0) as range_ratio,
    from witnesses
    group by all

),

-- Venues part in a crash and meet again: how far they may part grows with the range of the day and of the one before.
limits as (

    select
        days.*,
        share_of_range * greatest(
            range_ratio,
            coalesce(
                if(
                    lag(trade_date) over (partition by asset order by trade_date) = trade_date - 1,
                    lag(range_ratio) over (partition by asset order by trade_date),
                    null
                ),
                0
            )
        ) as limit_of_the_day,
    from days
    cross join thresholds

),

compared as (

    select
        figures.*,
        days.source_count,
        witnesses.close_before_usd,
        witnesses.open_after_usd,
        witnesses.usual_close_usd,
        witnesses.break_ratio,
        figures.observed_at = witnesses.observed_at and figures.figure_at = witnesses.figure_at as is_witness,
        -- Of two sources the other one: the median of two is their mean.
        if(days.source_count > 2, days.close_usd, 2 * days.close_usd - witnesses.close_usd) as other_close_usd,
        case
            when days.open_count > 2 then days.open_usd
            when days.open_count = 2 and days.source_count = 2 then 2 * days.open_usd - witnesses.open_usd
        end as other_open_usd,
        if(figures.table_name = 'fct_price_versions', venue_limit_ratio, reference_limit_ratio) as calm_limit_ratio,
        if(figures.trade_date < date '2019-01-01', early_limit_ratio, calm_limit_ratio) as limit_ratio,
        break_limit_ratio,
        unit_limit,
        greatest(limit_ratio, days.limit_of_the_day) as wide_limit_ratio,
        figures.close_usd / nullif(other_close_usd, 0) - 1 as close_gap_ratio,
        figures.open_usd / nullif(other_open_usd, 0) - 1 as open_gap_ratio,
    from figures
    inner join witnesses
        on
            figures.asset = witnesses.asset
            and figures.source = witnesses.source
            and figures.trade_date = witnesses.trade_date
    inner join limits as days
        on figures.asset = days.asset and figures.trade_date = days.trade_date
    cross join thresholds
    where figures.is_possible and figures.trade_date >= {{ first_changed_day() }} - 1

),

judged as (

    select
        *,
        source_count > 1 and (
            abs(close_gap_ratio) > wide_limit_ratio
            or coalesce(abs(open_gap_ratio) > wide_limit_ratio, false)
            or coalesce(
                least(abs(close_gap_ratio), abs(open_gap_ratio)) > limit_ratio
                and sign(close_gap_ratio) = sign(open_gap_ratio),
                false
            )
        ) as is_apart,
        -- It agreed, and was changed to something that doesn't.
        source_count > 1
        and abs(close_gap_ratio) > calm_limit_ratio
        and coalesce(
            bool_or(abs(close_gap_ratio) <= calm_limit_ratio) over (
                partition by asset, source, trade_date
                order by observed_at
                range between unbounded preceding and interval 1 microsecond preceding
            ),
            false
        ) as is_changed_for_the_worse,
    from compared

),

-- Of two sources that contradict each other the one is kept that never changed for the worse, then the one whose day
-- fits the days beside it, then the preferred one.
outvoted as (

    select
        asset,
        trade_date,
        source,
    from judged
    where source_count = 2 and is_witness and (is_apart or is_changed_for_the_worse)
    qualify
        row_number() over (
            partition by asset, trade_date
            order by
                is_changed_for_the_worse desc,
                coalesce(break_ratio, 0) > limit_ratio desc,
                precedence desc,
                source desc
        ) = 1

),

reasons as (

    select
        judged.*,
        case
            when
                (is_apart or is_changed_for_the_worse)
                and (source_count > 2 or outvoted.source is null or judged.source = outvoted.source)
                then format(
                    'closed {:+.1f} % from {}, {:.8g} USD; {:.1f} % is the limit{}',
                    close_gap_ratio * 100,
                    if(
                        source_count > 2,
                        format('the median of {} sources', source_count),
                        'the one other source, which stands'
                    ),
                    other_close_usd,
                    if(is_changed_for_the_worse, calm_limit_ratio, wide_limit_ratio) * 100,
                    if(
                        coalesce(abs(open_gap_ratio) > limit_ratio, false),
                        format(', and opened {:+.1f} % from theirs', open_gap_ratio * 100),
                        ''
                    )
                )
            when source_count > 1 or table_name != 'fct_price_versions' then null
            when
                abs(open_usd / close_before_usd - 1) > break_limit_ratio
                and coalesce(abs(open_after_usd / close_usd - 1) > break_limit_ratio, true)
                then format(
                    'opened {:+.1f} % from the close before, {:.8g} USD, which neither another source nor the next day '
                    'confirms; {:.0f} % is the limit',
                    (open_usd / close_before_usd - 1) * 100,
                    close_before_usd,
                    break_limit_ratio * 100
                )
            when
                abs(open_after_usd / close_usd - 1) > break_limit_ratio
                and abs(open_after_usd / open_usd - 1) <= break_limit_ratio
                then format(
                    'the next day opened at {:.8g} USD, {:+.1f} % from this close and near this open; {:.0f} % is the '
                    'limit',
                    open_after_usd,
                    (open_after_usd / close_usd - 1) * 100,
                    break_limit_ratio * 100
                )
            when close_usd / usual_close_usd not between 1 / unit_limit and unit_limit
                then format(
                    '{:.4g} times the median of the two weeks before, {:.8g} USD; {:.0f} times is the limit',
                    close_usd / usual_close_usd,
                    usual_close_usd,
                    unit_limit
                )
        end as reason,
    from judged
    left join outvoted
        on
            judged.asset = outvoted.asset
            and judged.trade_date = outvoted.trade_date

)

select
    table_name,
    'price_usd' as metric,
    asset,
    source as scope,
    trade_date,
    figure_at,
    source,
    close_usd as value,
    reason,
    observed_at,
    response_id,
from reasons
where reason is not null

union all

select
    table_name,
    'price_usd' as metric,
    asset,
    source as scope,
    trade_date,
    figure_at,
    source,
    coalesce(close_usd, 0) as value,
    'no price can be like this: one is missing or not above 0, the high and the low don''t bound the others, or the '
    || 'day lies before the first Bitcoin' as reason,
    observed_at,
    response_id,
from figures
where is_possible is not true and trade_date >= {{ first_changed_day() }} - 1
