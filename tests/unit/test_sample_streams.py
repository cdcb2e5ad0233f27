"""The full sample market has 26 hours of every venue's stream, as the collector would have stored them."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import duckdb
import pytest

from orchestration.cli.status import next_step_of
from orchestration.collector.collected import collected
from orchestration.collector.spool import Spool
from orchestration.ingest.extraction import NOT_COLLECTED
from orchestration.ingest.landing import Landing, StoredResponse
from orchestration.raw.load import load
from orchestration.raw.rejected_records import rejections
from orchestration.raw.working_file import connect, prepare
from orchestration.sample import streams as sample_streams
from orchestration.sample.server import SampleMarket
from orchestration.sample.stream_formats import FORMATS, as_text
from orchestration.sample.streams import BEGAN, ENDED, STORED, received
from orchestration.sample.synthetic_futures import events, hours
from orchestration.settings import SAMPLE_NOW, Settings
from orchestration.sources.shared.registry import streams, symbols, units
from orchestration.sources.shared.stream import Stream

STREAMS = {stream.dataset.provider.name: stream for stream in streams()}
NEW_VENUES = ("aster", "bitget", "dydx", "lighter")
OF_THE_ORDER = {"aster_stream", "binance_stream", "dydx_stream", "lighter_stream", "okx_stream"}
WORDS = {"dydx_stream": '"LIQUIDATED"', "lighter_stream": '"liquidation"', "okx_stream": '"bkPx"'}
"""What is in every message with an event, and in no other."""
MAY_11 = datetime(2025, 5, 11)
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Heard:
    """A home with every stream's hours, and the raw tables after a run has loaded them."""

    settings: Settings
    connection: duckdb.DuckDBPyConnection
    counts: dict[str, tuple[int, int]]
    """Per stream: rows that are new, and rejected ones."""

    def rows(self, query: str) -> list[tuple[object, ...]]:
        return self.connection.execute(query).fetchall()

    def texts(self, source: str) -> list[str]:
        """Every stored message of a stream, in the order of arrival."""
        stored = Landing(self.settings.landing).all(source, "liquidations")
        lines = (json.loads(line) for one in stored for line in one.response.body.splitlines())
        return [line["text"] for line in lines if "text" in line]


@pytest.fixture(scope="module")
def heard(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Heard]:
    settings = Settings.load({"WAREHOUSE_HOME": str(tmp_path_factory.mktemp("heard"))})
    sample_streams.write_streams(settings, SAMPLE_NOW)
    with connect(settings.working_file) as connection:
        prepare(connection, [stream.dataset for stream in streams()])
        counts = {}
        for name, stream in STREAMS.items():
            found = collected(stream.dataset, settings, connection, SAMPLE_NOW)
            loaded = load(connection, stream.dataset, found.responses, settings.landing)
            counts[name] = (loaded.rows_new, loaded.rejected)
        yield Heard(settings, connection, counts)


def table(source: str) -> str:
    return f"raw.{STREAMS[source].dataset.table}"


@pytest.mark.parametrize("source", STREAMS)
def test_what_was_received_is_loaded_once_with_its_side_and_value(heard: Heard, source: str) -> None:
    sent = [one for event in received(source) for one in event]
    assert heard.counts[source] == (len(sent), 0)
    word = "order" if source in OF_THE_ORDER else "position"
    for side in ("buy", "sell"):
        of_side = [one for one in sent if getattr(one, word) == side]
        value = sum((one.size * one.price for one in of_side), Decimal(0))
        # Bitget counts quote coins.
        quantity = value if source == "bitget_stream" else sum((one.size for one in of_side), Decimal(0))
        [(count, total)] = heard.rows(f"select count(*), sum(quantity) from {table(source)} where side = '{side}'")
        assert count == len(of_side)
        assert float(str(total)) == pytest.approx(float(quantity), rel=1e-9)
    assert len({one.is_long for one in sent}) == 2


@pytest.mark.parametrize("venue", NEW_VENUES)
def test_a_day_of_a_venue_adds_up_to_its_synthetic_hours(heard: Heard, venue: str) -> None:
    """In dollars, and per side of the position: whatever the venue counts and names."""
    source = f"{venue}_stream"
    (long_side, short_side) = ("sell", "buy") if source in OF_THE_ORDER else ("buy", "sell")
    value = "quantity" if venue == "bitget" else "quantity * average_price"
    day = [hour for hour in hours(venue, "ETH") if hour.opens.replace(tzinfo=None).date() == MAY_11.date()]
    for side, expected in ((long_side, sum(h.long_usd for h in day)), (short_side, sum(h.short_usd for h in day))):
        [(total,)] = heard.rows(
            f"select sum({value}) from {table(source)} where side = '{side}' and symbol = '{symbols(source)['ETH']}' "
            "and make_timestamp(event_time * 1000)::date = date '2025-05-11'"
        )
        assert float(str(total)) == pytest.approx(float(expected), abs=1)


@pytest.mark.parametrize("source", STREAMS)
def test_the_hours_cover_11_may_but_for_a_lost_connection(heard: Heard, source: str) -> None:
    windows = heard.rows(
        "select covered_from, covered_until from raw.responses "
        f"where source = '{source}' and covered_from < '2025-05-12' and covered_until > '2025-05-11' order by all"
    )
    gaps = [(end, start) for (_, end), (start, _) in pairwise(windows) if end != start]
    assert (windows[0][0], windows[-1][1]) == (MAY_11, MAY_11 + DAY)
    # Of the hour of 14:00 the longer part counts, which is the one after the loss.
    lost = [(MAY_11 + timedelta(hours=14), MAY_11 + timedelta(hours=14, minutes=31, seconds=1))]
    assert gaps == (lost if source == "bybit_stream" else [])


def test_status_counts_the_time_that_was_listened_to_and_names_the_collector(heard: Heard) -> None:
    for source in STREAMS:
        dataset = STREAMS[source].dataset
        assert heard.rows(f"select {dataset.covers_until} from raw.{dataset.table}") == [(ENDED.replace(tzinfo=None),)]
        assert "`warehouse collect`" in next_step_of(dataset)


def test_nowhere_is_10_may_complete(heard: Heard) -> None:
    covered = heard.rows(
        "select source, min(covered_from), count(*) from raw.responses where covered_from < '2025-05-11' group by 1"
    )
    assert len(covered) == len(STREAMS)
    assert {(began, count) for _, began, count in covered} == {(BEGAN.replace(tzinfo=None) + timedelta(seconds=1), 3)}


def test_the_events_that_bybit_sent_while_the_connection_was_lost_are_missing(heard: Heard) -> None:
    window = (ENDED - DAY).replace(hour=14, minute=20), (ENDED - DAY).replace(hour=14, minute=31)
    assert len(list(events("bybit", "BTC", *window))) == 1
    counted = (
        "select count(distinct event_time) from {} where symbol = 'BTCUSDT' "
        "and make_timestamp(event_time * 1000) between '2025-05-11 14:00' and '2025-05-11 15:00'"
    )
    assert heard.rows(counted.format(table("bybit_stream"))) == [(3,)]
    assert heard.rows(counted.format(table("binance_stream"))) == [(4,)]


def test_repeated_messages_add_nothing_and_twins_stay_two(heard: Heard) -> None:
    for source in ("dydx_stream", "lighter_stream", "okx_stream"):
        messages = [text for text in heard.texts(source) if WORDS[source] in text]
        assert len(messages) > heard.counts[source][0], f"{source} repeats events after a reconnection"
    for source in ("bybit_stream", "bitget_stream"):
        [(twins,)] = heard.rows(f"select count(*) from {table(source)} where occurrence = 2")
        assert isinstance(twins, int)
        assert twins > 100


def test_messages_overtake_each_other(heard: Heard) -> None:
    at = [one.at for event in received("lighter_stream") for one in event]
    assert at != sorted(at)
    [(late,)] = heard.rows(
        f"select count(*) from {table('aster_stream')} as events join raw.responses using (response_id) "
        "where make_timestamp(event_time * 1000) < responses.window_start"
    )
    assert late == 1, "the last event of 11 May arrives on 12 May"


def test_contracts_of_a_thousand_and_of_other_coins_are_there(heard: Heard) -> None:
    for source in ("aster_stream", "binance_stream", "bybit_stream", "lighter_stream"):
        contract = symbols(source)["PEPE"]
        assert units(source)[contract] == 1000
        [(price,)] = heard.rows(f"select max(average_price) from {table(source)} where symbol = '{contract}'")
        assert isinstance(price, Decimal)
        assert Decimal("0.005") < price < Decimal("0.05"), "the price of a thousand"
    for source in ("okx_stream", "bitget_stream"):
        [(others,)] = heard.rows(f"select count(*) from {table(source)} where symbol like 'WIF%'")
        assert isinstance(others, int)
        assert others > 0
        assert not any("WIF" in symbol for symbol in symbols(source).values())


def test_a_broken_event_is_rejected_at_the_door(tmp_path: Path) -> None:
    """Of every stream: a size below zero; the event beside it is kept."""
    with connect(tmp_path / "warehouse.duckdb") as connection:
        prepare(connection, [stream.dataset for stream in streams()])
        for name, stream in STREAMS.items():
            good = next(received(name))[0]
            broken = replace(good, size=-good.size)
            stored = _hour_of(tmp_path, stream, *(as_text(FORMATS[name].push([one])) for one in (good, broken)))
            loaded = load(connection, stream.dataset, stored, tmp_path / "landing")
            assert (loaded.rows_new, loaded.rejected) == (1, 1), name
            sentence = str(rejections(connection, [one.response_id for one in stored]).sentence)
            assert "quantity is -" in sentence, sentence


def _hour_of(home: Path, stream: Stream, *messages: str) -> list[StoredResponse]:
    spool = Spool(stream, "wss://127.0.0.1", home, BEGAN)
    spool.listening(BEGAN)
    for text in messages:
        spool.message(text, BEGAN)
    spool.turn(BEGAN + timedelta(hours=1))
    spool.close()
    return list(Landing(home / "landing").all(stream.dataset.provider.name, "liquidations"))


def test_the_hours_are_written_once_and_alike_everywhere(
    heard: Heard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ids(settings: Settings) -> list[str]:
        return [one.response_id for one in Landing(settings.landing).all("aster_stream", "liquidations")]

    monkeypatch.setattr(sample_streams, "streams", lambda: [STREAMS["aster_stream"]])
    before = ids(heard.settings)
    sample_streams.write_streams(heard.settings, SAMPLE_NOW + DAY)
    assert ids(heard.settings) == before
    other = Settings.load({"WAREHOUSE_HOME": str(tmp_path)})
    sample_streams.write_streams(other, STORED - timedelta(seconds=1))
    assert ids(other) == [], "the last hour is not over"
    sample_streams.write_streams(other, SAMPLE_NOW + 30 * DAY)
    assert ids(other) == before


def test_the_bundled_sample_has_no_stream(tmp_path: Path) -> None:
    with SampleMarket() as bundled, SampleMarket(full=True) as full:
        assert not bundled.providers & STREAMS.keys()
        assert full.providers >= STREAMS.keys()
    settings = Settings.load({"WAREHOUSE_HOME": str(tmp_path)})
    with connect(settings.working_file) as connection:
        dataset = STREAMS["aster_stream"].dataset
        prepare(connection, [dataset])
        assert collected(dataset, settings, connection, SAMPLE_NOW).skipped == NOT_COLLECTED
