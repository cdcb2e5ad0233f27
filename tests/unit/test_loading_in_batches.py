"""What is loaded in batches is what one load of everything gives, whatever a batch holds."""

from datetime import timedelta

import pytest

from orchestration.raw import load as loading
from orchestration.raw.batch import Loaded
from tests.unit.test_loading import BARS, NOON, PAIRS, Bench, bar, bench

__all__ = ["bench"]


@pytest.mark.parametrize("limit", [1, 90, 2**20], ids=["a response each", "some together", "all at once"])
def test_batches_give_the_same_versions(bench: Bench, monkeypatch: pytest.MonkeyPatch, limit: int) -> None:
    """A figure that changes and changes back, a response without rows and an unreadable one."""
    monkeypatch.setattr(loading, "BATCH_BYTES", limit)
    bodies = [[bar(1), bar(2)], [bar(2, "99")], [], b"<html>", [bar(2), bar(3)], [bar(3), [0, "x", "1", "0"]]]
    stored = [bench.store_body(BARS, body, NOON + timedelta(hours=hour)) for hour, body in enumerate(bodies)]
    loaded = bench.load(BARS, *stored)
    assert (loaded.rows_read, loaded.rows_new, loaded.rejected) == (6, 5, 2)
    assert loaded.empty_responses == ("BTC from 2025-04-30",), "what can't be read is refused, not empty"
    versions = bench.rows(
        "select (open_time - 1746057600000) // 86400000, close::double from raw.acme_bars order by all"
    )
    assert versions == [(0, 100.5), (1, 99), (1, 100.5), (1, 100.5), (2, 100.5)]
    assert bench.rows("select count(*) from raw.responses") == [(6,)]


def test_nothing_is_no_batch(bench: Bench) -> None:
    assert bench.load(PAIRS) == Loaded(0, 0, 0)
