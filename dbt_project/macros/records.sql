{#
  "Highest since": for every figure of every series the last earlier day whose value was at least as high, and the
  last earlier day whose value was at least as low. Exact, and near-linear in rows whatever the data.

  The obvious ways are quadratic (a self join) or slow by a factor of sixty (a recursive stack). This climbs a tree:

  1. Put all series on one line: a day's place is its distance from the first day of its series, and each series starts
     at a multiple of `longest`. The day sought is among the last `near` rows for four of five rows.
  2. Cut the line into blocks of `fan_out` places and keep each block as ONE row with a column per place (`c0`…`c15`,
     null where there is no day); do the same with the maxima of the blocks, `levels` times. An open row looks at its
     own block for the last earlier column that is high enough; if there is none it climbs and looks among the blocks
     before its own.
  3. A hit on an upper level descends: which child of that block was the last high enough one, down to a place. The date
     follows from the place.

  Every step is an equi join that meets at most one row, so a row costs at most 2 × `levels` look-ups.
  The lows are the highs of the negated values: `sign` is 1 for the climb to a high, -1 for the climb to a low.

  relation       what to read: a table, or a query in parentheses
  keys           the columns that identify a series
  date_column    orders a series; unique within it. Gaps do not matter: the result is a day of the series
  value_column   any signed numeric type, finite. Null is no figure: such rows are left out, of the result too
  levels         a series may span fan_out ** levels days (65,536: 179 years); a longer one is an error, never a wrong
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
{%- set longest = fan_out ** levels -%}
with series as (

    select
        {{ longest }} * (row_number() over () - 1) as first_place,
        min({{ date_column }}) as first_date,
        {{ key_list }},
    from {{ relation }} as known_figures
    where {{ value_column }} is not null
    group by all

),

points as (

    select
        first_place,
        first_date,
        {{ date_column }} as point_date,
        {{ value_column }} as point_value,
        case
            when {{ date_column }} - first_date >= {{ longest }}
                then error('records: a series spans more than {{ longest }} days; raise levels')
            else first_place + ({{ date_column }} - first_date)
        end as place,
        row_number() over in_order - 1 as earlier_days_count,
        {%- for side, compares in [("high", ">="), ("low", "<=")] %}
        case
            {%- for step in range(1, near + 1) %}
            when lag({{ value_column }}, {{ step }}) over in_order {{ compares }} {{ value_column }}
                then lag({{ date_column }}, {{ step }}) over in_order
            {%- endfor %}
        end as near_{{ side }}_date,
        {%- endfor %}
    from {{ relation }} as figures
    inner join series using ({{ key_list }})
    where {{ value_column }} is not null
    window in_order as (partition by first_place order by {{ date_column }})

),

days_in_blocks as (

    select
        place // {{ fan_out }} as block,
        {%- for child in range(fan_out) %}
        max(case when place % {{ fan_out }} = {{ child }} then point_value end) as c{{ child }},
        {%- endfor %}
    from points
    group by all

),

blocks_0 as (

    select 1 as sign, * from days_in_blocks
    union all
    select
        -1 as sign,
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
        block // {{ fan_out }} as block,
        {%- for child in range(fan_out) %}
        max(case when block % {{ fan_out }} = {{ child }} then highest_child end) as c{{ child }},
        {%- endfor %}
    from (select *, greatest({{ records_children(fan_out) }}) as highest_child from blocks_{{ level - 1 }}) as below
    group by all

),
{% endfor %}
climb_from_0 as (

    select 1 as sign, place, point_value as value, place as child
    from points
    where near_high_date is null
    union all
    select -1, place, -point_value, place
    from points
    where near_low_date is null

),
{% for level in range(levels) %}
{#- `child` is the climber's own place among the blocks of the level below: only its earlier siblings count. #}
looked_at_{{ level }} as (

    select
        climber.sign,
        climber.place,
        climber.value,
        siblings.block,
        {{ records_last_child(
            "climber.child % " ~ fan_out ~ " > {k} and siblings.c{k} >= climber.value", fan_out - 1
        ) }} as hit,
    from climb_from_{{ level }} as climber
    inner join blocks_{{ level }} as siblings
        on climber.sign = siblings.sign and climber.child // {{ fan_out }} = siblings.block

),

climb_from_{{ level + 1 }} as (

    select sign, place, value, block as child from looked_at_{{ level }} where hit is null

),
{% endfor %}
found_{{ levels - 1 }} as (

    select sign, place, value, block * {{ fan_out }} + hit as child
    from looked_at_{{ levels - 1 }}
    where hit is not null

),
{% for level in range(levels - 2, -1, -1) %}
found_{{ level }} as (

    select sign, place, value, block * {{ fan_out }} + hit as child
    from looked_at_{{ level }}
    where hit is not null
    union all
    select
        above.sign,
        above.place,
        above.value,
        above.child * {{ fan_out }} + {{ records_last_child("children.c{k} >= above.value", fan_out) }},
    from found_{{ level + 1 }} as above
    inner join blocks_{{ level }} as children
        on above.sign = children.sign and above.child = children.block

),
{% endfor %}
answered as (

    select
        points.first_place,
        points.first_date,
        points.point_date,
        points.point_value,
        points.earlier_days_count,
        {%- for side in ["high", "low"] %}
        coalesce(
            points.near_{{ side }}_date, points.first_date + ({{ side }}.child - points.first_place)::integer
        ) as {{ side }}_date,
        {%- endfor %}
    from points
    left join found_0 as high on points.place = high.place and high.sign = 1
    left join found_0 as low on points.place = low.place and low.sign = -1

)

select
    {% for key in keys %}series.{{ key }},
    {% endfor -%}
    answered.point_date as {{ date_column }},
    answered.point_value as {{ value_column }},
    answered.high_date as highest_since_date,
    answered.point_date - answered.high_date as highest_since_days_count,
    answered.high_date is null as is_record_high,
    answered.low_date as lowest_since_date,
    answered.point_date - answered.low_date as lowest_since_days_count,
    answered.low_date is null as is_record_low,
    answered.first_date as history_start_date,
    answered.earlier_days_count::integer as earlier_days_count,
from answered
inner join series on answered.first_place = series.first_place
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
