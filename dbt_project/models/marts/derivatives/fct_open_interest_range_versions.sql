{{ config(meta={
    "by_change": {
        "day": "trade_date",
        "inputs": {
            "int_open_interest_levels": "trade_date",
            "int_withheld_derivatives": "trade_date",
        },
    }
}) }}
with levels as (

    select *
    from {{ ref("int_open_interest_levels") }}
    where trade_date >= {{ first_changed_day() }}

),

known as (

    {{ extremes_as_known(
        "levels", ["source", "asset", "venue", "trade_date"], "stamped_at", "open_interest_usd",
        "count(distinct date_trunc('hour', parts.stamped_at - interval 1 microsecond)) = 24"
    ) | indent(4) }}

),

withheld as (

    select * from {{ ref("int_withheld_derivatives") }}
    where metric = 'open_interest_usd'

),

-- A day of which a figure is withheld has no extremes either.
plausible as (

    select known.*
    from known
    anti join withheld
        on
            known.asset = withheld.asset
            and known.venue = withheld.scope
            and known.trade_date = withheld.trade_date
            and known.source = withheld.source

),

reported as (

    select
        asset,
        venue as scope,
        trade_date,
        source,
        observed_at,
        cast(high_value as decimal(18, 2)) as high_usd,
        cast(low_value as decimal(18, 2)) as low_usd,
        part_count as level_count,
    from plausible

),

changed as (

    {{ changed_versions(
        "reported",
        ["asset", "scope", "trade_date", "source"],
        ["high_usd", "low_usd", "level_count"],
    ) | indent(4) }}

)

select
    asset,
    scope,
    trade_date,
    source,
    observed_at,
    high_usd,
    low_usd,
    level_count,
from changed
order by asset, scope, trade_date, source, observed_at
