{{ config(meta={
    "by_change": {
        "day": "trade_date",
        "inputs": {
            "int_funding_settlements": "trade_date",
            "int_withheld_derivatives": "trade_date",
        },
    }
}) }}
with settlements as (

    select *
    from {{ ref("int_funding_settlements") }}
    where trade_date >= {{ first_changed_day() }}

),

known as (

    {{ extremes_as_known(
        "settlements", ["source", "asset", "venue", "trade_date"], "settled_at", "funding_rate_ratio",
        "sum(parts.paid_hours) = 24"
    ) | indent(4) }}

),

withheld as (

    select * from {{ ref("int_withheld_derivatives") }}
    where metric = 'funding_rate_ratio'

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
        cast(high_value as double) as high_ratio,
        cast(low_value as double) as low_ratio,
        cast(last_value as double) as last_ratio,
        part_count as settlement_count,
    from plausible

),

changed as (

    {{ changed_versions(
        "reported",
        ["asset", "scope", "trade_date", "source"],
        ["high_ratio", "low_ratio", "last_ratio", "settlement_count"],
    ) | indent(4) }}

)

select
    asset,
    scope,
    trade_date,
    source,
    observed_at,
    high_ratio,
    low_ratio,
    last_ratio,
    settlement_count,
from changed
order by asset, scope, trade_date, source, observed_at
