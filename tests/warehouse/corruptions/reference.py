"""Spoiled dimensions."""

from tests.warehouse.corruptions.corruption import Corruption

REFERENCE = (
    Corruption(
        "a name of nobody",
        "every_name_at_a_source_is_that_of_a_known_asset",
        "insert into marts.dim_asset_symbols values ('XBT', 'kraken', 'XBTEUR', 'EUR', null, null, 1)",
    ),
    Corruption(
        "a day dropped from the calendar",
        "the_calendar_has_every_day",
        "delete from marts.dim_dates where date = date '2025-03-04'",
    ),
    Corruption(
        "a calendar that ends before the run",
        "the_calendar_has_every_day",
        "update marts.dim_dates set is_nyse_session = null where date >= date '2025-04-01'",
    ),
    Corruption(
        "a week of sessions taken for holidays",
        "every_year_has_its_nyse_sessions",
        "update marts.dim_dates set is_nyse_session = false where date between date '2024-03-04' and date '2024-03-08'",
    ),
    Corruption(
        "a session on a Saturday",
        "every_year_has_its_nyse_sessions",
        "update marts.dim_dates set is_nyse_session = true where date = date '2025-05-10'",
    ),
    Corruption(
        "a metric without a definition",
        "every_metric_has_a_definition",
        "update marts.dim_metrics set definition = '' where metric = 'etf_net_flow_usd'",
    ),
    Corruption(
        "a metric over a window that its definition does not name",
        "every_metric_has_a_definition",
        "update marts.dim_metrics set time_windows = 'rolling_24h' where metric = 'price_usd'",
    ),
    Corruption(
        "a fund that nobody described",
        "everything_with_figures_is_described",
        "delete from marts.dim_etf_funds where fund_ticker = 'IBIT'",
    ),
    Corruption(
        "a venue that nobody described in a sum over venues",
        "everything_with_figures_is_described",
        "update marts.fct_daily_liquidations set venue_list = 'binance,mtgox' where trade_date = '2025-05-08'",
    ),
    Corruption(
        "a fee in percent",
        "funds_are_described_with_care",
        "update marts.dim_etf_funds set fee_ratio = fee_ratio * 100 where fund_ticker = 'IBIT'",
    ),
    Corruption(
        "a venue without its side",
        "every_venue_declares_what_it_reports",
        "update marts.dim_venues set name = ''",
    ),
    Corruption(
        "a scope without a title",
        "every_scope_has_a_title",
        "delete from marts.dim_titles where name = 'coinmarketcap_all'",
    ),
    Corruption(
        "an empty title",
        "every_scope_has_a_title",
        "update marts.dim_titles set title = ' ' where name = 'coinmarketcap_all'",
    ),
    Corruption(
        "an event of tomorrow",
        "events_have_a_day_and_a_source",
        "update marts.dim_market_events set event_date = date '2025-05-13' where event_id = 'ethereum_pectra'",
    ),
    Corruption(
        "an event of hearsay",
        "events_have_a_day_and_a_source",
        "update marts.dim_market_events set source_url = null where event_date = (select min(event_date) "
        "from marts.dim_market_events)",
    ),
    Corruption(
        "a break of tomorrow",
        "breaks_are_of_known_series_and_of_the_past",
        "update marts.dim_structural_breaks set break_date = date '2026-01-01'",
    ),
    Corruption(
        "a term with a fee in percent",
        "terms_of_a_fund_follow_each_other",
        "update marts.dim_etf_fund_terms set fee_ratio = 25 where fund_ticker = 'IBIT'",
    ),
    Corruption(
        "a term that begins before the one it replaces",
        "terms_of_a_fund_follow_each_other",
        "update marts.dim_etf_fund_terms set valid_from_date = date '2024-01-01' "
        "where fund_ticker = 'TETH' and term_number = 2",
    ),
)
