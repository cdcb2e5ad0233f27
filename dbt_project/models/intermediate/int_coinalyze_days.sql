{{ config(meta={
    "by_change": {
        "day": "trade_date",
        "inputs": {
            "stg_coinalyze__daily_histories_versions": "trade_date",
        },
    }
}) }}
with histories as (

    select * from {{ ref("stg_coinalyze__daily_histories_versions") }}

),

of_venues as (

    select
        histories.* exclude (exchange_code),
        exchanges.venue,
    from histories
    inner join {{ ref("stg_coinalyze__exchanges") }} as exchanges
        on histories.exchange_code = exchanges.code

)

-- Every day exists once for its venue and once for all venues together.
select
    *,
    venue as scope,
from of_venues

union all

select
    *,
    'coinalyze_all' as scope,
from of_venues
