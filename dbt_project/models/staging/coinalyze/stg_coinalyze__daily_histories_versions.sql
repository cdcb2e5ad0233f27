{{ config(meta={
    "by_change": {
        "day": "trade_date",
        "same_day": ["opened_at"],
        "inputs": {
            "coinalyze.history_1d": "cast(" ~ from_epoch_s("t") ~ " as date)",
        },
    }
}) }}
with source as (

    select * from {{ source("coinalyze", "history_1d") }}

),

renamed as (

    select
        symbols.asset,
        source.endpoint,
        source.symbol,
        -- The part after the last full stop.
        list_last(string_split(source.symbol, '.')) as exchange_code,
        {{ from_epoch_s("source.t") }} as opened_at,
        opened_at + interval 1 day as closes_at,
        cast(opened_at as date) as trade_date,
        -- The same letters mean other things in each history: l is longs, low, or a percentage.
        case when source.endpoint = 'liquidation-history' then cast(source.l as decimal(18, 2)) end as long_usd,
        case when source.endpoint = 'liquidation-history' then cast(source.s as decimal(18, 2)) end as short_usd,
        case
            when source.endpoint = 'open-interest-history' then cast(source.c as decimal(18, 2))
        end as open_interest_usd,
        case
            when source.endpoint = 'funding-rate-history' then cast(source.c as double) / 100
        end as funding_rate_ratio,
        case
            when source.endpoint = 'long-short-ratio-history' then cast(source.l as double) / 100
        end as long_account_share_ratio,
        source.observed_at,
        source.response_id,
    from source
    left join {{ ref("asset_symbols") }} as symbols
        on symbols.source = 'coinalyze' and source.base_asset = symbols.symbol

)

select *
from renamed
where closes_at <= observed_at
