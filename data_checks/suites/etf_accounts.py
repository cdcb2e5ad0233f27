"""Flows of US spot ETFs as accounts: sums, checksums, running sums, units, and sources against each other."""

from data_checks.check import Check, NoRows

# Farside prints tenths of a million: two roundings can differ by half a tenth. One dollar is for our own division.
PRINT_TOLERANCE_USD = 50_001

FLOWS = """
    select asset, 'all funds' as fund_ticker, trade_date, source, net_flow_usd, cumulative_net_flow_usd from $batch
    union all
    select asset, fund_ticker, trade_date, source, net_flow_usd, cumulative_net_flow_usd
    from marts.fct_daily_etf_flows
"""

CHECKS = (
    Check(
        name="funds_add_up_to_the_total",
        table="fct_daily_etf_totals",
        severity="warning",
        reason=(
            "The sum over funds equals the total on all 1178 final days known; a difference means that a fund is "
            "missing from one of the two, or that they come from two sources."
        ),
        rule=NoRows(
            """
            with funds as (
                select asset, trade_date, sum(net_flow_usd) as funds_usd, count(net_flow_usd) as funds_count
                from marts.fct_daily_etf_flows group by all
            )
            select asset, trade_date, total.source, net_flow_usd, funds_usd, inflow_usd, outflow_usd,
                funds_reported_count, funds_count
            from $batch as total inner join funds using (asset, trade_date)
            where funds_count <> funds_reported_count
                or (funds_count >= funds_expected_count and abs(net_flow_usd - funds_usd) > $tolerance)
            order by all
            """,
            {"tolerance": PRINT_TOLERANCE_USD},
        ),
    ),
    Check(
        name="the_printed_total_is_the_computed_total",
        table="fct_daily_etf_totals",
        severity="warning",
        reason=(
            "The source's own total is its checksum: a gap means that it changed one of the two alone, or that a fund "
            "was misread. `reported_total_usd` is published next to the sum."
        ),
        rule=NoRows(
            """
            select asset, trade_date, source, net_flow_usd, reported_total_usd,
                net_flow_usd - reported_total_usd as gap_usd
            from $batch
            where source = 'farside' and funds_reported_count >= funds_expected_count and funds_reported_count > 0
                and abs(net_flow_usd - reported_total_usd) > $tolerance
            order by all
            """,
            {"tolerance": PRINT_TOLERANCE_USD},
        ),
    ),
    Check(
        name="cumulative_flows_are_running_sums",
        table="fct_daily_etf_totals",
        severity="warning",
        reason=(
            "'40 billion since launch' must be the sum of the days: seed money, a doubled or an edited day would "
            "break it."
        ),
        rule=NoRows(
            f"""
            with flows as ({FLOWS}),
            steps as (
                select *,
                    row_number() over series = 1 as is_first,
                    lag(cumulative_net_flow_usd) over series as cumulative_before_usd
                from flows window series as (partition by asset, fund_ticker order by trade_date)
            )
            select asset, fund_ticker, trade_date, cumulative_before_usd, net_flow_usd, cumulative_net_flow_usd
            from steps
            where case when is_first
                then cumulative_net_flow_usd <> net_flow_usd
                else abs(cumulative_net_flow_usd - cumulative_before_usd - net_flow_usd) > 0.5
            end
            order by all
            """
        ),
    ),
    Check(
        name="bitcoin_funds_are_not_all_zero",
        table="fct_daily_etf_totals",
        severity="warning",
        reason=(
            "In 651 sessions it never happened for Bitcoin: most likely the source's placeholder of a session that is "
            "not reported yet; the next run replaces it."
        ),
        rule=NoRows(
            """
            with funds as (
                select asset, trade_date, any_value(source) as source, bool_and(net_flow_usd = 0) as all_zero
                from marts.fct_daily_etf_flows where net_flow_usd is not null group by all
            )
            select total.asset, total.trade_date, coalesce(total.source, funds.source) as source, total.net_flow_usd,
                funds.all_zero as all_funds_zero
            from $batch as total left join funds using (asset, trade_date)
            where total.asset = 'BTC' and (total.net_flow_usd = 0 or funds.all_zero)
            order by all
            """
        ),
    ),
    Check(
        name="flows_are_in_dollars",
        table="fct_daily_etf_totals",
        severity="warning",
        reason=(
            "Sources print dollars or millions. The largest day was 1.4 billion, the grid is 100,000: a figure "
            "outside is most likely in another unit."
        ),
        rule=NoRows(
            f"""
            with flows as ({FLOWS})
            select asset, fund_ticker, trade_date, source, net_flow_usd from flows
            where abs(net_flow_usd) > $largest
                or (source <> 'sosovalue' and net_flow_usd <> 0 and abs(net_flow_usd) < $smallest)
            order by all
            """,
            {"largest": "10e9", "smallest": "1e4"},
        ),
    ),
    Check(
        name="etf_sources_agree",
        table="fct_etf_reconciliation",
        severity="warning",
        reason=(
            "Two tallies of a session are further apart than rounding explains. The preferred source's figure is "
            "published; the funds in which the other one differs are named."
        ),
        next_step="Look the funds up at their issuers before you quote the session; `fct_etf_reconciliation` has both.",
        rule=NoRows(
            """
            select asset, trade_date, source, verdict, net_flow_usd, chosen_source, chosen_net_flow_usd, gap_usd,
                differing_funds
            from $batch where verdict in ('contradicts', 'differs')
            order by verdict, trade_date desc, asset, source
            """
        ),
    ),
    Check(
        name="every_etf_source_is_reconciled",
        table="fct_etf_reconciliation",
        severity="warning",
        reason="The gap is what a reader judges a total by: it must be the difference of the two totals beside it.",
        rule=NoRows(
            """
            with reconciliation as (select * from $batch)
            select reconciliation.asset, trade_date, reconciliation.source, reconciliation.net_flow_usd, gap_usd,
                total.net_flow_usd as total_usd
            from reconciliation
            left join marts.fct_daily_etf_totals as total using (asset, trade_date)
            where gap_usd is distinct from total.net_flow_usd - reconciliation.net_flow_usd
                or chosen_source is distinct from total.source
            order by all
            """
        ),
    ),
)
