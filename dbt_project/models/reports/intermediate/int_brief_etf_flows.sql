{{ config(meta={
    "by_change": {
        "day": "trade_date",
        "inputs": {
            "int_brief_days": "trade_date",
            "fct_daily_etf_totals": "trade_date",
            "fct_daily_records": "trade_date",
            "int_records_of_the_day": "trade_date",
            "int_report_ends": "last_date",
        },
    }
}) }}
-- What the US spot ETFs took in or lost in a session, from their launch on.
with days as (

    select * from {{ ref("int_brief_days") }}

),

etf_launches as (

    select
        asset,
        min(first_trade_date) as launch_date,
    from {{ ref("dim_etf_funds") }}
    group by all

),

coverage as (

    select
        asset,
        first_days.first_date,
        last_days.last_date,
    from {{ ref("int_report_starts") }} as first_days
    left join {{ ref("int_report_ends") }} as last_days using (subject, asset, scope)
    where subject = 'etf_flows'

)

select
    days.trade_date,
    days.asset,
    3 as sentence_number,
    'etf_flow' as topic,
    case
        when not days.is_nyse_session
            then
                'US spot ' || days.name || ' ETFs: no flow, the day was no NYSE session; the last one was '
                || {{ date_words("days.previous_session_date") }} || '.'
        when totals.net_flow_usd is null
            then
                'US spot ' || days.name || ' ETFs: the flow is missing; '
                || case
                    when totals.funds_reported_count > 0
                        then format(
                            '{} of {} funds have reported', totals.funds_reported_count, totals.funds_expected_count
                        )
                    when totals.funds_expected_count > 0 then 'no fund has reported yet'
                    else {{ missing_words("coverage", "days.trade_date") }}
                end || '.'
        else
            'US spot ' || days.name || ' ETFs '
            || case when totals.net_flow_usd < 0 then 'lost ' else 'took in ' end
            || {{ usd_words("abs(totals.net_flow_usd)") }} || ' USD net in the session'
            || coalesce(
                replace(replace(
                    ', ' || flow_record.record_words, 'the highest', 'the largest inflow'
                ), 'the lowest', 'the largest outflow'),
                ''
            )
            || coalesce(
                '; ' || {{ usd_words("totals.cumulative_net_flow_usd") }} || ' USD since launch'
                || case when cumulative_record.is_record then ', a record' else '' end,
                '; the sum since launch is missing, a session since launch has no figure'
            )
            || case when totals.is_final then '.' else ' (funds may still report).' end
    end as sentence,
    'etf_net_flow_usd' as metric,
    'us_spot_etfs' as scope,
    'nyse_session' as time_window,
    'sum' as statistic,
    to_json({
        'net_flow_usd': totals.net_flow_usd,
        'highest_since_date': flow.highest_since_date,
        'lowest_since_date': flow.lowest_since_date,
        'cumulative_net_flow_usd': totals.cumulative_net_flow_usd,
        'funds_reported_count': totals.funds_reported_count,
        'funds_expected_count': totals.funds_expected_count
    }) as figures,
    totals.net_flow_usd is null and days.is_nyse_session as is_missing,
from days
inner join etf_launches
    on days.asset = etf_launches.asset and days.trade_date >= etf_launches.launch_date
left join {{ ref("fct_daily_etf_totals") }} as totals
    on days.asset = totals.asset and days.trade_date = totals.trade_date
left join coverage
    on days.asset = coverage.asset
left join {{ ref("fct_daily_records") }} as flow
    on
        days.asset = flow.asset
        and days.trade_date = flow.trade_date
        and flow.scope = 'us_spot_etfs'
        and flow.metric = 'etf_net_flow_usd'
left join {{ ref("int_records_of_the_day") }} as flow_record
    on
        days.asset = flow_record.asset
        and days.trade_date = flow_record.trade_date
        and flow_record.scope = 'us_spot_etfs'
        and flow_record.metric = 'etf_net_flow_usd'
        and case when totals.net_flow_usd < 0 then 'lowest' else 'highest' end = flow_record.direction
left join {{ ref("int_records_of_the_day") }} as cumulative_record
    on
        days.asset = cumulative_record.asset
        and days.trade_date = cumulative_record.trade_date
        and cumulative_record.scope = 'us_spot_etfs'
        and cumulative_record.metric = 'etf_cumulative_net_flow_usd'
        and cumulative_record.direction = 'highest'
        and totals.net_flow_usd > 0
where days.is_nyse_session is not null
