-- The published share of BTC and the published capitalisations state the same thing twice. Where they differ the
-- provider rounds or errs: shown, not blocking.
{{ config(severity="warn") }}
select
    scope,
    trade_date,
    btc_dominance_ratio,
    btc_usd / total_usd as computed_ratio,
from {{ ref("fct_daily_market_caps") }}
where abs(btc_dominance_ratio - btc_usd / nullif(total_usd, 0)) > {{ threshold("market_cap_ratio_tolerance") }}
