"""Two runs weeks apart, of which each learns that the provider has changed its figures, while somebody reads."""

import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.pipeline.conftest import LATER, Runner
from tests.pipeline.processes import line_of, start

Ask = Callable[[Path, str], list[tuple[object, ...]]]
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


@dataclass(frozen=True)
class Restated:
    """A home after three runs, and of each the file that it published and what that file said of `FIGURE`."""

    home: Path
    published: list[Path]
    told: list[object]
    reader: "subprocess.Popen[str]"
    """A process that has had the first file open all the time."""


@pytest.fixture(scope="module")
def restated(
    sample_home: Path, tmp_path_factory: pytest.TempPathFactory, run_in: Runner, ask: Ask
) -> Iterator[Restated]:
    home = tmp_path_factory.mktemp("restated") / "data"
    shutil.copytree(sample_home, home, symlinks=True)
    file = home / "published" / "crypto_market.duckdb"
    published, told = [file.resolve()], [ask(home, FIGURE)]
    reader = start("-c", READ, str(file), home=home, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        assert line_of(reader) == "reading\n"
        for now in ("2025-06-12T06:00:00Z", LATER):
            assert run_in(home, WAREHOUSE_NOW=now).exit_code == 0
            published.append(file.resolve())
            told.append(ask(home, FIGURE))
        yield Restated(home, published, told, reader)
    finally:
        reader.kill()
        reader.wait()


def test_a_restatement_becomes_a_revision_and_the_past_stays_readable(restated: Restated, ask: Ask) -> None:
    first, second, third = restated.told
    assert first != second != third
    for day, told in (("2025-05-13", first), ("2025-06-13", second)):
        query = f"select long_usd from daily_liquidations_as_of(timestamp '{day}') where {DAY}"
        assert ask(restated.home, query) == told
    revisions = "select count(*) from marts.fct_revisions where metric = 'long_liquidations_usd' and"
    assert ask(restated.home, f"{revisions} {DAY}") == [(2,)]


def test_a_reader_neither_blocks_a_release_nor_is_disturbed_by_it(restated: Restated) -> None:
    assert len(set(restated.published)) == 3
    reader = restated.reader
    assert reader.stdin is not None
    reader.stdin.write("again\n")
    reader.stdin.flush()
    assert line_of(reader) == "1\n"
    reader.communicate(timeout=30)
    assert reader.returncode == 0
