{{ config(materialized="table") }}
-- Rates of a dollar coin far from a dollar that no other venue confirms.
with rates as (

    select * from {{ ref("int_venue_quote_rates") }}

),

newest as (

    {{ newest_version("rates", ["quote_asset", "venue", "trade_date"]) | indent(4) }}

),

compared as (

    select
        rates.quote_asset,
        rates.venue,
        rates.trade_date,
        rates.as_of_at,
        rates.observed_at,
        rates.response_id,
        cast(rates.rate_usd as double) as rate,
        max(abs(cast(others.rate_usd as double) / cast(rates.rate_usd as double) - 1)) as gap_to_others_ratio,
        {{ threshold("quote_rate_basis_limit") }} as limit_ratio,
    from rates
    left join newest as others
        on
            rates.quote_asset = others.quote_asset
            and rates.trade_date = others.trade_date
            and rates.venue != others.venue
    group by all

)

select
    'fct_daily_quote_rates' as table_name,
    'quote_rate_usd' as metric,
    quote_asset as asset,
    venue as scope,
    trade_date,
    as_of_at as figure_at,
    venue as source,
    rate as value,
    format(
        'a rate {:+.1f} % from a dollar that no other venue confirms; {:.0f} % is the limit',
        (rate - 1) * 100,
        limit_ratio * 100
    ) as reason,
    observed_at,
    response_id,
from compared
where abs(rate - 1) > limit_ratio and coalesce(gap_to_others_ratio > limit_ratio, true)
