-- What each source prints of a fund's flow in a session, version by version, before anything is chosen.
with reports as (

    select
        asset,
        fund_ticker,
        trade_date,
        'farside' as source,
        net_flow_usd,
        observed_at,
        response_id,
    from {{ ref("stg_farside__fund_flows_versions") }}
    where not is_total and not is_seed

    union all

    select
        asset,
        fund_ticker,
        trade_date,
        'theblock' as source,
        net_flow_usd,
        observed_at,
        response_id,
    from {{ ref("stg_theblock__etf_flows_versions") }}

    union all

    select
        asset,
        fund_ticker,
        trade_date,
        'coinglass' as source,
        net_flow_usd,
        observed_at,
        response_id,
    from {{ ref("stg_coinglass__etf_flows_versions") }}
    where asset is not null and not is_total

    union all

    select
        asset,
        fund_ticker,
        trade_date,
        'sosovalue' as source,
        net_flow_usd,
        observed_at,
        response_id,
    from {{ ref("stg_sosovalue__fund_history_versions") }}

)

select * from reports
