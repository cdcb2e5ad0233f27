{{ newest_version(ref("stg_coinalyze__daily_histories_versions"), ["endpoint", "symbol", "opened_at"]) }}
