"""Farside's page of all data: 700 sessions of 13 funds parsed and loaded, first and again, beside bare DuckDB.

The reference reads the same cells from a JSON file and inserts them into a fresh table. Three turns; medians.
"""

import json
import random
import tempfile
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from statistics import median
from time import perf_counter

import duckdb

from orchestration.ingest.landing import Landing, StoredResponse
from orchestration.raw.load import load
from orchestration.raw.working_file import connect, prepare
from orchestration.sources.farside import MONTHS, parse_flows
from orchestration.sources.shared.contract import Request
from orchestration.sources.shared.registry import dataset

SESSIONS = 700
FUNDS = ["IBIT", "FBTC", "GBTC", *(f"FUND{letter}" for letter in "ABCDEFGHIJ")]
FLOWS = dataset("farside", "flows")
COLUMNS = "{asset: 'varchar', date: 'date', ticker: 'varchar', cell: 'varchar'}"


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        landing = Landing(folder / "landing")
        request = Request("/bitcoin-etf-flow-all-data/", subject="BTC")
        now = datetime(2026, 12, 1, tzinfo=UTC)
        stored = landing.store(FLOWS, request, "https://unused.invalid", 200, _page().encode(), now)
        rows = parse_flows(stored.response).rows
        cells = folder / "cells.json"
        names = ("asset", "date", "ticker", "cell")
        cells.write_text("\n".join(json.dumps(dict(zip(names, map(str, row), strict=True))) for row in rows))
        bare, parsing, first, again = [], [], [], []
        for turn in range(3):
            started = perf_counter()
            with duckdb.connect(str(folder / f"bare{turn}.duckdb")) as connection:
                connection.execute(f"create table cells as from read_json('{cells}', columns = {COLUMNS})")
            bare.append(perf_counter() - started)
            started = perf_counter()
            parse_flows(stored.response)
            parsing.append(perf_counter() - started)
            file = folder / f"warehouse{turn}.duckdb"
            first.append(_load(file, stored, landing))
            again.append(_load(file, replace(stored, response_id=f"{stored.response_id}x"), landing))
        print(f"  {SESSIONS} sessions x {len(FUNDS)} funds, {len(rows):,} cells")
        for label, seconds in (
            ("bare DuckDB", bare),
            ("parsing", parsing),
            ("first load", first),
            ("same again", again),
        ):
            print(f"  {label:<12} {median(seconds):6.2f} s  {len(rows) / median(seconds):>12,.0f} cells/s")


def _load(file: Path, stored: StoredResponse, landing: Landing) -> float:
    started = perf_counter()
    with connect(file) as connection:
        prepare(connection, [FLOWS])
        load(connection, FLOWS, [stored], landing.folder)
    return perf_counter() - started


def _page() -> str:
    draw = random.Random(0)
    day = date(2024, 1, 11)
    rows = []
    while len(rows) < SESSIONS:
        if day.isoweekday() < 6:
            tenths = [draw.randint(-5_000, 9_000) for _ in FUNDS]
            cells = "".join(f"\t<td>{_cell(flow)}</td>\n" for flow in (*tenths, sum(tenths)))
            rows.append(
                f"<tr>\n\t<td><span>{day.day:02} {MONTHS[day.month - 1]} {day.year}</span></td>\n{cells}</tr>\n"
            )
        day += timedelta(days=1)
    heads = "".join(f"<th><span>{word}</span></th>" for word in ("Date", *FUNDS, "Total"))
    table = f"<thead><tr>{heads}</tr></thead>\n<tbody>\n<tr>\n{''.join(rows)}</tbody>"
    return f'<html><body><figure>\n<table class="etf">{table}</table>\n</table></figure></body></html>'


def _cell(tenths: int) -> str:
    figure = f"{abs(tenths) / 10:,.1f}"
    text = figure if tenths >= 0 else f'<span class="redFont">({figure})</span>'
    return f'<div align="right"><span class="tabletext">{text}</span></div>'
