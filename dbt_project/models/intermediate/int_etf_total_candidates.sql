{{ config(materialized="table") }}
-- Each source's total of a session, at every instant at which that changed. A source without a complete
-- figure at that instant has a null net flow: a partial sum is not a total.
with cells as (

    select * from {{ ref("int_etf_fund_cells") }}

),

fund_sessions as (

    select * from {{ ref("int_etf_fund_sessions") }}

),

printed_totals as (

    select
        asset,
        trade_date,
        net_flow_usd,
        observed_at,
    from {{ ref("stg_farside__fund_flows_versions") }}
    where is_total and not is_seed

),

instants as (

    select
        asset,
        trade_date,
        observed_at as instant_at,
    from cells

    union

    select
        cells.asset,
        cells.trade_date,
        printed_totals.observed_at as instant_at,
    from printed_totals
    inner join cells using (asset, trade_date)

    union

    select
        asset,
        trade_date,
        expected_at as instant_at,
    from fund_sessions
    where expected_at > session_observed_at

    union

    select
        asset,
        trade_date,
        times_out_at as instant_at,
    from fund_sessions
    where times_out_at > session_observed_at

),

funds_at_instant as (

    select
        instants.asset,
        instants.trade_date,
        instants.instant_at,
        fund_sessions.fund_ticker,
        fund_sessions.is_listed,
        coalesce(fund_sessions.expected_at <= instants.instant_at, false) as is_expected,
        coalesce(fund_sessions.times_out_at <= instants.instant_at, false) as is_timed_out,
    from instants
    inner join fund_sessions using (asset, trade_date)

),

flows_at_instant as (

    select
        funds.*,
        cells.net_flow_usd,
        cells.source,
        {{ precedence("etf_flows", "cells.source") }} as precedence,
    from funds_at_instant as funds
    asof left join cells
        on
            funds.asset = cells.asset
            and funds.trade_date = cells.trade_date
            and funds.fund_ticker = cells.fund_ticker
            and funds.instant_at >= cells.observed_at

),

sums as (

    select
        asset,
        trade_date,
        instant_at,
        -- A sum is as good as the least preferred of its figures.
        arg_max(source, row(precedence, source)) filter (where net_flow_usd is not null) as source,
        sum(net_flow_usd) as sum_usd,
        coalesce(sum(net_flow_usd) filter (where net_flow_usd > 0), 0) as inflow_usd,
        -coalesce(sum(net_flow_usd) filter (where net_flow_usd < 0), 0) as outflow_usd,
        count(net_flow_usd) as funds_reported_count,
        count(*) filter (where is_expected) as funds_expected_count,
        count(*) filter (
            where net_flow_usd is null and is_expected and is_listed and not is_timed_out
        ) as funds_pending_count,
    from flows_at_instant
    group by all

),

funds as (

    select
        sums.asset,
        sums.trade_date,
        'funds' as tally,
        coalesce(sums.source, 'farside') as source,
        sums.instant_at,
        true as is_choosable,
        sums.funds_reported_count > 0 and sums.funds_pending_count = 0 as is_complete,
        case when is_complete then sums.sum_usd end as net_flow_usd,
        case when is_complete then sums.inflow_usd end as inflow_usd,
        case when is_complete then sums.outflow_usd end as outflow_usd,
        sums.funds_reported_count,
        sums.funds_expected_count,
        printed_totals.net_flow_usd as reported_total_usd,
    from sums
    asof left join printed_totals
        on
            sums.asset = printed_totals.asset
            and sums.trade_date = printed_totals.trade_date
            and sums.instant_at >= printed_totals.observed_at

),

{% for source in ["theblock", "coinglass"] %}
{{ source }}_flows as (

    select *
    from {{ ref("stg_" ~ source ~ "__etf_flows_versions") }}
    where asset is not null{{ " and not is_total" if source == "coinglass" }}

),

{{ source }}_sums as (

    {{ sums_as_known(source ~ "_flows", ["asset", "trade_date"], "fund_ticker", ["net_flow_usd"]) | indent(4) }}

),
{% endfor %}
-- A source of totals alone can't show that a session is complete: it is read when its settling time has passed. Sums
-- of sources whose funds are in the cells above are not chosen; they are compared, by as many funds as they
-- have.
totals as (

    select
        'defillama' as source,
        true as is_choosable,
        asset,
        trade_date,
        net_flow_usd,
        observed_at,
    from {{ ref("stg_defillama__etf_flows_versions") }}
    where asset is not null

    union all by name

    select
        'tftc' as source,
        true as is_choosable,
        asset,
        trade_date,
        net_flow_usd,
        observed_at,
    from {{ ref("stg_tftc__etf_flows_versions") }}

    union all by name

    select
        'sosovalue' as source,
        true as is_choosable,
        asset,
        trade_date,
        net_flow_usd,
        observed_at,
    from {{ ref("stg_sosovalue__summary_history_versions") }}

    union all by name

    -- The same figures from another endpoint, and for more sessions.
    select
        'sosovalue' as source,
        true as is_choosable,
        charted.asset,
        charted.trade_date,
        charted.net_flow_usd,
        charted.observed_at,
    from {{ ref("stg_sosovalue__inflow_chart_versions") }} as charted
    anti join {{ ref("stg_sosovalue__summary_history") }} as reported
        on charted.asset = reported.asset and charted.trade_date = reported.trade_date

    union all by name

    {% for source in ["theblock", "coinglass"] %}
    select
        '{{ source }}' as source,
        false as is_choosable,
        asset,
        trade_date,
        net_flow_usd,
        part_count as funds_reported_count,
        observed_at,
    from {{ source }}_sums
    {{ "union all by name" if not loop.last }}
    {% endfor %}
)

select * from funds
union all by name
select
    totals.asset,
    totals.trade_date,
    totals.source as tally,
    totals.source,
    totals.observed_at as instant_at,
    totals.is_choosable,
    true as is_complete,
    totals.net_flow_usd,
    totals.funds_reported_count,
from totals
inner join {{ ref("stg_nyse__sessions") }} as sessions
    on totals.trade_date = sessions.session_date
where sessions.closes_at <= {{ run_now() }}
