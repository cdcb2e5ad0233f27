-- The venue sends the events of every swap: those of other coins stay in the raw table.
with messages as (

    {{ stream_liquidations("okx_stream", "okx") | indent(4) }}

)

select *
from messages
where asset is not null
