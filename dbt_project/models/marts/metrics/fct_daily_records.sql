{{ config(meta={
    "volume": true,
    "by_change": {
        "day": "trade_date",
        "inputs": {
            "fct_daily_metrics": "trade_date",
            "int_series_months": "month",
        },
    }
}) }}
{%- set keys = ["metric", "asset", "scope", "time_window", "statistic"] %}
{%- set key_list = keys | join(", ") %}
-- A later day changes no record: only days from the first changed one on are compared, with each other and then, where
-- none of them is as high or as low, with the months before.
with figures as (

    select
        {{ key_list }},
        trade_date,
        value,
    from {{ ref("fct_daily_metrics") }}
    where trade_date >= {{ first_changed_day() }}

),

-- Series are compared by a number, which is faster than by five texts.
numbered_series as (

    select
        row_number() over () as series_number,
        {{ key_list }},
    from figures
    group by all

),

days_made as (

    select
        numbered_series.series_number,
        figures.trade_date,
        figures.value,
    from figures
    inner join numbered_series using ({{ key_list }})

),

among_days_made as (

    {{ records("days_made", ["series_number"]) | indent(4) }}

),

-- The first changed day begins a month.
earlier_months as (

    select
        numbered_series.series_number,
        months.month,
        months.highest_value,
        months.lowest_value,
        months.first_date,
        months.days_count,
    from {{ ref("int_series_months") }} as months
    inner join numbered_series using ({{ key_list }})
    -- Where everything is made there are none, which the second condition decides before the months are made.
    where months.month < {{ first_changed_day() }} and {{ first_changed_day() }} > date '0001-01-02'

),

earlier_series as (

    select
        series_number,
        min(first_date) as history_start_date,
        cast(sum(days_count) as integer) as days_count,
    from earlier_months
    group by all

),
{% for side, extreme, compares in [("high", "highest", ">="), ("low", "lowest", "<=")] %}
{{ extreme }}_months as (

    select
        series_number,
        days.trade_date,
        days.value,
        max(months.month) as month,
    from among_days_made as days
    inner join earlier_months as months using (series_number)
    where days.is_record_{{ side }} and months.{{ extreme }}_value {{ compares }} days.value
    group by all

),
{% endfor %}
wanted_months as (

    select
        series_number,
        month,
    from highest_months

    union

    select
        series_number,
        month,
    from lowest_months

),

-- By texts once more: a join of all months by number would carry all lists of days along, and few are wanted.
wanted_days as (

    select
        series_number,
        month,
        months.days,
    from wanted_months
    inner join numbered_series using (series_number)
    inner join {{ ref("int_series_months") }} as months using ({{ key_list }}, month)
    where {{ first_changed_day() }} > date '0001-01-02'

),
{% for side, extreme, compares in [("high", "highest", ">="), ("low", "lowest", "<=")] %}
earlier_{{ side }}s as (

    select
        series_number,
        days.trade_date,
        list_max(list_transform(
            list_filter(months.days, lambda earlier: earlier['value'] {{ compares }} days.value),
            lambda earlier: earlier['trade_date']
        )) as since_date,
    from wanted_days as months
    inner join {{ extreme }}_months as days using (series_number, month)

),
{% endfor %}
compared as (

    select
        {%- for key in keys %}
        numbered_series.{{ key }},
        {%- endfor %}
        days.trade_date,
        days.value,
        {%- for side, extreme in [("high", "highest"), ("low", "lowest")] %}
        coalesce(days.{{ extreme }}_since_date, {{ side }}s.since_date) as {{ extreme }}_since_date,
        coalesce(
            days.{{ extreme }}_since_days_count, days.trade_date - {{ side }}s.since_date
        ) as {{ extreme }}_since_days_count,
        days.is_record_{{ side }} and {{ side }}s.since_date is null as is_record_{{ side }},
        {%- endfor %}
        coalesce(earlier_series.history_start_date, days.history_start_date) as history_start_date,
        days.earlier_days_count + coalesce(earlier_series.days_count, 0) as earlier_days_count,
    from among_days_made as days
    inner join numbered_series using (series_number)
    left join earlier_series using (series_number)
    left join earlier_highs as highs using (series_number, trade_date)
    left join earlier_lows as lows using (series_number, trade_date)

),

breaks as (

    select distinct
        metric,
        scope,
        break_date,
    from {{ ref("dim_structural_breaks") }}

)

select
    compared.*,
    -- A break on the earlier day itself is not crossed: that day is already reported in the new way.
    coalesce(
        breaks.break_date > coalesce(compared.highest_since_date, compared.history_start_date), false
    ) as is_high_across_break,
    coalesce(
        breaks.break_date > coalesce(compared.lowest_since_date, compared.history_start_date), false
    ) as is_low_across_break,
from compared
asof left join breaks
    on compared.metric = breaks.metric and compared.scope = breaks.scope and compared.trade_date >= breaks.break_date
-- Years first: what reads the newest days passes over the rows of earlier years.
order by year(trade_date), metric, asset, scope, time_window, statistic, trade_date
