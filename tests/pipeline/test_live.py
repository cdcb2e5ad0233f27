"""A live run, without the sample's shortcuts: ten assets of three venues, within the venues' own rate limits."""

import os
from pathlib import Path
from unittest.mock import patch

import dagster as dg
import pytest

from orchestration.raw.working_file import connect
from orchestration.sample.server import SampleMarket
from orchestration.settings import SAMPLE_ASSETS, Settings
from orchestration.sources.shared.registry import dataset, symbols
from tests.pipeline.test_operating import execute

pytestmark = pytest.mark.slow
VENUES = (dataset("binance", "klines_1d"), dataset("bitstamp", "ohlc_1d"), dataset("coinbase", "candles_1d"))
LISTED = {
    bars.table: sum(asset in symbols(bars.provider.name) for asset in SAMPLE_ASSETS.split(",")) for bars in VENUES
}
"""How many of the ten assets each venue has a symbol for; the others are named, and stop nothing."""


def test_ten_assets_of_three_venues_are_fetched_within_the_real_rate_limits(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    home = tmp_path / "data"
    assets = [dg.AssetKey([bars.provider.name, bars.name]) for bars in VENUES]
    with SampleMarket(full=True) as market, patch.dict(os.environ, market.environment()):
        with execute(home, *assets) as (result, _):
            assert result.success
        assert len(market.requested) == len(set(market.requested)) > len(VENUES) * 9
    settings = Settings.load({"WAREHOUSE_HOME": str(home)})
    assert (settings.origin, settings.is_rate_limited) == ("live", True)
    reported = capfd.readouterr().err
    with connect(settings.working_file, read_only=True) as connection:
        outcomes = connection.execute("select distinct outcome from raw.extractions").fetchall()
        for bars in VENUES:
            counted = connection.execute(f"select count(*) from raw.{bars.table} group by {bars.key[0]}").fetchall()
            assert [rows for (rows,) in counted] == [192] * LISTED[bars.table], bars.table
            assert f"{bars.table}: complete, {192 * LISTED[bars.table]} new versions of " in reported
    assert outcomes == [("complete",)]
    assert min(LISTED.values()) >= 9
    assert "\x1b" not in reported
