{{ newest_version(ref("stg_coinalyze__exchanges_versions"), ["code"]) }}
