{{ config(meta={
    "by_change": {
        "day": "trade_date",
        "inputs": {
            "fct_derivative_versions": "trade_date",
        },
        "settles_within_days": 16,
    }
}) }}
with versions as (

    select *
    from {{ ref("fct_derivative_versions") }}
    where trade_date >= {{ first_changed_day() }} - 1

),

newest as (

    {{ newest_with_history("versions", ["asset", "scope", "trade_date", "source"]) | indent(4) }}

),

-- One record for the whole series of a scope: a day missing there stays missing and is not filled from another record.
-- Where archive and API both have a day, the row with more figures is chosen.
figures as (

    select newest.*
    from newest
    inner join {{ ref("int_chosen_derivative_sources") }} as chosen using (asset, scope, source)
    qualify
        row_number() over (
            partition by asset, scope, trade_date
            order by
                cast(open_interest_usd is not null as integer)
                + cast(funding_rate_ratio is not null as integer)
                + cast(long_short_account_ratio is not null as integer) desc,
                chosen.precedence asc,
                source asc
        ) = 1

),

beside_the_day_before as (

    select
        *,
        lag(trade_date) over days as previous_date,
        lag(open_interest_usd) over days as previous_open_interest_usd,
    from figures
    window days as (partition by asset, scope order by trade_date)

)

select
    asset,
    scope,
    trade_date,
    open_interest_usd,
    case
        when previous_date = trade_date - 1
            then cast(open_interest_usd as double) / nullif(cast(previous_open_interest_usd as double), 0) - 1
    end as open_interest_change_ratio,
    funding_rate_ratio,
    funding_rate_ratio * 3 * 365 as funding_rate_annual_ratio,
    long_short_account_ratio,
    venue_list,
    cast(len(string_split(venue_list, ',')) as integer) as venue_count,
    source,
    {{ is_settled(
        "derivatives", "beside_the_day_before.source", "(beside_the_day_before.trade_date + interval 1 day)"
    ) }} as is_final,
    first_observed_at,
    observed_at,
    revision_count,
from beside_the_day_before
order by asset, scope, trade_date
