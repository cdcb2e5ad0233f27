{{ config(meta={
    "by_change": {
        "day": "trade_date",
        "inputs": {
            "int_reference_points": "trade_date",
            "int_withheld_prices": "trade_date",
            "fct_daily_prices": "trade_date",
            "fct_daily_quote_rates": "trade_date",
        },
        "settles_within_days": 7,
    }
}) }}
with reported as (

    select points.* exclude (response_id)
    from {{ ref("int_reference_points") }} as points
    anti join {{ ref("int_withheld_prices") }} as withheld
        on
            withheld.table_name = 'fct_daily_reference_prices'
            and points.asset = withheld.asset
            and points.source = withheld.source
            and points.as_of_at = withheld.figure_at
            and points.observed_at = withheld.observed_at
    where points.trade_date >= {{ first_changed_day() }}

),

beside_midnight as (

    select
        *,
        abs(date_diff('second', cast(trade_date + 1 as timestamp), as_of_at)) as seconds_off,
    from reported

),

-- Of several points around one midnight the nearest observed so far: a point further off never replaces it.
nearest as (

    select *
    from beside_midnight
    qualify
        seconds_off = min(seconds_off)
            over (
                partition by asset, source, trade_date
                order by observed_at
                range between unbounded preceding and current row
            )
        and row_number() over (partition by asset, source, trade_date, observed_at order by seconds_off, as_of_at) = 1

),

changed as (

    {{ changed_versions("nearest", ["asset", "source", "trade_date"], ["as_of_at", "reference_usd"]) | indent(4) }}

),

newest as (

    {{ newest_with_history("changed", ["asset", "source", "trade_date"]) | indent(4) }}

)

select
    newest.asset,
    newest.source,
    newest.trade_date,
    newest.as_of_at,
    newest.reference_usd,
    prices.close_usd,
    prices.source as venue,
    prices.quote_asset,
    (cast(prices.close_usd as double) / nullif(cast(newest.reference_usd as double), 0) - 1) * 10000 as gap_bps,
    case
        when prices.quote_asset = 'USD' then gap_bps
        else
            (
                cast(prices.close_usd as double) * cast(rates.rate_usd as double)
                / nullif(cast(newest.reference_usd as double), 0) - 1
            ) * 10000
    end as gap_in_usd_bps,
    {{ is_settled("reference_prices", "newest.source", "cast(newest.trade_date + 1 as timestamp)") }} as is_final,
    newest.first_observed_at,
    greatest(newest.observed_at, prices.observed_at, rates.observed_at) as observed_at,
    newest.revision_count,
from newest
left join {{ ref("fct_daily_prices") }} as prices
    on newest.asset = prices.asset and newest.trade_date = prices.trade_date
left join {{ ref("fct_daily_quote_rates") }} as rates
    on prices.quote_asset = rates.quote_asset and prices.trade_date = rates.trade_date
order by newest.asset, newest.source, newest.trade_date
