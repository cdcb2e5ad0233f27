with source as (

    select * from {{ source("farside", "flows") }}

),

renamed as (

    select
        source.asset,
        {{ present_ticker("source.asset", "source.ticker") }} as fund_ticker,
        source.ticker as printed_ticker,
        source.date as trade_date,
        source.cell as printed_cell,
        source.ticker = 'Total' as is_total,
        -- '1,113.7' is inflow, '(95.1)' outflow, '-' no figure at all (never 0), '*' a footnote; million USD.
        replace(replace(rtrim(trim(replace(source.cell, chr(160), ' ')), '*'), ',', ''), '–', '-') as plain_cell,
        cast(
            case
                when regexp_full_match(plain_cell, '\d+(\.\d+)?') then cast(plain_cell as decimal(12, 4))
                when regexp_full_match(plain_cell, '\(\d+(\.\d+)?\)')
                    then -cast(replace(replace(plain_cell, '(', ''), ')', '') as decimal(12, 4))
            end * 1000000 as decimal(18, 2)
        ) as net_flow_usd,
        source.observed_at,
        source.response_id,
    from source

)

select * from renamed
