with known_funds as (

    select
        funds.*,
        terms.fee_ratio,
        terms.waived_fee_ratio,
        terms.valid_from_date as terms_since_date,
        (
            select arg_max(former.traded_ticker, former.term_number)
            from {{ ref("dim_etf_fund_terms") }} as former
            where
                funds.asset = former.asset
                and funds.fund_ticker = former.fund_ticker
                and former.term_number < terms.term_number
                and former.traded_ticker != terms.traded_ticker
        ) as former_ticker,
    from {{ ref("etf_funds") }} as funds
    left join {{ ref("dim_etf_fund_terms") }} as terms
        on funds.asset = terms.asset and funds.fund_ticker = terms.fund_ticker and terms.is_current

),

-- A fund may appear at a provider before the seed describes it: its flows must not be lost.
seen_funds as (

    select distinct
        asset,
        fund_ticker,
    from {{ ref("int_etf_fund_cells") }}

)

select
    coalesce(known_funds.asset, seen_funds.asset) as asset,
    coalesce(known_funds.fund_ticker, seen_funds.fund_ticker) as fund_ticker,
    known_funds.fund_name,
    known_funds.issuer,
    known_funds.fee_ratio,
    known_funds.first_trade_date,
    known_funds.exchange,
    known_funds.custodian,
    known_funds.former_ticker,
    known_funds.is_active,
    known_funds.fund_ticker is not null as is_described,
    known_funds.source_url,
    known_funds.waived_fee_ratio,
    known_funds.terms_since_date,
from known_funds
full outer join seen_funds
    on known_funds.asset = seen_funds.asset and known_funds.fund_ticker = seen_funds.fund_ticker
-- A fund listed after the run's instant did not exist then, unless a provider had a column for it.
where
    seen_funds.fund_ticker is not null
    or coalesce(known_funds.first_trade_date <= cast({{ run_now() }} as date), true)
order by asset, fund_ticker
