select
    asset,
    fund_ticker,
    term_number,
    valid_from_date,
    lead(valid_from_date) over terms as valid_to_date,
    -- Terms that begin after the run's instant are known, but not in force yet.
    coalesce(valid_from_date <= cast({{ run_now() }} as date), true)
    and coalesce(lead(valid_from_date) over terms > cast({{ run_now() }} as date), true) as is_current,
    traded_ticker,
    fee_ratio,
    waived_fee_ratio,
    change,
    source_url,
from {{ ref("etf_fund_terms") }}
window terms as (partition by asset, fund_ticker order by term_number)
order by asset, fund_ticker, term_number
