{{ config(meta={
    "by_change": {
        "day": "trade_date",
        "same_day": ["settled_at"],
        "inputs": {
            "int_funding_settlements": "trade_date",
            "int_withheld_derivatives": "trade_date",
        },
    }
}) }}
with versions as (

    select *
    from {{ ref("int_funding_settlements") }}
    where trade_date >= {{ first_changed_day() }}

),

newest as (

    {{ newest_with_history("versions", ["asset", "venue", "settled_at", "source"]) | indent(4) }}

),

withheld as (

    select * from {{ ref("int_withheld_derivatives") }}
    where metric = 'funding_rate_ratio'

),

plausible as (

    select newest.*
    from newest
    anti join withheld
        on
            newest.asset = withheld.asset
            and newest.venue = withheld.scope
            and newest.trade_date = withheld.trade_date
            and newest.source = withheld.source

)

select
    asset,
    venue as scope,
    settled_at,
    trade_date,
    cast(funding_rate_ratio as double) as funding_rate_ratio,
    paid_hours,
    source,
    first_observed_at,
    observed_at,
    revision_count,
from plausible
-- A venue's archive and its API are one record of that venue.
qualify
    row_number() over (
        partition by asset, venue, settled_at
        order by {{ precedence("derivatives", "plausible.source") }}, source
    ) = 1
-- Years first: what reads the newest days passes over the rows of earlier years.
order by year(settled_at), asset, scope, settled_at
