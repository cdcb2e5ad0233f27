{{ config(meta={
    "by_change": {
        "day": "trade_date",
        "inputs": {
            "int_derivative_figures": "trade_date",
            "int_withheld_derivatives": "trade_date",
        },
    }
}) }}
{%- set statistics = ["open_interest_usd", "funding_rate_ratio", "long_short_account_ratio"] -%}
with withheld as (

    select
        asset,
        scope,
        trade_date,
        source,
        observed_at,
        {%- for statistic in statistics %}
        max(value) filter (where metric = '{{ statistic }}') as withheld_{{ statistic }},
        {%- endfor %}
    from {{ ref("int_withheld_derivatives") }}
    group by all

),

-- A withheld figure is null; the other figures of its row remain.
plausible as (

    select
        figures.asset,
        figures.scope,
        figures.trade_date,
        figures.source,
        figures.observed_at,
        figures.venue_list,
        {%- for statistic in statistics %}
        case
            when withheld_{{ statistic }} is null or cast({{ statistic }} as double) != withheld_{{ statistic }}
                then {{ statistic }}
        end as {{ statistic }},
        {%- endfor %}
    from {{ ref("int_derivative_figures") }} as figures
    left join withheld using (asset, scope, trade_date, source, observed_at)
    where trade_date >= {{ first_changed_day() }}

),

at_each_instant as (

    select
        asset,
        scope,
        trade_date,
        source,
        observed_at,
        max(venue_list) as venue_list,
        max(open_interest_usd) as open_interest_usd,
        max(funding_rate_ratio) as funding_rate_ratio,
        max(long_short_account_ratio) as long_short_account_ratio,
    from plausible
    where coalesce(open_interest_usd, funding_rate_ratio, long_short_account_ratio) is not null
    group by all

),

-- A source reports each figure in a response of its own: a figure missing from one response keeps its last value.
as_known as (

    select
        asset,
        scope,
        trade_date,
        source,
        observed_at,
        venue_list,
        {%- for figure in ["open_interest_usd", "funding_rate_ratio", "long_short_account_ratio"] %}
        last_value({{ figure }} ignore nulls) over so_far as {{ figure }},
        {%- endfor %}
        lead(observed_at) over so_far as next_observed_at,
    from at_each_instant
    window so_far as (partition by asset, scope, trade_date, source order by observed_at)

),

-- One run requests the figures one after the other: of instants less than half an hour apart the last one is kept.
versions as (

    select * exclude (next_observed_at)
    from as_known
    where next_observed_at is null or next_observed_at > observed_at + interval 30 minute

),

changed as (

    {{ changed_versions(
        "versions",
        ["asset", "scope", "trade_date", "source"],
        ["open_interest_usd", "funding_rate_ratio", "long_short_account_ratio"],
    ) | indent(4) }}

)

select
    asset,
    scope,
    trade_date,
    source,
    observed_at,
    venue_list,
    cast(open_interest_usd as decimal(18, 2)) as open_interest_usd,
    cast(funding_rate_ratio as double) as funding_rate_ratio,
    cast(long_short_account_ratio as double) as long_short_account_ratio,
from changed
order by asset, scope, trade_date, source, observed_at
