-- Flows of funds that can't be what they are printed as: in another unit, or the zeros in place of a session of
-- Bitcoin's funds that is not reported yet.
with reports as (

    select * from {{ ref("int_etf_fund_reports") }}

),

newest as (

    select *
    from reports
    qualify
        row_number() over (
            partition by asset, trade_date, source, fund_ticker order by observed_at desc, response_id desc
        ) = 1

),

-- Ether's funds and others have real sessions without any flow; Bitcoin's never had one.
placeholders as (

    select
        asset,
        trade_date,
        source,
    from newest
    where asset = 'BTC'
    group by all
    having count(net_flow_usd) >= {{ threshold("etf_placeholder_funds") }} and bool_and(coalesce(net_flow_usd, 0) = 0)

),

judged as (

    select
        reports.*,
        case
            when reports.is_passing and reports.net_flow_usd is not null
                then 'a fund that nobody describes and that the page of the newest session lacks: its column is gone'
            when abs(reports.net_flow_usd) > {{ threshold("etf_flow_largest_usd") }}
                then 'a fund of this size has never been: thousands or cents taken for dollars'
            -- SoSoValue counts single dollars; the others print tenths of a million.
            when
                reports.source != 'sosovalue'
                and reports.net_flow_usd != 0
                and abs(reports.net_flow_usd) < {{ threshold("etf_flow_smallest_usd") }}
                then 'less than the source prints of any fund: millions taken for dollars'
            when reports.net_flow_usd = 0 and placeholders.trade_date is not null
                then 'all of Bitcoin''s funds at zero: a placeholder of a session that is not reported yet'
        end as reason,
    from reports
    left join placeholders
        on
            reports.asset = placeholders.asset
            and reports.trade_date = placeholders.trade_date
            and reports.source = placeholders.source

)

select
    'fct_daily_etf_flows' as table_name,
    'etf_net_flow_usd' as metric,
    asset,
    fund_ticker as scope,
    trade_date,
    cast(trade_date as timestamp) as figure_at,
    source,
    net_flow_usd as value,
    reason,
    observed_at,
    response_id,
from judged
where reason is not null
