"""One dataset fetched once, by the code that a run uses, up to the raw table."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from unittest.mock import patch

import dagster as dg

from orchestration.defs.resources import RunContext
from orchestration.defs.update import update_dataset
from orchestration.ingest.http import HttpClient
from orchestration.raw.working_file import connect
from orchestration.sources.shared.contract import Dataset
from tests.mock_market.faults import FIGURES, Figures

Rows = Mapping[tuple[object, ...], Mapping[str, object]]
"""The newest version of every key: its columns by name."""


@dataclass(frozen=True)
class Trial:
    """The result. `bodies`: digests of the stored responses; `error`: the exception raised, None without one."""

    outcome: str = ""
    message: str = ""
    rows: Rows = field(default_factory=dict)
    bodies: frozenset[str] = frozenset()
    error: str | None = None


def attempt(dataset: Dataset, home: Path, environment: Mapping[str, str], days: tuple[str, str] | None) -> Trial:
    """Fetch `days` of `dataset` and load the responses, without waiting for rate limits or back-offs."""
    start, end = days or ("", "")
    try:
        with _run_context(home, environment, start, end) as run_context:
            extraction = update_dataset(dataset, run_context, lambda _: None).extraction
    except Exception as error:
        return Trial(rows=stored(dataset, home), error=f"{type(error).__name__}: {error}")
    bodies = frozenset(response.sha256 for response in extraction.responses)
    return Trial(extraction.outcome, extraction.message or "", stored(dataset, home), bodies)


@contextmanager
def _run_context(home: Path, environment: Mapping[str, str], start: str, end: str) -> Iterator[RunContext]:
    with patch.dict(os.environ, {**environment, "WAREHOUSE_HOME": str(home)}):
        given = RunContext(source="live", start=start, end=end)
        with given.yield_for_execution(_context()) as run_context:
            run_context._settings = run_context.settings.model_copy(update={"is_rate_limited": False})
            run_context._client = HttpClient(run_context.settings, pause=lambda _: None)
            yield run_context


@cache
def _context() -> dg.InitResourceContext:
    """Made once: it takes longer than fetching a dataset."""
    return dg.build_init_resource_context()


def stored(dataset: Dataset, home: Path) -> Rows:
    """The newest versions in the raw table."""
    keys, columns = ", ".join(dataset.key), list(dataset.columns)
    with connect(home / "warehouse.duckdb") as connection:
        found = connection.execute(
            f"select {', '.join(columns)} from raw.{dataset.table} "
            f"qualify row_number() over (partition by {keys} order by observed_at desc) = 1"
        ).fetchall()
    stamps = FIGURES.get(dataset.table, Figures()).either_unit
    rows = (
        {name: _in_milliseconds(value) if name in stamps else value for name, value in zip(columns, row, strict=True)}
        for row in found
    )
    return {tuple(row[column] for column in dataset.key): row for row in rows}


def _in_milliseconds(stamp: int) -> int:
    return stamp // 1000 if stamp >= 10**14 else stamp
