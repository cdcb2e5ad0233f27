{{ config(meta={
    "by_change": {
        "day": "trade_date",
        "inputs": {
            "fct_liquidation_versions": "trade_date",
        },
        "settles_within_days": 32,
    }
}) }}
with versions as (

    select *
    from {{ ref("fct_liquidation_versions") }}
    where trade_date >= {{ first_changed_day() }}

),

newest as (

    {{ newest_with_history("versions", ["asset", "scope", "trade_date", "source"]) | indent(4) }}

),

chosen as (

    select newest.*
    from newest
    inner join {{ ref("int_chosen_liquidation_sources") }} using (asset, scope, source)

)

select
    asset,
    scope,
    trade_date,
    long_usd,
    short_usd,
    total_usd,
    long_share_ratio,
    venue_list,
    cast(len(string_split(venue_list, ',')) as integer) as venue_count,
    source,
    -- Feeds of the venues drop liquidations: every sum of them is a lower bound.
    true as is_lower_bound,
    {{ is_settled("liquidations", "chosen.source", "(chosen.trade_date + interval 1 day)") }} as is_final,
    first_observed_at,
    observed_at,
    revision_count,
from chosen
order by asset, scope, trade_date
