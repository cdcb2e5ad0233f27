"""Spoiled stablecoins and other indicators. The sample has none: good rows come with the bad ones."""

from tests.warehouse.corruptions.corruption import Corruption, store

DAYS = "generate_series(date '2025-04-12', date '2025-05-11', interval 1 day) as series (day)"
SEEN = {
    "trade_date": "day::date",
    "is_final": "true",
    "first_observed_at": "day + interval 30 hour",
    "observed_at": "day + interval 30 hour",
    "revision_count": "0",
}


def stablecoins(**spoiled: str) -> str:
    """SQL that stores thirty days of all stablecoins, with the spoiled columns as expressions over `day`."""
    columns = {"asset": "'ALL'", "scope": "'defillama_all'", "supply_usd": "2e11", "source": "'defillama_stablecoins'"}
    return store("fct_daily_stablecoins", SEEN | columns | spoiled, DAYS)


INDICATORS = (
    Corruption(
        "a supply of tomorrow",
        "stablecoin_figures_belong_to_closed_days",
        stablecoins(trade_date="day::date + 10"),
    ),
    Corruption(
        "a supply in thousands",
        "stablecoin_supply_keeps_its_unit",
        stablecoins(supply_usd="if(day = '2025-05-08', 2e8, 2e11)"),
    ),
    Corruption("a supply without its version", "the_newest_stablecoin_version_is_published", stablecoins()),
)
