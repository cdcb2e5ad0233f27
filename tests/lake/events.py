"""A made-up dataset of events for loads into a lake: what is loaded is known to the row, whoever loads it."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from orchestration.ingest.landing import Landing, StoredResponse
from orchestration.sources.shared.contract import ArrayRows, Dataset, Request, Window
from orchestration.sources.shared.figures import NOT_NEGATIVE, POSITIVE, Timestamp
from orchestration.sources.shared.provider import Provider, Rate

PROVIDER = Provider("acme", "Acme", "https://unused.invalid", "none", Rate(1))
NOON = datetime(2025, 5, 9, 12, tzinfo=UTC)
EVENTS = Dataset(
    PROVIDER,
    "events",
    "Events",
    "prices",
    {"symbol": "varchar", "event_time": "bigint", "price": "decimal(18,8)", "volume": "decimal(28,8)"},
    ("symbol", "event_time"),
    ArrayRows({"event_time": 0, "price": 1, "volume": 2}, 3, "event_time", {"symbol": "symbol"}),
    plan=lambda part: iter(()),
    figures={"price": POSITIVE, "volume": NOT_NEGATIVE},
    timestamps={"event_time": Timestamp("ms")},
)
ROWS = 400
"""Per response. More than DuckLake keeps in PostgreSQL, so each load writes Parquet files."""
MONTHS = [datetime(2024, month, 1, tzinfo=UTC) for month in range(1, 13)]


def body(month: datetime, part: int, price: str = "100.5") -> bytes:
    """Events of one part of a month; no two parts share a key."""
    first = int(month.timestamp() * 1000) + part * ROWS * 1000
    return json.dumps([[first + i * 1000, price, f"{i}.25"] for i in range(ROWS)]).encode()


def store(landing: Path, month: datetime, part: int = 0, at: datetime = NOON, price: str = "100.5") -> StoredResponse:
    """A landing file with one part of a month, observed at `at`."""
    window = Window(month, month + timedelta(days=27))
    request = Request("/events", {"symbol": "BTC", "part": str(part)}, "BTC", window)
    content = body(month, part, price)
    return Landing(landing).store(EVENTS, request, "https://unused.invalid/events", 200, content, at)


def months(landing: Path, wanted: list[datetime], parts: int = 1) -> Iterator[StoredResponse]:
    for month in wanted:
        for part in range(parts):
            yield store(landing, month, part)
