"""Liquidation events that never were, in the shape of Binance's archive: a zipped file a day, a line an event."""

import io
import tempfile
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb

from orchestration.ingest.landing import Landing, StoredResponse
from orchestration.sources.binance_archive import PROVIDER
from orchestration.sources.shared.contract import Dataset, Request, Window, ZippedCsv

EVENTS_PER_DAY = 100_000
FIRST_DAY = datetime(2015, 1, 1, tzinfo=UTC)
NOW = datetime(2035, 1, 1, tzinfo=UTC)
COLUMNS = {
    "symbol": "varchar",
    "time": "bigint",
    "side": "varchar",
    "order_type": "varchar",
    "time_in_force": "varchar",
    "original_quantity": "decimal(18,4)",
    "price": "decimal(18,8)",
    "average_price": "decimal(18,8)",
    "order_status": "varchar",
    "last_fill_quantity": "decimal(18,4)",
    "accumulated_fill_quantity": "decimal(18,4)",
}
EVENTS = Dataset(
    provider=PROVIDER,
    name="events",
    title="Liquidation events that never were",
    subject_group="liquidations",
    columns=COLUMNS,
    key=tuple(COLUMNS),
    read=ZippedCsv(
        fields={column: position for position, column in enumerate(list(COLUMNS)[1:])},
        width=10,
        close_ms="time",
        from_response={"symbol": "split_part(url, '/', -2)"},
        header="time",
    ),
    plan=lambda part: iter(()),
)


def store_day(landing: Landing, day: datetime, events: int, at: datetime) -> StoredResponse:
    """A day's file, fetched at the instant `at`."""
    file = f"COINUSD_PERP-liquidationSnapshot-{day:%Y-%m-%d}"
    with duckdb.connect() as connection, tempfile.TemporaryDirectory() as name:
        csv = Path(name) / "day.csv"
        connection.execute(f"copy ({events_of(day, events)}) to '{csv}' (header)")
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            archive.write(csv, f"{file}.csv")
    path = f"/data/COINUSD_PERP/{file}.zip"
    request = Request(path, subject="COIN", window=Window(day, day + timedelta(days=1)))
    return landing.store(EVENTS, request, f"https://unused.invalid{path}", 200, buffer.getvalue(), at)


def events_of(day: datetime, events: int, days: int = 1) -> str:
    """A query of the events of some days from `day` on, so many a day, in the order of time."""
    return f"""
        select {int(day.timestamp() * 1000)} + i * 86400000 // {events} as time,
            if(random() < 0.5, 'BUY', 'SELL') as side, 'LIMIT' as order_type,
            'IOC' as time_in_force, quantity, round(60000 + 1000 * random(), 1) as price,
            round(60000 + 1000 * random(), 4) as average_price, 'FILLED' as order_status,
            quantity as last_fill_quantity, quantity as accumulated_fill_quantity
        from (select i, 1 + (random() * 500)::integer as quantity from range({events * days}) as numbers (i))
    """
