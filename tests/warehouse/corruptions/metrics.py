"""Spoiled tables made from the facts: metrics, records, revisions, versions and what readers open."""

from tests.warehouse.corruptions.corruption import Corruption

METRICS = (
    Corruption(
        "a metric of another build",
        "metrics_are_the_facts",
        "update marts.fct_daily_metrics set value = value * 1.001 where metric = 'etf_net_flow_usd' and scope = 'IBIT'",
    ),
    Corruption(
        "a fact that never became a metric",
        "metrics_are_the_facts",
        "delete from marts.fct_daily_metrics where metric = 'long_liquidations_usd' and trade_date = '2025-05-08'",
    ),
    Corruption(
        "a per-fund cumulative flow of another build",
        "metrics_are_the_facts",
        "update marts.fct_daily_etf_flows set cumulative_net_flow_usd = 1e9 "
        "where fund_ticker = 'IBIT' and trade_date = '2025-05-08'",
    ),
    Corruption(
        "a capitalisation that never became a metric",
        "metrics_are_the_facts",
        "delete from marts.fct_daily_metrics where metric = 'total_market_cap_usd'",
    ),
    Corruption(
        "a metric learnt tomorrow",
        "no_metric_is_of_the_future",
        "update marts.fct_daily_metrics set observed_at = timestamp '2025-05-12 06:00:01' where scope = 'IBIT'",
    ),
    Corruption(
        "a metric of tomorrow",
        "no_metric_is_of_the_future",
        "insert into marts.fct_daily_metrics select * replace (date '2025-05-13' as trade_date) "
        "from marts.fct_daily_metrics where trade_date = '2025-05-11'",
    ),
    Corruption(
        "a figure without a record",
        "every_metric_has_its_record",
        "delete from marts.fct_daily_records where metric = 'price_usd' and trade_date = '2025-05-08'",
    ),
    Corruption(
        "records of an earlier build",
        "every_metric_has_its_record",
        "update marts.fct_daily_records set value = value + 1 where metric = 'price_usd' and trade_date = '2025-05-08'",
    ),
    Corruption(
        "highest since a day that was lower",
        "records_point_at_days_that_hold_them",
        "update marts.fct_daily_records set highest_since_date = trade_date - 1, is_record_high = false "
        "where metric = 'price_usd' and trade_date = '2025-05-08'",
    ),
    Corruption(
        "a record high that is none",
        "records_point_at_days_that_hold_them",
        "update marts.fct_daily_records set highest_since_date = null, is_record_high = true "
        "where metric = 'price_usd' and trade_date = '2025-05-08'",
    ),
    Corruption(
        "highest since the first such day, not the last",
        "the_newest_records_are_exact",
        "update marts.fct_daily_records set highest_since_date = highest_since_date - 1 "
        "where asset = 'ETH' and metric = 'total_liquidations_usd' and trade_date = '2025-05-11'",
    ),
)

HISTORY = (
    Corruption(
        "a revision with a wrong start",
        "revisions_lead_from_the_old_value_to_the_new",
        "update marts.fct_revisions set old_value = old_value * 1.5 where trade_date = '2025-05-08'",
        base="restated",
    ),
    Corruption(
        "a revision learnt tomorrow",
        "no_metric_is_of_the_future",
        "update marts.fct_revisions set observed_at = observed_at + interval 1 year where trade_date = '2025-05-08'",
        base="restated",
    ),
    Corruption(
        "a restatement that did not reach the tables",
        "the_newest_revision_is_the_published_value",
        "update marts.fct_daily_metrics set value = value * 0.99 where metric = 'short_liquidations_usd'",
        base="restated",
    ),
    Corruption(
        "a figure restated by half",
        "nothing_was_restated_by_more_than_2_percent",
        "insert into marts.fct_revisions select * replace (timestamp '2025-08-28 06:00:00' as observed_at) "
        "from marts.fct_revisions where observed_at < timestamp '2025-07-01' and trade_date = '2025-05-08'",
        base="restated",
    ),
    Corruption(
        "a backfill that replaced history instead of adding to it",
        "no_history_has_shrunk",
        "delete from marts.fct_daily_venue_prices where asset = 'BTC' and trade_date < '2025-01-01'",
    ),
    Corruption(
        "a session that was taken back",
        "no_published_figure_disappeared",
        "delete from marts.fct_daily_etf_totals where asset = 'BTC' and trade_date = '2025-05-08'",
    ),
    Corruption(
        "an asset that vanished",
        "no_history_has_shrunk",
        "delete from marts.fct_daily_metrics where asset = 'ETH'",
    ),
    Corruption(
        "a liquidation learnt after the tables were made",
        "the_newest_liquidation_version_is_published",
        "insert into marts.fct_liquidation_versions select * replace "
        "(observed_at + interval 1 hour as observed_at, total_usd * 1.1 as total_usd) "
        "from marts.fct_liquidation_versions where trade_date = '2025-05-08'",
    ),
    Corruption(
        "a price whose versions were lost",
        "the_newest_price_version_is_published",
        "delete from marts.fct_price_versions where asset = 'BTC' and trade_date = '2025-05-08'",
    ),
    Corruption(
        "a fund's flow of another build",
        "the_newest_fund_flow_version_is_published",
        "update marts.fct_etf_flow_versions set net_flow_usd = net_flow_usd * 1000 where fund_ticker = 'IBIT'",
    ),
    Corruption(
        "a total that doubled in the versions",
        "the_newest_total_flow_version_is_published",
        "update marts.fct_etf_total_versions set net_flow_usd = net_flow_usd * 2 where trade_date = '2025-05-08'",
    ),
    Corruption(
        "a capitalisation known before it was observed",
        "the_newest_market_cap_version_is_published",
        "update marts.fct_market_cap_versions set observed_at = observed_at + interval 1 year",
    ),
)

READERS = (
    Corruption(
        "a join that doubled a day",
        "the_wide_table_repeats_the_facts",
        "insert into marts.fct_daily_market from marts.fct_daily_market where trade_date = '2025-05-08'",
    ),
    Corruption(
        "zero for no session in the wide table",
        "the_wide_table_repeats_the_facts",
        "update marts.fct_daily_market set etf_net_flow_usd = coalesce(etf_net_flow_usd, 0)",
    ),
    Corruption(
        "a change over 23 hours",
        "the_past_24_hours_are_24_hours",
        "update marts.fct_rolling_24h set change_ratio = change_ratio * 1.2 "
        "where as_of_at = timestamp '2025-05-09 04:00:00'",
    ),
    Corruption(
        "hours shifted by one",
        "the_past_24_hours_are_24_hours",
        "update marts.fct_rolling_24h set as_of_at = as_of_at - interval 1 hour, "
        "value_24h_ago_at = value_24h_ago_at - interval 1 hour",
    ),
)

REPORTS = (
    Corruption(
        "a verdict without a figure",
        "a_verdict_rests_on_a_measurement",
        "update marts.rpt_claims set measured_value = null where verdict = 'confirmed'",
    ),
    Corruption(
        "a verdict of another interpretation",
        "a_claim_is_its_claimed_interpretation",
        "update marts.rpt_claim_interpretations set is_claimed = not is_claimed where claim_id = 'btc-104k-close'",
    ),
    Corruption("a brief without a sentence", "there_is_a_brief", "delete from marts.rpt_market_brief"),
    Corruption(
        "a record since another day",
        "records_in_the_brief_are_records",
        "update marts.rpt_records set since_date = since_date + 1 where trade_date = '2025-05-08'",
    ),
    Corruption(
        "a restatement that nobody told",
        "every_restatement_is_listed_once",
        "delete from marts.rpt_restatements where metric = 'short_liquidations_usd'",
        base="restated",
    ),
    Corruption(
        "a gap that is too long",
        "no_figure_lies_in_a_gap",
        "update marts.rpt_gaps set first_missing_date = first_missing_date - 3",
    ),
    Corruption(
        "a failure without a reason",
        "every_incomplete_source_has_a_reason",
        "insert into marts.rpt_source_status values ('binance', 'klines_1d', 'failed', null, '2025-05-12')",
    ),
    Corruption(
        "a source that failed",
        "every_source_is_complete",
        "insert into marts.rpt_source_status values ('binance', 'klines_1d', 'failed', 'timed out', '2025-05-12')",
    ),
)
