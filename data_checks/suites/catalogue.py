"""All checks, suite by suite, in the order in which results are shown."""

from data_checks.check import Check
from data_checks.suites import (
    derivatives,
    etf_accounts,
    etf_flows,
    etf_history,
    history,
    indicators,
    leverage,
    liquidations,
    market,
    market_caps,
    metrics,
    price_continuity,
    prices,
    reference,
    reference_prices,
    reports,
    withheld,
)

SUITES: dict[str, tuple[Check, ...]] = {
    "Reference": reference.CHECKS,
    "Withheld figures": withheld.CHECKS,
    "Prices": prices.CHECKS,
    "Price continuity": price_continuity.CHECKS,
    "Reference prices": reference_prices.CHECKS,
    "ETF flows": etf_flows.CHECKS,
    "ETF accounts": etf_accounts.CHECKS,
    "ETF history": etf_history.CHECKS,
    "Liquidations": liquidations.CHECKS,
    "Derivatives": derivatives.CHECKS,
    "Leverage": leverage.CHECKS,
    "Market capitalisation": market_caps.CHECKS,
    "Indicators": indicators.CHECKS,
    "Metrics and records": metrics.CHECKS,
    "Restatements and history": history.CHECKS,
    "Tables for readers": market.CHECKS,
    "Reports": reports.CHECKS,
}

ALL_CHECKS: tuple[Check, ...] = tuple(check for checks in SUITES.values() for check in checks)
