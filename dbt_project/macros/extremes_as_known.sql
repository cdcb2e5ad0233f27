{#- The highest, lowest and last part of a day as they were known at every instant; `is_whole` is a condition over the
    `parts` known then. A part that is restated leaves its old value behind. Of instants less than half an hour apart,
    the responses of one run, the last one is kept. Most wholes were seen at one instant: one pass is enough for them. -#}
{% macro extremes_as_known(versions, key, part, value, is_whole) -%}
    {%- set key_list = key | join(", ") -%}
    with seen_once as (

        select
            {{ key_list }},
            max(parts.observed_at) as observed_at,
            max(parts.{{ value }}) as high_value,
            min(parts.{{ value }}) as low_value,
            arg_max(parts.{{ value }}, parts.{{ part }}) as last_value,
            cast(count(*) as integer) as part_count,
        from {{ versions }} as parts
        group by {{ key_list }}
        having min(parts.observed_at) = max(parts.observed_at) and {{ is_whole }}

    ),

    seen_again as (

        select {{ key_list }}
        from {{ versions }}
        group by {{ key_list }}
        having min(observed_at) < max(observed_at)

    ),

    versions_of_parts as (

        select
            *,
            lead(observed_at) over (partition by {{ key_list }}, {{ part }} order by observed_at) as superseded_at,
        from {{ versions }}
        semi join seen_again using ({{ key_list }})

    ),

    instants as (

        select distinct
            {{ key_list }},
            observed_at as known_at,
        from versions_of_parts

    ),

    so_far as (

        select
            {{ key_list }},
            instants.known_at as observed_at,
            max(parts.{{ value }}) as high_value,
            min(parts.{{ value }}) as low_value,
            arg_max(parts.{{ value }}, parts.{{ part }}) as last_value,
            cast(count(*) as integer) as part_count,
        from versions_of_parts as parts
        inner join instants using ({{ key_list }})
        where
            parts.observed_at <= instants.known_at
            and (parts.superseded_at is null or parts.superseded_at > instants.known_at)
        group by all
        having {{ is_whole }}

    ),

    settled as (

        select *
        from so_far
        qualify
            coalesce(
                lead(observed_at) over (partition by {{ key_list }} order by observed_at)
                > observed_at + interval 30 minute,
                true
            )

    )

    select * from seen_once
    union all by name
    select * from settled
{%- endmacro %}
