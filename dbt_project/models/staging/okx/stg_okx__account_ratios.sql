{{ newest_version(ref("stg_okx__account_ratios_versions"), ["symbol", "opened_at"]) }}
