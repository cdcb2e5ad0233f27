{{ newest_version(ref("stg_htx__liquidation_orders_versions"), ["event_key"]) }}
