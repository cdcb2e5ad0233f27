"""Figures at the bounds of what is loaded: nonsense that is possible may be withheld or published, and stops no build.

A figure that a raw table takes and a mart can't hold would block every later release, also after its correction.
"""

import re
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from orchestration.ingest.landing import Landing
from orchestration.raw.load import load
from orchestration.raw.recheck import reject_impossible_rows
from orchestration.raw.working_file import connect, prepare
from orchestration.sources.shared.contract import Dataset
from orchestration.sources.shared.figures import LARGEST, Figure
from orchestration.sources.shared.registry import datasets
from tests.unit.test_source_failures import REQUESTED, first_request, good_body
from tests.unit.wire_bench import NOW
from tests.warehouse.conftest import Warehouse, build_warehouse
from tests.warehouse.raw_tables import add_versions

SEEN = NOW.replace(tzinfo=None)
DAY_MS = 1_746_230_400_000
"""3 May 2025."""


def _bounds(figure: Figure, kind: str) -> Iterator[Decimal]:
    """The smallest and the largest figure of a type that is loaded, and the smallest that is not 0."""
    decimal = re.fullmatch(r"decimal\((\d+),(\d+)\)", kind)
    places = int(decimal[2]) if decimal else 0
    step = Decimal(1).scaleb(-places)
    digits = int(decimal[1]) - places if decimal else 9
    most = Decimal(10) ** (digits if figure.maximum is not None else min(digits, 15)) - step
    least = -most if figure.minimum is None else Decimal(figure.minimum)
    most = most if figure.maximum is None else min(most, Decimal(figure.maximum))
    inside = step if figure.excludes_bounds else Decimal(0)
    yield least + inside
    yield most - inside
    yield least + step


def _load(connection: duckdb.DuckDBPyConnection, dataset: Dataset, folder: Path) -> None:
    request = first_request(dataset)
    stored = Landing(folder).store(dataset, request, "http://unused.invalid/", 200, good_body(dataset), NOW)
    load(connection, dataset, [stored], folder)


def _spoil(connection: duckdb.DuckDBPyConnection, dataset: Dataset) -> None:
    """A later version of a row for each bound of each figure."""
    keys = connection.execute(f"select rowid from raw.{dataset.table} order by rowid").fetchall()
    columns = ", ".join(dataset.columns)
    changes = [
        (column, value)
        for column, figure in dataset.figures.items()
        if column not in dataset.key
        for value in _bounds(figure, dataset.columns[column])
    ]
    for number, (column, value) in enumerate(changes):
        place = keys[number % len(keys)][0]
        at = SEEN + timedelta(seconds=1 + number)
        connection.execute(
            f"insert into raw.{dataset.table} ({columns}, observed_at, response_id) select * replace "
            f"({value:f}::{dataset.columns[column]} as {column}) from (select {columns}, ?::timestamp, response_id "
            f"from raw.{dataset.table} where rowid = {place})",
            [at],
        )


def _add_large_liquidation(connection: duckdb.DuckDBPyConnection) -> None:
    """One order of 200 million dollars at OKX, whose value is a product of three decimals; and one of any quantity."""
    swap = {"inst_id": "XRP-USDT-SWAP", "ct_val": "100", "ct_mult": "1", "ct_val_ccy": "XRP", "ct_type": "linear"}
    add_versions(connection, "okx_futures_instruments", SEEN, [swap])
    order = {"inst_id": "XRP-USDT-SWAP", "ts": DAY_MS, "side": "sell", "pos_side": "", "occurrence": 1}
    orders = [order | {"bk_px": "2", "sz": "1000000"}, order | {"bk_px": "0.00000001", "sz": "999999999999999"}]
    add_versions(connection, "okx_futures_liquidation_orders", SEEN, orders)


@pytest.fixture(scope="module")
def spoiled(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    folder = tmp_path_factory.mktemp("landing")

    def fill(connection: duckdb.DuckDBPyConnection) -> None:
        for dataset in REQUESTED:
            _load(connection, dataset, folder)
            _spoil(connection, dataset)
        _add_large_liquidation(connection)
        reject_impossible_rows(connection, datasets())

    return build_warehouse(tmp_path_factory.mktemp("spoiled"), fill, SEEN + timedelta(hours=1))


def test_no_figure_that_is_loaded_stops_a_build(spoiled: Warehouse) -> None:
    assert spoiled.rows("select count(*) > 0 from marts.fct_daily_prices") == [(True,)]


def test_a_liquidation_of_hundreds_of_millions_has_its_value(spoiled: Warehouse) -> None:
    found = spoiled.rows(
        "select price_usd, value_usd from marts.fct_liquidation_events where venue = 'okx' order by all"
    )
    assert found == [(Decimal("0.00000001"), None), (Decimal(2), Decimal(200_000_000))], "a billion is not known"


@pytest.mark.parametrize("dataset", REQUESTED, ids=lambda dataset: str(dataset.table))
def test_beyond_the_bounds_no_row_is_kept_whatever_its_type_holds(tmp_path: Path, dataset: Dataset) -> None:
    columns = {
        name: max(LARGEST, int(figure.maximum or 0))
        for name, figure in dataset.figures.items()
        if name not in dataset.key
    }
    with connect(tmp_path / "warehouse.duckdb") as connection:
        prepare(connection, [dataset])
        _load(connection, dataset, tmp_path)
        (kept,) = connection.execute(f"select count(*) from raw.{dataset.table}").fetchall()[0]
        for column, beyond in ((column, sign * most) for column, most in columns.items() for sign in (1, -1)):
            value = f"try_cast({beyond} as {dataset.columns[column]})"
            connection.execute(
                f"insert into raw.{dataset.table} select * replace ({value} as {column}) "
                f"from raw.{dataset.table} where {value} is not null limit 1"
            )
        reject_impossible_rows(connection, [dataset])
        assert connection.execute(f"select count(*) from raw.{dataset.table}").fetchall() == [(kept,)]
