-- The venue sends the events of every contract: those of other coins stay in the raw table. It counts USDT, not coins.
with messages as (

    {{ stream_liquidations("bitget_stream", "bitget") | indent(4) }}

)

select
    asset,
    venue,
    symbol,
    event_key,
    occurrence_number,
    event_at,
    reported_side,
    cast(quantity / nullif(price_usd, 0) as decimal(28, 10)) as quantity,
    quantity as value_usd,
    price_usd,
    observed_at,
    response_id,
from messages
where asset is not null
