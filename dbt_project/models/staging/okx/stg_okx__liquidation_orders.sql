{{ newest_version(ref("stg_okx__liquidation_orders_versions"), ["event_key"]) }}
