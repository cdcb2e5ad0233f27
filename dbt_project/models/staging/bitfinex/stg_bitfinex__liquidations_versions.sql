with source as (

    select * from {{ source("bitfinex", "liquidations") }}

),

renamed as (

    select
        symbols.asset,
        'bitfinex' as venue,
        source.symbol,
        concat_ws('|', source.pos_id, source.mts, source.amount) as event_key,
        {{ from_epoch_ms("source.mts") }} as event_at,
        case when source.amount > 0 then 'buy' else 'sell' end as reported_side,
        abs(source.amount) as quantity,
        source.price_acquired as price_usd,
        source.observed_at,
        source.response_id,
    from source
    -- Positions on spot margin and coins that were not requested have no perpetual here.
    inner join {{ ref("asset_symbols") }} as symbols
        on symbols.source = 'bitfinex' and source.symbol = symbols.symbol
    -- A liquidation has two rows; the trigger has no price yet.
    where source.is_match = 1

)

select *
from renamed
