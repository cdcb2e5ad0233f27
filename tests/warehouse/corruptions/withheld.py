"""Figures that the models withheld: the table names them, and so must the checks."""

from tests.warehouse.corruptions.corruption import Corruption, store


def withheld(table: str, metric: str, source: str, seen: str = "2025-05-12 05:00:00") -> str:
    """SQL that stores one withheld figure of `table`."""
    return store(
        "rpt_withheld_figures",
        {
            "table_name": f"'{table}'",
            "metric": f"'{metric}'",
            "asset": "'BTC'",
            "scope": f"'{source}'",
            "trade_date": "date '2025-05-11'",
            "figure_at": "timestamp '2025-05-11'",
            "source": f"'{source}'",
            "value": "1.0",
            "reason": "'not believed'",
            "observed_at": f"timestamp '{seen}'",
            "response_id": "'made-up'",
        },
    )


WITHHELD = (
    Corruption(
        "a venue that scales its bars",
        "no_price_was_withheld",
        withheld("fct_price_versions", "price_usd", "kraken"),
    ),
    Corruption(
        "a recent day that nobody has corrected for a week",
        "no_price_was_withheld",
        withheld("fct_daily_reference_prices", "price_usd", "coinmetrics", seen="2025-05-01 05:00:00"),
    ),
    Corruption(
        "coins taken for dollars",
        "no_liquidation_sum_was_withheld",
        withheld("fct_liquidation_versions", "total_liquidations_usd", "coinglass"),
    ),
    Corruption(
        "a funding rate in percent",
        "no_derivative_figure_was_withheld",
        withheld("fct_derivative_versions", "funding_rate_ratio", "bybit"),
    ),
    Corruption(
        "a snapshot of another universe",
        "no_market_cap_was_withheld",
        withheld("fct_market_cap_versions", "total_market_cap_usd", "coinmarketcap"),
    ),
    Corruption(
        "a session of zeros",
        "no_fund_flow_was_withheld",
        withheld("fct_daily_etf_flows", "etf_net_flow_usd", "farside"),
    ),
)
