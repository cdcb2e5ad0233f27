{{ config(materialized="table") }}
-- A fund's flow of a closed NYSE session: the figure of the most preferred source that has one. So another source may
-- fill a cell that the preferred one shows as a dash or not at all, and never changes a figure of it. Farside's page
-- shows holidays as rows of dashes and opens the current day's row hours before the session: neither is a fact.
with reports as (

    select
        reports.* exclude (response_id, is_passing)
        -- What is withheld is no figure: another source may fill the cell.
        replace (case when withheld.reason is null then reports.net_flow_usd end as net_flow_usd),
    from {{ ref("int_etf_fund_reports") }} as reports
    left join {{ ref("int_withheld_etf_flows") }} as withheld
        on
            reports.asset = withheld.asset
            and reports.fund_ticker = withheld.scope
            and reports.trade_date = withheld.trade_date
            and reports.source = withheld.source
            and reports.observed_at = withheld.observed_at
    where not reports.is_passing

),

cells as (

    select
        reports.*,
        sessions.session_number,
        sessions.closes_at,
        {{ precedence("etf_flows", "reports.source") }} as precedence,
    from reports
    inner join {{ ref("stg_nyse__sessions") }} as sessions
        on reports.trade_date = sessions.session_date
    left join {{ ref("etf_funds") }} as funds
        on reports.asset = funds.asset and reports.fund_ticker = funds.fund_ticker
    where
        sessions.closes_at <= {{ run_now() }}
        -- Only Farside distinguishes a fund that does not trade yet (a dash) from one without a flow (0.0).
        and (reports.source = 'farside' or reports.trade_date >= coalesce(funds.first_trade_date, reports.trade_date))

),

cell_instants as (

    select distinct
        asset,
        fund_ticker,
        trade_date,
        observed_at,
    from cells

),

cell_sources as (

    select distinct
        asset,
        fund_ticker,
        trade_date,
        source,
    from cells

),

-- Every source of a cell at every instant at which any of them changed.
sources_at_instant as (

    select
        cell_instants.*,
        cell_sources.source,
    from cell_instants
    inner join cell_sources using (asset, fund_ticker, trade_date)

),

-- A join and a window, because an `asof join` of tens of thousands of keys with a few versions each takes seconds.
figures_at_instant as (

    select
        cells.* exclude (observed_at),
        instants.observed_at,
    from sources_at_instant as instants
    inner join cells
        on
            instants.asset = cells.asset
            and instants.fund_ticker = cells.fund_ticker
            and instants.trade_date = cells.trade_date
            and instants.source = cells.source
            and instants.observed_at >= cells.observed_at
    qualify
        row_number() over (
            partition by
                instants.asset, instants.fund_ticker, instants.trade_date, instants.source, instants.observed_at
            order by cells.observed_at desc
        ) = 1

),

chosen as (

    select
        asset,
        fund_ticker,
        trade_date,
        session_number,
        closes_at,
        observed_at,
        coalesce(
            arg_min(source, row(precedence, source)) filter (where net_flow_usd is not null),
            arg_min(source, row(precedence, source))
        ) as source,
        arg_min(net_flow_usd, row(precedence, source)) filter (where net_flow_usd is not null) as net_flow_usd,
    from figures_at_instant
    group by all

),

changed as (

    {{ changed_versions("chosen", ["asset", "fund_ticker", "trade_date"], ["source", "net_flow_usd"]) | indent(4) }}

)

select
    *,
    -- A figure in the place of a dash is the first report, and another source for the same figure changes nothing.
    (
        count(net_flow_usd) over so_far > 0
        and (net_flow_usd is distinct from lag(net_flow_usd) over version_order)
    ) as is_revision,
from changed
window
    version_order as (partition by asset, fund_ticker, trade_date order by observed_at),
    so_far as (
        partition by asset, fund_ticker, trade_date order by observed_at
        rows between unbounded preceding and 1 preceding
    )
