{{ config(materialized="table") }}
-- What a missing figure of a fund means depends on other rows: on what the fund printed before (is one expected?) and
-- on what other funds printed later (is it still due?). Each result is an instant, so that it can be evaluated as of
-- any day.
with cells as (

    select * from {{ ref("int_etf_fund_cells") }}

),

sessions as (

    select
        asset,
        trade_date,
        session_number,
        closes_at,
        min(observed_at) as first_observed_at,
        -- When the session was first seen with a figure of any fund.
        min(observed_at) filter (where net_flow_usd is not null) as first_reported_at,
    from cells
    group by all

),

reporting_order as (

    select
        *,
        count(first_reported_at) over (partition by asset order by session_number) as reporting_number,
        -- A column, so that the join below is one of equal columns.
        reporting_number + {{ threshold("etf_never_reported_after") }} + 1 as times_out_number,
    from sessions

),

time_outs as (

    select
        earlier.asset,
        earlier.trade_date,
        later.first_reported_at as times_out_at,
    from reporting_order as earlier
    inner join reporting_order as later
        on
            earlier.asset = later.asset
            and later.first_reported_at is not null
            and earlier.times_out_number = later.reporting_number

),

fund_reports as (

    select
        asset,
        fund_ticker,
        session_number,
        trade_date,
        min(observed_at) filter (where net_flow_usd is not null) as first_reported_at,
    from cells
    group by all

),

listings as (

    select
        fund_reports.asset,
        fund_reports.fund_ticker,
        coalesce(
            any_value(funds.first_trade_date),
            min(fund_reports.trade_date) filter (where fund_reports.first_reported_at is not null)
        ) as listed_date,
    from fund_reports
    left join {{ ref("etf_funds") }} as funds
        on fund_reports.asset = funds.asset and fund_reports.fund_ticker = funds.fund_ticker
    group by all

),

-- The sessions in which a report has the fund expected to report. One by one: a range would compare each report with
-- each session.
sessions_of_reports as (

    select
        asset,
        fund_ticker,
        first_reported_at,
        session_number
        + unnest(generate_series(0, cast({{ threshold("etf_expected_lookback") }} as integer))) as session_number,
    from fund_reports

),

expectations as (

    select
        asset,
        fund_ticker,
        session_number,
        min(first_reported_at) as expected_at,
    from sessions_of_reports
    group by all

)

select
    sessions.asset,
    listings.fund_ticker,
    sessions.trade_date,
    sessions.session_number,
    sessions.closes_at,
    sessions.first_observed_at as session_observed_at,
    listings.listed_date,
    coalesce(sessions.trade_date >= listings.listed_date, false) as is_listed,
    expectations.expected_at,
    time_outs.times_out_at,
from sessions
inner join listings using (asset)
left join expectations using (asset, fund_ticker, session_number)
left join time_outs using (asset, trade_date)
