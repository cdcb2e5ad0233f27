"""What the repository may and may not contain: no figures that others may not pass on, no keys."""

import csv
import re
import subprocess
from pathlib import Path

import duckdb

from tests.recordings import RECORDED, needs_recordings

TESTS = Path(__file__).parents[1]


def test_retired_funds_stay_in_the_list() -> None:
    seeds = TESTS.parent / "dbt_project" / "seeds" / "etf_funds.csv"
    with seeds.open(newline="") as file:
        assert ("BTC", "DEFI") in {(line["asset"], line["fund_ticker"]) for line in csv.DictReader(file)}


def test_no_key_has_a_value_in_the_example_of_settings() -> None:
    keys = re.findall(r"^\w+_API_KEY=(.*)$", (TESTS.parent / ".env.example").read_text(), re.MULTILINE)
    assert keys
    assert set(keys) == {""}


def test_no_page_of_farside_is_in_the_repository() -> None:
    """Fixtures are written by hand and have a few rows; the figures of the sample are named in its SOURCES.md."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=TESTS.parent, capture_output=True, check=True).stdout
    files = [TESTS.parent / name for name in listed.decode().split("\0") if name]
    dated = re.compile(rb"\b\d{1,2} (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) 20\d\d\b")
    rows = {path: len(dated.findall(path.read_bytes())) for path in files if path.is_file()}
    assert len(rows) > 400
    assert not {path for path, count in rows.items() if count > 20}


@needs_recordings
def test_no_recorded_liquidation_is_in_a_fixture() -> None:
    """CoinGlass allows nobody to pass its figures on: what tests are given is written by hand."""
    files = [file for file in (TESTS / "fixtures").rglob("*") if file.is_file()]
    fixtures = " ".join(file.read_text(errors="ignore") for file in files)
    figures = duckdb.sql(
        f"select unnest([aggregated_long_liquidation_usd, aggregated_short_liquidation_usd])::varchar "
        f"from '{RECORDED}/coinglass/*.parquet' where time > 1600000000000"
    ).fetchall()
    assert len(figures) > 1_000
    assert not [figure for (figure,) in figures if len(figure) > 9 and figure in fixtures]
