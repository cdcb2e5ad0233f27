"""Two runs weeks apart: the provider restated figures, the user made an invalid claim, and a reader is connected.

Before the last one the home has impossible rows that an older version stored.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest

from orchestration.run_summary import RunOutcome
from tests.pipeline.conftest import LATER, Runner
from tests.pipeline.processes import line_of, start

Rows = Callable[[Path, str], list[tuple[object, ...]]]
pytestmark = pytest.mark.slow

DAY = "asset = 'BTC' and scope = 'binance' and trade_date = '2025-05-01'"
FIGURE = f"select long_usd from marts.fct_daily_liquidations where {DAY}"
READ = """
import sys
import duckdb
with duckdb.connect(sys.argv[1], read_only=True) as connection:
    count = lambda: connection.execute("select count(*), max(observed_at) from marts.fct_daily_metrics").fetchone()
    before, reads = count(), 0
    print("reading", flush=True)
    while sys.stdin.readline().strip() == "again":
        assert count() == before
        reads += 1
        print(reads, flush=True)
"""


OWN_CLAIMS = """claim_id,claim_text,metric,asset,scope,time_window,statistic,claim_date,comparator,threshold
mine,"Bitcoin closed above 103,000",price_usd,BTC,binance,utc_day,close,2025-05-08,above,103000
typo,"Bitcoin closed above 103,000",price_uds,BTC,binance,utc_day,close,2025-05-08,above,103000
"""
SPOILED = """
insert into raw.binance_klines_1d by name
select * replace (90000 as high, observed_at + interval 1 hour as observed_at)
from raw.binance_klines_1d where symbol = 'BTCUSDT' and open_time = 1746662400000;
insert into raw.coinmarketcap_global_metrics by name
select * replace (0 as btc_dominance, observed_at + interval 1 hour as observed_at)
from raw.coinmarketcap_global_metrics where timestamp like '2025-05-08%';
insert into raw.coinglass_liquidations_1d by name
select * replace (
    -5 as aggregated_long_liquidation_usd, observed_at + interval 1 hour as observed_at
)
from raw.coinglass_liquidations_1d where time = 1746662400000
"""
"""Stores a bar, a market cap and liquidations of 8 May that no load would accept."""


@dataclass(frozen=True)
class Restated:
    """A home after three runs, with the file that each published and its value of `FIGURE`."""

    home: Path
    outcome: RunOutcome
    """Of the last run."""
    published: list[Path]
    reported: list[object]
    reader: "subprocess.Popen[str]"
    """A process that has had the first file open all the time."""


@pytest.fixture(scope="module")
def restated(
    sample_home: Path, tmp_path_factory: pytest.TempPathFactory, run_in: Runner, rows_of: Rows
) -> Iterator[Restated]:
    home = tmp_path_factory.mktemp("restated") / "data"
    shutil.copytree(sample_home, home, symlinks=True)
    file = home / "published" / "crypto_market.duckdb"
    published, reported = [file.resolve()], [rows_of(home, FIGURE)]
    (home / "imports" / "CRYPTOCAP_TOTAL2, 1D.csv").write_text("<html>not an export</html>")
    (home / "imports" / "claims.csv").write_text(OWN_CLAIMS)
    reader = start("-c", READ, str(file), home=home, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        assert line_of(reader) == "reading\n"
        for now in ("2025-06-12T06:00:00Z", LATER):
            if now == LATER:
                spoil(home / "warehouse.duckdb")
            outcome = run_in(home, WAREHOUSE_NOW=now)
            assert outcome.exit_code == 0
            published.append(file.resolve())
            reported.append(rows_of(home, FIGURE))
        yield Restated(home, outcome, published, reported, reader)
    finally:
        reader.kill()
        reader.wait()


def spoil(working_file: Path) -> None:
    with duckdb.connect(str(working_file)) as connection:
        stored = "select count(*) from raw.binance_klines_1d"
        before = connection.execute(stored).fetchall()
        connection.execute(SPOILED)
        assert connection.execute(stored).fetchall() > before


def test_impossible_stored_rows_are_removed_and_the_release_is_published(restated: Restated, rows_of: Rows) -> None:
    home = restated.home
    assert rows_of(home, "select count(*) from marts.fct_price_versions where high_usd < close_usd") == [(0,)]
    assert rows_of(home, "select count(*) from marts.fct_liquidation_versions where long_usd < 0") == [(0,)]
    with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as connection:
        reasons = connection.execute("select reason from raw.rejected_records").fetchall()
    reported = " ".join(str(reason) for (reason,) in reasons)
    assert "high 90000 is below" in reported
    assert "btc_dominance is 0, must be above 0 and below 100" in reported
    assert "aggregated_long_liquidation_usd is -5, must be at least 0" in reported


def test_a_restatement_becomes_a_revision_and_history_stays_readable(restated: Restated, rows_of: Rows) -> None:
    first, second, third = restated.reported
    assert first != second != third
    for day, reported in (("2025-05-13", first), ("2025-06-13", second)):
        query = f"select long_usd from daily_liquidations_as_of(timestamp '{day}') where {DAY}"
        assert rows_of(restated.home, query) == reported
    revisions = "select count(*) from marts.fct_revisions where metric = 'long_liquidations_usd' and"
    assert rows_of(restated.home, f"{revisions} {DAY}") == [(2,)]


def test_a_reader_neither_blocks_a_release_nor_is_disturbed_by_it(restated: Restated) -> None:
    assert len(set(restated.published)) == 3
    reader = restated.reader
    assert reader.stdin is not None
    reader.stdin.write("again\n")
    reader.stdin.flush()
    assert line_of(reader) == "1\n"
    reader.communicate(timeout=30)
    assert reader.returncode == 0


def test_a_problem_of_one_source_or_line_is_named_and_stops_nothing(restated: Restated, rows_of: Rows) -> None:
    """An import that is none, and a user's two claims of which one can't be judged."""
    home = restated.home
    named = {problem.dataset: problem for problem in restated.outcome.problems}
    assert "CRYPTOCAP_TOTAL2, 1D.csv" in named["tradingview bars_1d"].message
    refused = named["imports claims"]
    assert "line 3 (typo): there is no metric price_uds: did you mean price_usd?" in refused.message
    own = rows_of(home, "select claim_id, verdict, measured_value from marts.rpt_claims where origin = 'user'")
    assert own == [("mine", "confirmed", 103261.6)]
    reported = rows_of(home, "select outcome, reason from marts.rpt_source_status where source = 'imports'")
    assert reported == [("partial", refused.message)]
    explain = [sys.executable, "-m", "orchestration", "claims", "--explain", "mine"]
    environment = os.environ | {"WAREHOUSE_HOME": str(home)}
    explained = subprocess.run(explain, env=environment, capture_output=True, text=True, check=True).stdout
    assert "Bitcoin closed above 103,000" in explained
    assert "103,261.6" in explained
    assert "select" in explained.lower()
