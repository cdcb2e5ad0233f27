"""Spoiled dimensions."""

from tests.warehouse.corruptions.corruption import Corruption

REFERENCE = (
    Corruption(
        "a day dropped from the calendar",
        "the_calendar_has_every_day",
        "delete from marts.dim_dates where date = date '2025-03-04'",
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
        "a fund that nobody described",
        "everything_with_figures_is_described",
        "delete from marts.dim_etf_funds where fund_ticker = 'IBIT'",
    ),
)
