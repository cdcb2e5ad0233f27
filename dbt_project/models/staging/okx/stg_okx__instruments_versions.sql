with source as (

    select * from {{ source("okx_futures", "instruments") }}

),

renamed as (

    select
        inst_id as instrument,
        cast(ct_val * ct_mult as decimal(28, 10)) as contract_size,
        ct_val_ccy as contract_size_asset,
        ct_type as contract_type,
        observed_at,
        response_id,
    from source

)

select *
from renamed
