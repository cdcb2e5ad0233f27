"""Stablecoins and other indicators in the made-up market: versions, scopes, whole days, and their long table."""

from datetime import date, datetime
from decimal import Decimal

from tests.warehouse.conftest import Warehouse


def test_a_supply_is_the_newest_version_of_a_closed_day_per_coin_and_chain(made_up: Warehouse) -> None:
    query = "select asset, scope, trade_date, supply_usd, is_final, revision_count from marts.fct_daily_stablecoins"
    assert made_up.rows(f"{query} order by all") == [
        ("ALL", "defillama_all", date(2025, 5, 7), Decimal(204), True, 1),
        ("ALL", "defillama_tron", date(2025, 5, 8), Decimal(70), True, 0),
        ("USDT", "defillama_all", date(2025, 5, 7), Decimal(150), True, 0),
    ]


def test_a_restated_supply_is_a_revision_and_is_read_as_of_an_instant(made_up: Warehouse) -> None:
    where = "where metric = 'stablecoin_supply_usd' and asset = 'ALL' and trade_date = '2025-05-07'"
    revision = made_up.row(f"select old_value, new_value, observed_at from marts.fct_revisions {where}")
    assert revision == (200, 204, datetime(2025, 5, 9, 6))
    assert made_up.row(f"select value from daily_metrics_as_of('2025-05-09') {where}") == (200,)
    assert made_up.row(f"select value, is_record_high from marts.fct_daily_records {where}") == (204, True)
