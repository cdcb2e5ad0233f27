with source as (

    select * from {{ source("okx_futures", "liquidation_orders") }}

),

renamed as (

    select
        symbols.asset,
        'okx' as venue,
        source.inst_id as symbol,
        concat_ws(
            '|', source.inst_id, source.ts, source.side, source.pos_side, source.bk_px, source.sz, source.occurrence
        ) as event_key,
        source.occurrence as occurrence_number,
        {{ from_epoch_ms("source.ts") }} as event_at,
        source.side as reported_side,
        source.sz as quantity,
        source.bk_px as price_usd,
        source.observed_at,
        source.response_id,
    from source
    left join {{ ref("asset_symbols") }} as symbols
        on symbols.source = 'okx_futures' and source.inst_id = symbols.symbol

)

select *
from renamed
