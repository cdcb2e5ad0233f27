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
        instant_at,
    from candidates

),

tallies as (

    select distinct
        asset,
        trade_date,
        tally,
    from candidates

),

tallies_at_instant as (

    select
        instants.asset,
        instants.trade_date,
        instants.instant_at,
        tallies.tally,
    from instants
    inner join tallies using (asset, trade_date)

),

figures_at_instant as (

    select
        tallies.instant_at,
        candidates.* exclude (instant_at),
    from tallies_at_instant as tallies
    asof inner join candidates
        on
            tallies.asset = candidates.asset
            and tallies.trade_date = candidates.trade_date
            and tallies.tally = candidates.tally
            and tallies.instant_at >= candidates.instant_at

),

-- The sum of the funds where it is complete, else the total of the most preferred source.
ranked as (

    select
        *,
        is_choosable
        and net_flow_usd is not null
        and row_number() over (
            partition by asset, trade_date, instant_at
            order by not is_choosable or net_flow_usd is null, tally != 'funds', precedence, source
        ) = 1 as is_chosen,
    from figures_at_instant

),

compared as (

    select
        *,
        max(net_flow_usd) filter (where is_chosen) over one_instant - net_flow_usd as gap_usd,
        max(greatest(funds_reported_count, funds_expected_count)) filter (where tally = 'funds') over one_instant
            as funds_count,
        -- A sum over some of the funds is not comparable with the sum over all of them.
        coalesce(funds_reported_count < funds_count, false) as is_partial,
        (
            not is_chosen
            and not is_partial
            and (source is distinct from max(source) filter (where is_chosen) over one_instant)
            and gap_usd is not null
        ) as is_compared,
    from ranked
    window one_instant as (partition by asset, trade_date, instant_at)

),

totals as (

    select
        asset,
        trade_date,
        instant_at as observed_at,
        max(source) filter (where is_chosen) as source,
        cast(max(net_flow_usd) filter (where is_chosen) as decimal(18, 2)) as net_flow_usd,
        cast(max(inflow_usd) filter (where is_chosen) as decimal(18, 2)) as inflow_usd,
        cast(max(outflow_usd) filter (where is_chosen) as decimal(18, 2)) as outflow_usd,
        cast(coalesce(max(funds_reported_count) filter (where tally = 'funds'), 0) as integer) as funds_reported_count,
        cast(coalesce(max(funds_expected_count) filter (where tally = 'funds'), 0) as integer) as funds_expected_count,
        cast(max(reported_total_usd) as decimal(18, 2)) as reported_total_usd,
        -- The source furthest away; of several the least preferred, which depends least on the chosen one.
        arg_max(source, row(abs(gap_usd), precedence)) filter (where is_compared) as reconciled_source,
        cast(
            arg_max(gap_usd, row(abs(gap_usd), precedence)) filter (where is_compared) as decimal(18, 2)
        ) as reconciliation_gap_usd,
    from compared
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
