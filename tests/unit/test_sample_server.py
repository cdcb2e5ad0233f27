"""The sample server: nothing from the future, the chart export, and running by itself."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import requests

from orchestration.sample.figures import figures
from orchestration.sample.server import SampleMarket


@pytest.fixture(scope="module")
def market() -> Iterator[SampleMarket]:
    with SampleMarket() as started:
        yield started


def test_nothing_that_opened_after_now_is_served() -> None:
    """At every hour of a day, the newest bar of each series opened before it."""
    for hour in range(0, 24, 5):
        now = datetime(2025, 5, 3, hour, 30, tzinfo=UTC)
        now_ms = now.timestamp() * 1000
        with SampleMarket(now) as market:
            klines = json.loads(market.respond("/binance/api/v3/klines?symbol=ETHUSDT&interval=1h", {}).body)
            candles = json.loads(market.respond("/coinbase/products/ETH-USD/candles?granularity=86400", {}).body)
        assert klines[-1][0] == now_ms - 30 * 60_000
        assert klines[-1][1:5] == [klines[-1][1]] * 4, "the running hour has only its opening price"
        assert candles[0][0] * 1000 == datetime(2025, 5, 3, tzinfo=UTC).timestamp() * 1000


def test_the_chart_export_is_written_once_and_never_over_a_file_of_the_user(tmp_path: Path) -> None:
    with SampleMarket() as market:
        (path,) = market.imports(tmp_path)
        lines = path.read_text().split("\n")
        assert path == tmp_path / "imports" / "CRYPTOCAP_TOTAL2, 1D.csv"
        assert (lines[0], len(lines)) == ("time,open,high,low,close", 181)
        assert lines[-1] == "2025-04-29,1044212489680,1054784862363,1035621069728,1050180330060"
        path.write_text("mine")
        market.imports(tmp_path)
        assert path.read_text() == "mine"
        assert list(path.parent.iterdir()) == [path]


def test_unknown_paths_are_not_found(market: SampleMarket) -> None:
    for path in ("/", "/kraken/0/public/OHLC", "/binance/api/v3/nothing", "/coinbase/products", "/defillama/snapshot"):
        assert requests.get(market.url + path, timeout=10).status_code == 404


def test_the_server_is_reachable_from_this_machine_only(market: SampleMarket) -> None:
    assert market.url.startswith("http://127.0.0.1:")


def test_the_sources_of_the_figures_are_documented() -> None:
    folder = Path(__file__).parents[2] / "orchestration" / "sample"
    named = (folder / "SOURCES.md").read_text()
    for file in sorted((folder / "figures").glob("*.csv")):
        rows = len(figures(file.stem))
        assert re.search(rf"\| `{file.name}` \|.*\| {rows} \|", named), file.name


def test_the_server_runs_by_itself_and_prints_its_settings() -> None:
    command = [sys.executable, "-m", "orchestration.sample.server", "--now", "2025-05-09T03:00:00"]
    root = Path(__file__).parents[2]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=root, env=dict(os.environ)) as process:
        assert process.stdout is not None
        try:
            lines = [process.stdout.readline() for _ in range(12)]
            settings = dict(re.findall(r"export (\w+)='(.*)'", "".join(lines)))
            assert settings["WAREHOUSE_NOW"] == "2025-05-09T03:00:00+00:00"
            reply = requests.get(f"{settings['BINANCE_BASE_URL']}/api/v3/ping", timeout=10)
            assert reply.json() == {}
        finally:
            process.kill()
