with newest as (

    {{ newest_with_history(
        ref("fct_liquidation_versions"), ["asset", "scope", "trade_date", "source"]
    ) | indent(4) }}

),

-- One source for the whole series of a scope: a day missing there stays missing and is not filled from another source.
chosen as (

    select *
    from newest
    qualify
        rank() over (
            partition by asset, scope
            order by {{ precedence("liquidations", "newest.source") }}, newest.source
        ) = 1

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
