"""Spoiled ETF flows."""

from tests.warehouse.corruptions.corruption import Corruption, store


def seed(**spoiled: str) -> str:
    """SQL that stores the seed of ETHE, a converted trust; the sample's pages have none."""
    columns = {
        "asset": "'ETH'",
        "fund_ticker": "'ETHE'",
        "seed_usd": "9199e6",
        "footnote_mark": "'*'",
        "source": "'farside'",
        "first_observed_at": "timestamp '2025-05-12 06:00'",
        "observed_at": "timestamp '2025-05-12 06:00'",
        "revision_count": "0",
    } | spoiled
    return store("fct_etf_seed_money", columns)


ETF_FLOWS = (
    Corruption(
        "a dropped session",
        "every_nyse_session_has_a_total",
        "delete from marts.fct_daily_etf_totals where asset = 'BTC' and trade_date = '2025-01-10'",
    ),
    Corruption(
        "a session that never filled",
        "final_sessions_have_a_total_figure",
        "update marts.fct_daily_etf_totals set net_flow_usd = null where asset = 'ETH' and trade_date = '2025-04-30'",
    ),
    Corruption(
        "totals shifted by one day, onto Saturdays",
        "flows_fall_on_sessions_that_have_closed",
        "update marts.fct_daily_etf_totals set trade_date = trade_date + 1",
    ),
    Corruption(
        "a fund's flow on Good Friday",
        "flows_fall_on_sessions_that_have_closed",
        "update marts.fct_daily_etf_flows set trade_date = '2025-04-18' "
        "where fund_ticker = 'IBIT' and trade_date = '2025-04-17'",
    ),
    Corruption(
        "a session that has not closed",
        "flows_fall_on_sessions_that_have_closed",
        "insert into marts.fct_daily_etf_totals select * replace (date '2025-05-12' as trade_date) "
        "from marts.fct_daily_etf_totals where trade_date = '2025-05-09'",
    ),
    Corruption(
        "a session's row pasted under another date",
        "no_session_is_a_copy_of_another",
        "update marts.fct_daily_etf_flows as fund set net_flow_usd = pasted.net_flow_usd "
        "from (select * from marts.fct_daily_etf_flows where trade_date = '2025-05-09') as pasted "
        "where fund.trade_date = '2025-05-06' and fund.asset = pasted.asset and fund.fund_ticker = pasted.fund_ticker",
    ),
    Corruption(
        "a doubled total",
        "funds_add_up_to_the_total",
        "update marts.fct_daily_etf_totals set net_flow_usd = net_flow_usd * 2 where trade_date = '2025-05-08'",
    ),
    Corruption(
        "outflows that lost their minus sign",
        "funds_add_up_to_the_total",
        "update marts.fct_daily_etf_flows set net_flow_usd = abs(net_flow_usd)",
    ),
    Corruption(
        "a fund's column lost",
        "funds_add_up_to_the_total",
        "delete from marts.fct_daily_etf_flows where fund_ticker = 'FBTC' and trade_date = '2025-05-08'",
    ),
    Corruption(
        "a checksum that does not fit",
        "the_printed_total_is_the_computed_total",
        "update marts.fct_daily_etf_totals set reported_total_usd = reported_total_usd + 100000 "
        "where trade_date = '2025-05-08'",
    ),
    Corruption(
        "seed money counted as a flow",
        "cumulative_flows_are_running_sums",
        "update marts.fct_daily_etf_totals set cumulative_net_flow_usd = cumulative_net_flow_usd + 10360000000 "
        "where asset = 'ETH'",
    ),
    Corruption(
        "a doubled total of last year",
        "cumulative_flows_are_running_sums",
        "update marts.fct_daily_etf_totals set net_flow_usd = net_flow_usd * 2 where trade_date = '2024-11-07'",
    ),
    Corruption(
        "a whole session of zeros",
        "bitcoin_funds_are_not_all_zero",
        "update marts.fct_daily_etf_flows set net_flow_usd = 0 where asset = 'BTC' and trade_date = '2025-05-09'",
    ),
    Corruption(
        "a total of zero before all dashes",
        "bitcoin_funds_are_not_all_zero",
        "update marts.fct_daily_etf_totals set net_flow_usd = 0 where asset = 'BTC' and trade_date = '2024-12-20'",
    ),
    Corruption(
        "millions taken for dollars",
        "flows_are_in_dollars",
        "update marts.fct_daily_etf_totals set net_flow_usd = net_flow_usd / 1000000",
    ),
    Corruption(
        "dollars taken for millions",
        "flows_are_in_dollars",
        "update marts.fct_daily_etf_flows set net_flow_usd = net_flow_usd * 1000 where fund_ticker = 'IBIT'",
    ),
    Corruption(
        "a second source with another sign",
        "etf_sources_agree",
        "update marts.fct_etf_reconciliation set verdict = 'contradicts', differing_funds = 'IBIT +60.0 m' "
        "where source = (select min(source) from marts.fct_etf_reconciliation where verdict <> 'chosen')",
    ),
    Corruption(
        "a second source read too early",
        "etf_sources_agree",
        "update marts.fct_etf_reconciliation set verdict = 'differs' where trade_date = '2025-05-08'",
    ),
    Corruption(
        "a gap that hides a contradiction",
        "every_etf_source_is_reconciled",
        "update marts.fct_etf_reconciliation set net_flow_usd = net_flow_usd + 60000000 "
        "where asset = 'BTC' and trade_date = '2025-05-08'",
    ),
    Corruption(
        "a sum over four sessions",
        "sums_over_sessions_follow_from_the_days",
        "update marts.fct_etf_session_stats set net_flow_5_sessions_usd = net_flow_5_sessions_usd - net_flow_usd "
        "where asset = 'BTC' and trade_date = '2025-05-08'",
    ),
    Corruption(
        "a streak that jumps over an outflow",
        "streaks_count_sessions_of_one_direction",
        "update marts.fct_etf_session_stats set streak_sessions_count = streak_sessions_count + 3 "
        "where asset = 'BTC' and trade_date = '2025-05-08'",
    ),
    Corruption(
        "a record that was none",
        "records_have_no_larger_session_before",
        "update marts.fct_etf_session_stats set is_record_inflow = true where trade_date = '2025-05-08'",
    ),
    Corruption(
        "a week that counts a session twice",
        "periods_add_up_their_sessions",
        "update marts.fct_etf_period_flows set net_flow_usd = net_flow_usd * 1.2 "
        "where scope = 'us_spot_etfs' and period = 'week' and period_start_date = '2025-05-05'",
    ),
    Corruption(
        "an issuer without one of its funds",
        "issuers_add_up_to_the_funds",
        "delete from marts.fct_etf_issuer_flows where issuer = 'BlackRock' and trade_date = '2025-05-08'",
    ),
    Corruption(
        "a source stale for a week",
        "etf_flows_are_fresh",
        "delete from marts.fct_daily_etf_totals where asset = 'BTC' and trade_date >= '2025-05-05'",
    ),
    Corruption(
        "a seed in a column that is no fund",
        "seed_money_is_of_a_known_fund",
        seed(fund_ticker="'Total'"),
    ),
    Corruption(
        "the row of seeds read as a session's flows",
        "seed_money_is_no_flow",
        "update marts.fct_daily_etf_flows set net_flow_usd = 9199e6 "
        "where fund_ticker = 'ETHE' and trade_date = '2025-05-08'; " + seed(),
    ),
)
