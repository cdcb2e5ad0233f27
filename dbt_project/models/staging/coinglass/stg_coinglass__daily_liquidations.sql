{{ newest_version(ref("stg_coinglass__daily_liquidations_versions"), ["symbol", "venue_list", "opened_at"]) }}
