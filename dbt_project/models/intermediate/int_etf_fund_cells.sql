-- The cells of closed NYSE sessions. The page shows holidays as rows of dashes and opens the current day's row hours
-- before the session: neither is a fact.
with cells as (

    select
        flows.asset,
        flows.fund_ticker,
        flows.is_total,
        flows.trade_date,
        sessions.session_number,
        sessions.closes_at,
        flows.net_flow_usd,
        flows.observed_at,
    from {{ ref("stg_farside__fund_flows_versions") }} as flows
    inner join {{ ref("stg_nyse__sessions") }} as sessions
        on flows.trade_date = sessions.session_date
    where sessions.closes_at <= {{ run_now() }}

)

{{ changed_versions("cells", ["asset", "fund_ticker", "trade_date"], ["net_flow_usd"]) }}
