"""Raw rows of stablecoins and other indicators that never were: restated figures, and days that are not over."""

from datetime import date, datetime

import duckdb

from tests.warehouse.raw_tables import MONDAY_MORNING, add_versions

FIRST, AGAIN = datetime(2025, 5, 8, 6), datetime(2025, 5, 9, 6)
"""Before and after the night at which as-of tables are replayed."""


def load_made_up_indicators(connection: duckdb.DuckDBPyConnection) -> None:
    """Fills the raw tables of the indicators; they exist and are empty."""
    _stablecoins(connection)


def seconds(day: date) -> int:
    return (day - date(1970, 1, 1)).days * 86_400


def _stablecoins(connection: duckdb.DuckDBPyConnection) -> None:
    """The total of 7 May was restated; one coin and one chain; the day of the run is not over."""
    seventh, eighth, today = date(2025, 5, 7), date(2025, 5, 8), date(2025, 5, 12)
    points = [
        (FIRST, "all", seventh, "200"),
        (FIRST, "coin:USDT", seventh, "150"),
        (AGAIN, "all", seventh, "204"),
        (AGAIN, "chain:Tron", eighth, "70"),
        (MONDAY_MORNING, "all", today, "999"),
    ]
    for seen, series, day, supply in points:
        row = {"series": series, "date": seconds(day), "total_circulating": supply, "total_circulating_usd": supply}
        add_versions(connection, "defillama_stablecoins_supply_1d", seen, [row])
