with cells as (

    select * from {{ ref("int_etf_fund_cells") }}

),

fund_sessions as (

    select * from {{ ref("int_etf_fund_sessions") }}

)

select
    cells.asset,
    cells.fund_ticker,
    cells.trade_date,
    cells.observed_at,
    cells.source,
    cells.net_flow_usd,
    case
        when cells.net_flow_usd is not null then 'reported'
        when fund_sessions.is_listed then 'pending'
        else 'not_listed'
    end as state,
    cells.is_revision,
from cells
inner join fund_sessions using (asset, fund_ticker, trade_date)
order by asset, fund_ticker, trade_date, observed_at
