{{ config(meta={
    "by_change": {
        "day": "trade_date",
        "inputs": {
            "farside.flows": "date",
        },
    }
}) }}
with source as (

    select
        * exclude (ticker),
        starts_with(ticker, 'Seed ') as is_seed,
        substr(ticker, case when is_seed then 6 else 1 end) as ticker,
    from {{ source("farside", "flows") }}

),

renamed as (

    select
        source.asset,
        {{ present_ticker("source.asset", "source.ticker") }} as fund_ticker,
        source.ticker as printed_ticker,
        source.date as trade_date,
        source.cell as printed_cell,
        source.ticker = 'Total' as is_total,
        source.is_seed,
        -- '1,113.7' is inflow, '(95.1)' outflow, '-' no figure at all (never 0), '*' a footnote; million USD.
        replace(replace(rtrim(trim(replace(source.cell, chr(160), ' ')), '*'), ',', ''), '–', '-') as plain_cell,
        cast(
            case
                when regexp_full_match(plain_cell, '\d+(\.\d+)?') then cast(plain_cell as decimal(12, 4))
                when regexp_full_match(plain_cell, '\(\d+(\.\d+)?\)')
                    then -cast(replace(replace(plain_cell, '(', ''), ')', '') as decimal(12, 4))
            end * 1000000 as decimal(18, 2)
        ) as printed_usd,
        case when not source.is_seed then printed_usd end as net_flow_usd,
        case when source.is_seed then printed_usd end as seed_usd,
        source.observed_at,
        source.response_id,
    from source

)

select * exclude (printed_usd)
from renamed
