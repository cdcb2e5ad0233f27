with venue_rates as (

    select rates.* exclude (response_id)
    from {{ ref("int_venue_quote_rates") }} as rates
    anti join {{ ref("int_withheld_quote_rates") }} as withheld
        on
            rates.quote_asset = withheld.asset
            and rates.venue = withheld.source
            and rates.trade_date = withheld.trade_date
            and rates.observed_at = withheld.observed_at

),

changed as (

    {{ changed_versions("venue_rates", ["quote_asset", "venue", "trade_date"], ["rate_usd"]) | indent(4) }}

),

newest as (

    {{ newest_with_history("changed", ["quote_asset", "venue", "trade_date"]) | indent(4) }}

),

agreement as (

    select
        quote_asset,
        trade_date,
        cast(count(*) as integer) as venue_count,
        cast(max(rate_usd) as double) / nullif(cast(min(rate_usd) as double), 0) - 1 as widest_gap_ratio,
    from newest
    group by all

),

chosen as (

    select *
    from newest
    qualify
        row_number() over (
            partition by quote_asset, trade_date
            order by {{ precedence("quote_rates", "newest.venue") }}, newest.venue
        ) = 1

)

select
    chosen.quote_asset,
    chosen.trade_date,
    chosen.as_of_at,
    chosen.rate_usd,
    (cast(chosen.rate_usd as double) - 1) * 10000 as basis_bps,
    chosen.venue as source,
    agreement.venue_count,
    case when agreement.venue_count > 1 then agreement.widest_gap_ratio * 10000 end as venue_spread_bps,
    {{ is_settled("quote_rates", "chosen.venue", "chosen.as_of_at") }} as is_final,
    chosen.first_observed_at,
    chosen.observed_at,
    chosen.revision_count,
from chosen
inner join agreement using (quote_asset, trade_date)
order by quote_asset, trade_date
