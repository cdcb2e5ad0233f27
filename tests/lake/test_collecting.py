"""A collector on a lake: one per stream, hours in the home first, and in the lake when its servers are there."""

from pathlib import Path

import pytest

from orchestration.cli.collect import _sharing
from orchestration.file_errors import WarehouseBusy
from orchestration.ingest.landing import Landing
from orchestration.lake.origin import origin_of_lake
from orchestration.settings import Settings
from tests.lake.conftest import Shared
from tests.lake.events import EVENTS, MONTHS, store


def test_collected_hours_reach_the_machines_that_load_them(shared: Shared, tmp_path: Path) -> None:
    settings = Settings.load()
    with _sharing(settings, ["acme"]):
        with pytest.raises(WarehouseBusy, match="works on collecting acme"), _sharing(settings, ["acme"]):
            pass
        stored = store(settings.landing, MONTHS[0])
    assert origin_of_lake(shared.lake) == "live"
    other = Settings.load({"WAREHOUSE_HOME": str(tmp_path / "other")})
    (fetched,) = Landing.of(other).all("acme", EVENTS.name)
    assert (fetched.response_id, fetched.damage) == (stored.response_id, None)
    assert fetched.path.is_relative_to(tmp_path / "other")
