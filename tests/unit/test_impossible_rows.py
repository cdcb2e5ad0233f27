"""Impossible rows: rejected before they are stored, each with its reason; the others of the response are kept."""

import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

import duckdb
import pytest
from pytest_httpserver import HTTPServer
from wire_bench import FIRST_DAYS, NOW, WireBench, fixture

from orchestration.ingest.extract import extract
from orchestration.ingest.http import HttpClient
from orchestration.ingest.landing import Landing
from orchestration.raw import recheck
from orchestration.raw.known_rows import Rows
from orchestration.raw.load import forget, load
from orchestration.raw.recheck import reject_impossible_rows
from orchestration.raw.rejected_records import rejections
from orchestration.raw.row_rules import Rule
from orchestration.raw.working_file import connect, prepare
from orchestration.settings import Settings
from orchestration.sources.shared.contract import Dataset, Request, Window
from orchestration.sources.shared.registry import dataset, symbols

MAY_1, DAY = 1746057600000, 86_400_000
BARS: list[list[Any]] = json.loads(fixture("binance/klines_1d.json"))


def changed(index: int, value: object) -> bytes:
    """Three bars, of which the first has another value at `index`."""
    return json.dumps([[*BARS[0][:index], value, *BARS[0][index + 1 :]], *BARS[1:3]]).encode()


@pytest.mark.parametrize(
    ("index", "value", "reason"),
    [
        (2, "95000.0", "high 95000 is below close 96500.25"),
        (2, "90000.0", "high 90000 is below open 94000"),
        (3, "95000.5", "low 95000.5 is above open 94000"),
        (4, None, "close is missing"),
        (4, "0", "close is 0, must be above 0"),
        (1, "-94000.0", "open is -94000, must be above 0"),
        (4, "Infinity", "close is 'Infinity', not a decimal(18,8)"),
        (5, "-0.5", "volume is -0.5, must be at least 0"),
        (8, -1, "trade_count is -1, must be at least 0"),
        (0, MAY_1 // 1000, "open_time 1746057600 would be 1970-01-21 05:00:57: the stamp is in another unit"),
        (0, MAY_1 + 3_600_000, "open_time is 2025-05-01 01:00:00 UTC, no midnight in UTC"),
        (0, MAY_1 + 9 * DAY, "open_time is 2025-05-10 00:00:00 UTC, after the response: it lies in the future"),
        (6, (MAY_1 + DAY) * 1000, "close_time 1746144000000000 would be 57303-02-07 00:00:00: the stamp is in"),
        (0, 10**18, "open_time 1000000000000000000 would be 1000000000000000000: the stamp is in another unit"),
    ],
)
def test_an_impossible_bar_is_rejected_with_the_wrong_figure(
    httpserver: HTTPServer, tmp_path: Path, index: int, value: object, reason: str
) -> None:
    bench = WireBench(httpserver, tmp_path, dataset("binance", "klines_1d"))
    extraction, _ = bench.run(changed(index, value))
    assert [row[0] for row in bench.rows("open_time")] == [MAY_1 + DAY, MAY_1 + 2 * DAY]
    (message,) = bench.rejection_reasons()
    assert reason in message
    assert extraction.outcome == "partial"
    assert message in (extraction.message or "")


def test_a_bare_nan_is_rejected(httpserver: HTTPServer, tmp_path: Path) -> None:
    bench = WireBench(httpserver, tmp_path, dataset("binance", "klines_1d"))
    bench.run(changed(4, math.nan))
    assert [row[0] for row in bench.rows("open_time")] == [MAY_1 + DAY, MAY_1 + 2 * DAY]
    assert len(bench.rejection_reasons()) == 1


def test_a_corrected_bar_is_loaded(httpserver: HTTPServer, tmp_path: Path) -> None:
    WireBench(httpserver, tmp_path, dataset("binance", "klines_1d")).run(changed(4, None))
    httpserver.clear()
    later = WireBench(httpserver, tmp_path, dataset("binance", "klines_1d"), now=NOW + timedelta(hours=1))
    extraction, loaded = later.run(json.dumps(BARS[:3]).encode())
    assert (extraction.outcome, loaded.rows_new, loaded.rejected) == ("complete", 1, 0)
    assert len(later.rows("open_time")) == 3


@pytest.mark.parametrize("body", [b"\xef\xbb\xbf%s", b"%s\n"], ids=["a byte order mark", "a line's end"])
def test_a_verified_body_is_loaded(httpserver: HTTPServer, tmp_path: Path, body: bytes) -> None:
    bench = WireBench(httpserver, tmp_path, dataset("binance", "klines_1d"))
    extraction, loaded = bench.run(body % json.dumps(BARS[:3]).encode())
    assert (extraction.outcome, loaded.rows_new, loaded.rejected) == ("complete", 3, 0)


def test_quoted_timestamps_are_valid(httpserver: HTTPServer, tmp_path: Path) -> None:
    bench = WireBench(httpserver, tmp_path, dataset("binance", "klines_1d"))
    extraction, loaded = bench.run(json.dumps([[str(bar[0]), *bar[1:]] for bar in BARS[:3]]).encode())
    assert (extraction.outcome, loaded.rows_new, loaded.rejected) == ("complete", 3, 0)


def test_a_body_refused_by_verify_is_neither_loaded_nor_reparsed(httpserver: HTTPServer, tmp_path: Path) -> None:
    found = dataset("binance", "klines_1d")
    bench = WireBench(httpserver, tmp_path, found)
    extraction, loaded = bench.run(json.dumps([[bar[0] * 1000, *bar[1:]] for bar in BARS[:3]]).encode())
    assert (extraction.outcome, loaded.rows_new, loaded.rows_read) == ("failed", 0, 0)
    (message,) = bench.rejection_reasons()
    assert "microseconds; milliseconds were expected; set BINANCE_BASE_URL" in message
    with connect(tmp_path / "warehouse.duckdb") as connection:
        prepare(connection, [found])
        again = load(connection, found, extraction.responses, tmp_path / "landing")
    assert (again.rows_read, again.rejected) == (0, 1)


def test_a_body_is_verified_as_it_is_fetched_and_again_when_it_is_read_from_disk(
    httpserver: HTTPServer, tmp_path: Path
) -> None:
    verified: list[str] = []
    daily = dataset("binance", "klines_1d")
    noted = replace(daily, verify=lambda response: verified.append(response.response_id))
    WireBench(httpserver, tmp_path, noted).run(json.dumps(BARS[:3]).encode())
    landing = Landing(tmp_path / "landing")
    (stored,) = landing.all("binance")
    assert verified == [stored.response_id]
    with connect(tmp_path / "warehouse.duckdb") as connection:
        load(connection, noted, [stored], landing.folder)
    assert verified == [stored.response_id] * 2


ONE_OF_TWO = {
    "coinbase candles_1d": (
        b"[[1746057600,1,3,2,2,5],[1746144000,2,1,2,2,5]]",
        "high 1 is below open 2",
    ),
    "coinglass liquidations_1d": (
        b'{"code":"0","data":[{"time":1746057600000,"aggregated_long_liquidation_usd":0,'
        b'"aggregated_short_liquidation_usd":0},{"time":1746144000000,"aggregated_long_liquidation_usd":-4.5,'
        b'"aggregated_short_liquidation_usd":1}]}',
        "aggregated_long_liquidation_usd is -4.5, must be at least 0",
    ),
    "coinmarketcap global_metrics": (
        json.dumps(
            {
                "status": {"error_code": 0},
                "data": {
                    "quotes": [
                        {
                            "timestamp": f"2025-05-0{day}T00:05:00.000Z",
                            "btc_dominance": share,
                            "eth_dominance": 8.0,
                            "quote": {"USD": {"total_market_cap": 3.3e12, "altcoin_market_cap": 1.3e12}},
                        }
                        for day, share in ((1, 60.5), (2, 0))
                    ]
                },
            }
        ).encode(),
        "btc_dominance is 0, must be above 0 and below 100",
    ),
}


@pytest.mark.parametrize("name", [name for name, case in ONE_OF_TWO.items() if case])
def test_parsers_and_bulk_readers_have_the_same_checks(httpserver: HTTPServer, tmp_path: Path, name: str) -> None:
    case = ONE_OF_TWO[name]
    assert case is not None
    body, reason = case
    variables = {"COINGLASS_EXCHANGE_LISTS": "Binance"}
    bench = WireBench(httpserver, tmp_path, dataset(*name.split()), **variables)
    extraction, loaded = bench.run(body)
    assert (extraction.outcome, loaded.rows_new) == ("partial", 1)
    assert bench.rejection_reasons() == [reason]


def test_a_total_below_the_part_without_bitcoin_is_rejected(httpserver: HTTPServer, tmp_path: Path) -> None:
    case = ONE_OF_TWO["coinmarketcap global_metrics"]
    assert case is not None
    body = case[0].replace(b"1300000000000.0", b"3300000000000.0")
    bench = WireBench(httpserver, tmp_path, dataset("coinmarketcap", "global_metrics"))
    _, loaded = bench.run(body)
    assert loaded.rows_new == 0
    assert (
        "altcoin_market_cap is 3300000000000, must be below total_market_cap 3300000000000" in bench.rejection_reasons()
    )


def test_impossible_lines_of_an_export_are_rejected_one_by_one(tmp_path: Path) -> None:
    imports = tmp_path / "imports"
    imports.mkdir()
    (imports / "CRYPTOCAP_TOTAL2, 1D.csv").write_text(
        "time,open,high,low,close\n2025-05-01,5,1,7,3\n2025-05-02,0,0,0,0\n2025-05-03,5,7,4,6\n"
    )
    bars = dataset("tradingview", "bars_1d")
    settings = Settings.load({"WAREHOUSE_HOME": str(tmp_path), "WAREHOUSE_NOW": NOW.isoformat()})
    extraction = extract(bars, settings, HttpClient(settings), symbols("tradingview"), NOW)
    with connect(settings.working_file) as connection:
        prepare(connection, [bars])
        loaded = load(connection, bars, extraction.responses, settings.landing)
        rejected = rejections(connection, extraction.accepted_ids)
        days = connection.execute("select time from raw.tradingview_bars_1d").fetchall()
    assert (loaded.rows_new, loaded.rejected, days) == (1, 2, [("2025-05-03",)])
    assert "high 1 is below open 5" in str(rejected.sentence)
    assert "open is 0, must be above 0" in str(rejected.sentence)


class Stored:
    """A home of an older version: a bar whose high is below its close."""

    def __init__(self, folder: Path, connection: duckdb.DuckDBPyConnection, bars: Dataset) -> None:
        self.connection, self.bars = connection, bars
        self.landing = Landing(folder / "landing")
        request = Request("/api/v3/klines", {"symbol": "BTCUSDT"}, "BTC", FIRST_DAYS)
        self.response = self.landing.store(bars, request, "http://unused.invalid", 200, changed(2, "90000.0"), NOW)
        prepare(connection, [bars])
        load(connection, bars, [self.response], self.landing.folder)
        self.insert_impossible_bar()
        connection.execute("delete from raw.rejected_records")

    def insert_impossible_bar(self) -> None:
        columns = ", ".join([*self.bars.columns, "observed_at", "response_id"])
        self.connection.execute(
            f"insert into raw.binance_klines_1d ({columns}) select {columns} from "
            f"(select * replace ({MAY_1} as open_time, 90000 as high) from raw.binance_klines_1d limit 1)"
        )

    def days(self) -> list[int]:
        return [day for (day,) in self.connection.execute("select open_time from raw.binance_klines_1d").fetchall()]

    def reasons(self) -> list[str]:
        return [why for (why,) in self.connection.execute("select reason from raw.rejected_records").fetchall()]


@pytest.fixture
def stored(tmp_path: Path) -> Iterator[Stored]:
    with connect(tmp_path / "warehouse.duckdb") as connection:
        yield Stored(tmp_path, connection, dataset("binance", "klines_1d"))


def test_reparse_checks_rows_of_an_older_version_again(stored: Stored) -> None:
    assert MAY_1 in stored.days()
    forget(stored.connection, [stored.bars])
    load(stored.connection, stored.bars, [stored.response], stored.landing.folder)
    assert sorted(stored.days()) == [MAY_1 + DAY, MAY_1 + 2 * DAY]
    assert stored.reasons() == ["high 90000 is below open 94000"]


def test_stored_rows_are_checked_again_before_the_marts_are_built(stored: Stored) -> None:
    (message,) = reject_impossible_rows(stored.connection, [stored.bars])
    assert "binance klines_1d: 1 stored row can't be true and will not be published: high 90000 is below" in message
    assert "`warehouse reparse binance` loads all of its responses again" in message
    assert sorted(stored.days()) == [MAY_1 + DAY, MAY_1 + 2 * DAY]
    assert len(stored.reasons()) == 1
    assert reject_impossible_rows(stored.connection, [stored.bars]) == []


def test_stored_rows_are_judged_once_by_the_same_rules_and_new_ones_when_they_are_there(stored: Stored) -> None:
    judged: list[int] = []
    judge = recheck._judge

    def noted(connection: duckdb.DuckDBPyConnection, bars: Dataset, rules: Sequence[Rule], known: Rows) -> str | None:
        judged.append(known.row_count)
        return judge(connection, bars, rules, known)

    lenient = replace(stored.bars, bar=None)
    with patch.object(recheck, "_judge", noted):
        assert reject_impossible_rows(stored.connection, [lenient]) == []
        assert reject_impossible_rows(stored.connection, [lenient]) == []
        assert judged == [0]
        # Other rules.
        assert len(reject_impossible_rows(stored.connection, [stored.bars])) == 1
        assert reject_impossible_rows(stored.connection, [stored.bars]) == []
        assert judged == [0, 0]
        stored.insert_impossible_bar()
        assert len(reject_impossible_rows(stored.connection, [stored.bars])) == 1
        assert judged == [0, 0, 2]
        # An earlier row is another version.
        stored.connection.execute(
            f"update raw.binance_klines_1d set high = 1, response_id = 'other' where open_time = {MAY_1 + DAY}"
        )
        assert len(reject_impossible_rows(stored.connection, [stored.bars])) == 1
        assert judged == [0, 0, 2, 0]
    assert stored.days() == [MAY_1 + 2 * DAY]


def test_a_gap_is_reported_and_the_time_before_a_listing_is_not(httpserver: HTTPServer, tmp_path: Path) -> None:
    """Two pages: an empty one before bars is a listing; an empty one after bars is a gap."""
    start = datetime(2022, 8, 4, tzinfo=UTC)
    window = Window(start, datetime(2025, 5, 4, tzinfo=UTC))
    listed = WireBench(httpserver, tmp_path / "listed", dataset("binance", "klines_1d"))
    extraction, loaded = listed.run(b"[]", json.dumps(BARS[:3]).encode(), window=window)
    assert (len(listed.paths), extraction.outcome, loaded.rows_new) == (2, "complete", 3)
    httpserver.clear()
    gone = WireBench(httpserver, tmp_path / "gone", dataset("binance", "klines_1d"))
    first = [[int(start.timestamp() * 1000), *BARS[0][1:6], int(start.timestamp() * 1000) + DAY - 1, *BARS[0][7:]]]
    extraction, loaded = gone.run(json.dumps(first).encode(), b"[]", window=window)
    assert (extraction.outcome, loaded.rows_new) == ("partial", 1)
    assert "no figures for BTC from 2025-04-30" in (extraction.message or "")


def test_an_hour_without_a_liquidation_is_no_problem(httpserver: HTTPServer, tmp_path: Path) -> None:
    bench = WireBench(httpserver, tmp_path, dataset("bitfinex", "liquidations"))
    assert bench.run(b"[]")[0].outcome == "complete"
