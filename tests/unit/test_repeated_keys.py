"""A key that occurs twice in a batch is found, by the order of times or by all keys, whatever the order of the rows."""

import random

import pytest

from orchestration.raw import batch
from orchestration.sources.shared.contract import Dataset
from tests.unit.test_loading import BARS, PAIRS, Bench, bar

# The fixture of these tests is that of loading.
from tests.unit.test_loading import bench as bench

Batch = list[tuple[str, list[int]]]
"""Responses: a symbol, and the days of its rows in their order."""

WAYS = pytest.mark.parametrize("rows_per_stretch", [0, 10**9], ids=["by their order", "all of them"])


@WAYS
@pytest.mark.parametrize(
    "responses",
    [
        [("BTC", [1, 2, 3])],
        [("BTC", [1, 2, 2, 3])],
        [("BTC", [1, 1])],
        [("BTC", [3, 2, 1, 2])],
        [("BTC", [1, 2]), ("BTC", [3, 4])],
        [("BTC", [3, 4]), ("BTC", [1, 2])],
        [("BTC", [1, 2, 3]), ("BTC", [3, 4])],
        [("BTC", [3, 4]), ("BTC", [1, 2, 3])],
        [("BTC", [1, 4]), ("BTC", [2, 3])],
        [("BTC", [1, 2, 3, 4]), ("BTC", [2])],
        [("BTC", [1, 2]), ("ETH", [1, 2])],
        [("BTC", [1, 2]), ("ETH", [1, 2]), ("BTC", [2, 3])],
        [("BTC", [1, 2]), ("ETH", [1, 2]), ("BTC", [3, 4])],
        [("BTC", [1]), ("ETH", [1]), ("BTC", [1])],
    ],
    ids=str,
)
def test_each_day_of_a_symbol_is_stored_once(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, rows_per_stretch: int, responses: Batch
) -> None:
    monkeypatch.setattr(batch, "ROWS_PER_STRETCH", rows_per_stretch)
    assert_stored_once(bench, responses)


@WAYS
@pytest.mark.parametrize("seed", range(8))
def test_of_many_rows_each_is_stored_once(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, rows_per_stretch: int, seed: int
) -> None:
    """Sorted or not, with repetitions or without: more rows than DuckDB reads at once."""
    monkeypatch.setattr(batch, "ROWS_PER_STRETCH", rows_per_stretch)
    draw = random.Random(seed)
    responses = []
    for number in range(4):
        days = [-number * 1500 - draw.randrange(1400 + 4 * seed) for _ in range(900)]
        responses.append((draw.choice(["BTC", "ETH"]), sorted(days) if seed % 4 else days))
    assert_stored_once(bench, responses)


def assert_stored_once(bench: Bench, responses: Batch) -> None:
    stored = [bench.store_body(BARS, [bar(day) for day in days], subject=symbol) for symbol, days in responses]
    loaded = bench.load(BARS, *stored)
    assert loaded.rows_new == len({(symbol, day) for symbol, days in responses for day in days})
    assert loaded.rejected == 0
    rows = bench.rows("select count(*), count(distinct (symbol, open_time)) from raw.acme_bars")
    assert rows == [(loaded.rows_new, loaded.rows_new)]


@WAYS
@pytest.mark.parametrize("dataset", [BARS, PAIRS], ids=lambda dataset: str(dataset.name))
def test_a_response_that_contradicts_itself_is_rejected(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, rows_per_stretch: int, dataset: Dataset
) -> None:
    monkeypatch.setattr(batch, "ROWS_PER_STRETCH", rows_per_stretch)
    pairs = [{"k": "a", "v": 1}, {"k": "a", "v": 2}, {"k": "b", "v": 3}]
    body = [bar(1, "1"), bar(1, "2"), bar(2)] if dataset is BARS else pairs
    loaded = bench.load(dataset, bench.store_body(dataset, body))
    assert (loaded.rows_new, loaded.rejected) == (1, 1)
