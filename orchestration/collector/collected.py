"""The hours that the collector has stored since the last run, for a run to load."""

from datetime import datetime

import duckdb

from orchestration.ingest.extraction import NOT_COLLECTED, Extraction
from orchestration.ingest.landing import Landing
from orchestration.settings import Settings
from orchestration.sources.shared.contract import Dataset


def collected(dataset: Dataset, settings: Settings, connection: duckdb.DuckDBPyConnection, now: datetime) -> Extraction:
    """The hours of a stream up to `now` that are not in the raw tables yet, oldest first.

    They were observed when they were collected; an hour that ended after the run began is left to the next run.
    """
    stored = list(Landing.of(settings).all(dataset.provider.name, dataset.name))
    if not stored:
        return Extraction(dataset, (), skipped=NOT_COLLECTED)
    known = {
        response_id
        for (response_id,) in connection.execute(
            "select response_id from raw.responses where source = ? and dataset = ?",
            [dataset.provider.name, dataset.name],
        ).fetchall()
    }
    return Extraction(
        dataset,
        tuple(response for response in stored if response.response_id not in known and response.observed_at <= now),
    )
