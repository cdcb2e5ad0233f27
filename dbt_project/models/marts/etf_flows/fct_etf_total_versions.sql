with candidates as (

    select
        totals.*,
        {{ precedence("etf_flows", "totals.source") }} as precedence,
    from {{ ref("int_etf_total_candidates") }} as totals

),

instants as (

    select distinct
        asset,
        trade_date,
        known_at,
    from candidates

),

sources as (

    select distinct
        asset,
        trade_date,
        source,
    from candidates

),

sources_at_instant as (

    select
        instants.asset,
        instants.trade_date,
        instants.known_at,
        sources.source,
    from instants
    inner join sources using (asset, trade_date)

),

figures_at_instant as (

    select
        sources.asset,
        sources.trade_date,
        sources.known_at,
        candidates.* exclude (asset, trade_date, known_at),
    from sources_at_instant as sources
    asof inner join candidates
        on
            sources.asset = candidates.asset
            and sources.trade_date = candidates.trade_date
            and sources.source = candidates.source
            and sources.known_at >= candidates.known_at

),

ranked as (

    select
        *,
        case
            when net_flow_usd is not null
                then row_number() over (
                    partition by asset, trade_date, known_at
                    order by net_flow_usd is null, precedence, source
                )
        end as choice,
    from figures_at_instant

),

totals as (

    select
        asset,
        trade_date,
        known_at as observed_at,
        max(source) filter (where choice = 1) as source,
        cast(max(net_flow_usd) filter (where choice = 1) as decimal(18, 2)) as net_flow_usd,
        cast(max(inflow_usd) filter (where choice = 1) as decimal(18, 2)) as inflow_usd,
        cast(max(outflow_usd) filter (where choice = 1) as decimal(18, 2)) as outflow_usd,
        cast(coalesce(max(funds_reported_count), 0) as integer) as funds_reported_count,
        cast(coalesce(max(funds_expected_count), 0) as integer) as funds_expected_count,
        cast(max(reported_total_usd) as decimal(18, 2)) as reported_total_usd,
        max(source) filter (where choice = 2) as reconciled_source,
        cast(
            max(net_flow_usd) filter (where choice = 1) - max(net_flow_usd) filter (where choice = 2)
            as decimal(18, 2)
        ) as reconciliation_gap_usd,
    from ranked
    group by all

),

changed as (

    {{ changed_versions(
        "totals",
        ["asset", "trade_date"],
        [
            "source", "net_flow_usd", "inflow_usd", "outflow_usd", "funds_reported_count", "funds_expected_count",
            "reported_total_usd", "reconciled_source", "reconciliation_gap_usd",
        ],
    ) | indent(4) }}

)

select
    asset,
    trade_date,
    observed_at,
    source,
    net_flow_usd,
    inflow_usd,
    outflow_usd,
    funds_reported_count,
    funds_expected_count,
    reported_total_usd,
    reconciled_source,
    reconciliation_gap_usd,
from changed
order by asset, trade_date, observed_at
