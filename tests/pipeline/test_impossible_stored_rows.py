"""Impossible rows that an older version stored: they are not published, and block no release."""

import shutil
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from orchestration.settings import Settings
from tests.pipeline.conftest import LATER, Runner

Rows = Callable[[Path, str], list[tuple[object, ...]]]
pytestmark = pytest.mark.slow

SPOILED = """
insert into raw.binance_klines_1d by name
select * replace (90000 as high, observed_at + interval 1 hour as observed_at, 1 as content_hash)
from raw.binance_klines_1d where symbol = 'BTCUSDT' and open_time = 1746662400000;
insert into raw.coinmarketcap_global_metrics by name
select * replace (0 as btc_dominance, observed_at + interval 1 hour as observed_at, 1 as content_hash)
from raw.coinmarketcap_global_metrics where timestamp like '2025-05-08%';
insert into raw.coinglass_liquidations_1d by name
select * replace (
    -5 as aggregated_long_liquidation_usd, observed_at + interval 1 hour as observed_at, 1 as content_hash
)
from raw.coinglass_liquidations_1d where time = 1746662400000
"""


def test_impossible_stored_rows_are_removed_and_the_release_is_published(
    sample_home: Path, tmp_path: Path, run_in: Runner, rows_of: Rows
) -> None:
    home = tmp_path / "data"
    shutil.copytree(sample_home, home, symlinks=True)
    file = Settings.load({"WAREHOUSE_HOME": str(home)}).working_file
    with duckdb.connect(str(file)) as connection:
        (before,) = connection.execute("select count(*) from raw.binance_klines_1d").fetchone() or (0,)
        connection.execute(SPOILED)
        (spoiled,) = connection.execute("select count(*) from raw.binance_klines_1d").fetchone() or (0,)
    assert spoiled > before
    assert run_in(home, WAREHOUSE_NOW=LATER).exit_code == 0
    assert rows_of(home, "select count(*) from marts.fct_price_versions where high_usd < close_usd") == [(0,)]
    assert rows_of(home, "select count(*) from marts.fct_liquidation_versions where long_usd < 0") == [(0,)]
    with duckdb.connect(str(file), read_only=True) as connection:
        reasons = connection.execute("select reason from raw.rejected_records").fetchall()
    reported = " ".join(str(reason) for (reason,) in reasons)
    assert "high 90000 is below" in reported
    assert "btc_dominance is 0, must be above 0 and below 100" in reported
    assert "aggregated_long_liquidation_usd is -5, must be at least 0" in reported
