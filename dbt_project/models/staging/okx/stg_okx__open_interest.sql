{{ newest_version(ref("stg_okx__open_interest_versions"), ["symbol", "opened_at"]) }}
