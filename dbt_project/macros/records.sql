{#
  "Highest since": for every figure of every series the last earlier day whose value was at least as high, and the
  last earlier day whose value was at least as low. Exact, and near-linear in rows whatever the data.

  The obvious ways are quadratic (a self join) or slow by a factor of sixty (a recursive stack). This climbs a tree:

  1. Number the days of a series. The day sought is among the last `near` days for four of five rows.
  2. Cut the series into blocks of `fan_out` days and keep each block as ONE row with a column per day (`c0`…`c15`);
     do the same with the maxima of the blocks, `levels` times. An open row looks at its own block for the last
     earlier column that is high enough; if there is none it climbs and looks among the blocks before its own.
  3. A hit on an upper level descends: which child of that block was the last high enough one, down to a day.

  Every step is an equi join that meets exactly one row, so a row costs at most 2 × `levels` look-ups.
  The lows are the highs of the negated values: `sign` is 1 for the climb to a high, -1 for the climb to a low.

  relation       what to read: a table, or a query in parentheses
  keys           the columns that identify a series
  date_column    orders a series; unique within it. Gaps do not matter: the result is a day of the series
  value_column   any signed numeric type, finite. Null is no figure: such rows are left out, of the result too
  levels         a series may have fan_out ** levels days (65,536: 179 years); a longer one is an error, never a wrong
                 result

  Yields: keys, date, value and
    highest_since_date         last earlier day with a value >= this one (a tie counts); null if there is none
    highest_since_days_count   calendar days between the two; null with it
    is_record_high             true if there is none. True on the first day too: read it with history_start_date
    lowest_since_date, lowest_since_days_count, is_record_low    the mirror: value <= this one
    history_start_date         the first day of the series
    earlier_days_count         days with a figure before this one: how much history the record is worth
#}
{% macro records(relation, keys, date_column="trade_date", value_column="value", near=8, fan_out=16, levels=4) -%}
{%- set key_list = keys | join(", ") -%}
with series as (

    select
        row_number() over () as series_id,
        {{ key_list }},
    from (select distinct {{ key_list }} from {{ relation }} where {{ value_column }} is not null) as known_series

),

points as (

    select
        series_id,
        {{ date_column }} as point_date,
        {{ value_column }} as point_value,
        case
            when row_number() over in_order > {{ fan_out ** levels }}
                then error('records: a series has more than {{ fan_out ** levels }} days; raise levels')
            else row_number() over in_order - 1
        end::integer as position,
        case
            {%- for step in range(1, near + 1) %}
            when lag({{ value_column }}, {{ step }}) over in_order >= {{ value_column }} then {{ step }}
            {%- endfor %}
        end as steps_to_high,
        case
            {%- for step in range(1, near + 1) %}
            when lag({{ value_column }}, {{ step }}) over in_order <= {{ value_column }} then {{ step }}
            {%- endfor %}
        end as steps_to_low,
    from {{ relation }} as figures
    inner join series using ({{ key_list }})
    where {{ value_column }} is not null
    window in_order as (partition by series_id order by {{ date_column }})

),

days_in_blocks as (

    select
        series_id,
        position // {{ fan_out }} as block,
        {%- for child in range(fan_out) %}
        max(case when position % {{ fan_out }} = {{ child }} then point_value end) as c{{ child }},
        {%- endfor %}
    from points
    group by all

),

blocks_0 as (

    select 1 as sign, * from days_in_blocks
    union all
    select
        -1 as sign,
        series_id,
        block,
        {%- for child in range(fan_out) %}
        -c{{ child }} as c{{ child }},
        {%- endfor %}
    from days_in_blocks

),
{% for level in range(1, levels) %}
blocks_{{ level }} as (

    select
        sign,
        series_id,
        block // {{ fan_out }} as block,
        {%- for child in range(fan_out) %}
        max(case when block % {{ fan_out }} = {{ child }} then highest_child end) as c{{ child }},
        {%- endfor %}
    from (select *, greatest({{ records_children(fan_out) }}) as highest_child from blocks_{{ level - 1 }}) as below
    group by all

),
{% endfor %}
climb_from_0 as (

    select 1 as sign, series_id, position, point_value as value, position as child
    from points
    where steps_to_high is null
    union all
    select -1, series_id, position, -point_value, position
    from points
    where steps_to_low is null

),
{% for level in range(levels) %}
{#- `child` is the climber's own place among the blocks of the level below: only its earlier siblings count. #}
looked_at_{{ level }} as (

    select
        climber.sign,
        climber.series_id,
        climber.position,
        climber.value,
        siblings.block,
        {{ records_last_child(
            "climber.child % " ~ fan_out ~ " > {k} and siblings.c{k} >= climber.value", fan_out - 1
        ) }} as hit,
    from climb_from_{{ level }} as climber
    inner join blocks_{{ level }} as siblings
        on
            climber.sign = siblings.sign
            and climber.series_id = siblings.series_id
            and climber.child // {{ fan_out }} = siblings.block

),

climb_from_{{ level + 1 }} as (

    select sign, series_id, position, value, block as child from looked_at_{{ level }} where hit is null

),
{% endfor %}
found_{{ levels - 1 }} as (

    select sign, series_id, position, value, block * {{ fan_out }} + hit as child
    from looked_at_{{ levels - 1 }}
    where hit is not null

),
{% for level in range(levels - 2, -1, -1) %}
found_{{ level }} as (

    select sign, series_id, position, value, block * {{ fan_out }} + hit as child
    from looked_at_{{ level }}
    where hit is not null
    union all
    select
        above.sign,
        above.series_id,
        above.position,
        above.value,
        above.child * {{ fan_out }} + {{ records_last_child("children.c{k} >= above.value", fan_out) }},
    from found_{{ level + 1 }} as above
    inner join blocks_{{ level }} as children
        on above.sign = children.sign and above.series_id = children.series_id and above.child = children.block

),
{% endfor %}
answered as (

    select
        points.series_id,
        points.point_date,
        points.point_value,
        points.position,
        coalesce(points.position - points.steps_to_high, high.child) as high_position,
        coalesce(points.position - points.steps_to_low, low.child) as low_position,
    from points
    left join found_0 as high
        on points.series_id = high.series_id and points.position = high.position and high.sign = 1
    left join found_0 as low
        on points.series_id = low.series_id and points.position = low.position and low.sign = -1

)

select
    {% for key in keys %}series.{{ key }},
    {% endfor -%}
    answered.point_date as {{ date_column }},
    answered.point_value as {{ value_column }},
    high.point_date as highest_since_date,
    answered.point_date - high.point_date as highest_since_days_count,
    high.point_date is null as is_record_high,
    low.point_date as lowest_since_date,
    answered.point_date - low.point_date as lowest_since_days_count,
    low.point_date is null as is_record_low,
    first_day.point_date as history_start_date,
    answered.position as earlier_days_count,
from answered
inner join series on answered.series_id = series.series_id
inner join points as first_day on answered.series_id = first_day.series_id and first_day.position = 0
left join points as high on answered.series_id = high.series_id and answered.high_position = high.position
left join points as low on answered.series_id = low.series_id and answered.low_position = low.position
{%- endmacro %}


{#- `c0, c1, … c15`: the columns of a block. -#}
{% macro records_children(fan_out) -%}
{%- for child in range(fan_out) %}c{{ child }}{{ ", " if not loop.last }}{% endfor -%}
{%- endmacro %}


{#- The greatest k below `count` for which `condition` (with k in the place of {k}) holds; null if there is none. -#}
{% macro records_last_child(condition, count) -%}
case
    {%- for k in range(count - 1, -1, -1) %}
            when {{ condition.replace("{k}", k | string) }} then {{ k }}
    {%- endfor %}
        end
{%- endmacro %}
