"""The collector against a venue on this machine: messages are stored once, and gaps are recorded."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path

import pytest
from websockets.asyncio.server import ServerConnection

from orchestration.collector.collected import collected
from orchestration.collector.listening import CollectorContext, Listener, ReconnectDelay
from orchestration.ingest.extraction import NOT_COLLECTED
from orchestration.raw.load import load
from orchestration.settings import Settings
from orchestration.sources import bybit_stream
from orchestration.sources.shared.contract import Window
from orchestration.sources.shared.registry import streams
from tests.unit.streaming_venue import ACK, BYBIT, HOUR, MS, NOON, Venue, raw, rows_of


def push(symbol: str = "BTCUSDT", side: str = "Buy", offset: int = 0, price: str = "95000.5", twins: int = 1) -> str:
    """A message of Bybit with one event, or more that agree in everything."""
    record = {"T": MS + offset, "s": symbol, "S": side, "v": "0.25", "p": price}
    topic = f"allLiquidation.{symbol}"
    return json.dumps({"topic": topic, "type": "snapshot", "ts": MS + offset + 40, "data": [record] * twins})


@pytest.fixture
def venue(tmp_path: Path) -> Venue:
    return Venue(tmp_path)


def test_messages_become_rows_and_identical_events_stay_two(venue: Venue) -> None:
    messages = push(twins=2), push(side="Sell", offset=900, price="95100"), push("SOLUSDT", offset=1_000)
    venue.listen(venue.subscribed(*messages), until=lambda: venue.states().count("event") >= 3)
    assert json.loads(venue.received[0]) == {
        "op": "subscribe",
        "args": ["allLiquidation.BTCUSDT", "allLiquidation.SOLUSDT"],
    }
    assert [line["text"] for line in venue.lines() if "text" in line][-3:] == list(messages), "byte for byte"
    [reply] = venue.over()
    with raw(venue.home) as connection:
        assert load(connection, BYBIT.dataset, [reply], venue.home / "landing").rejected == 0
        quarter, price = Decimal("0.25"), Decimal("95000.5")
        assert rows_of(connection) == [
            ("BTCUSDT", MS, "buy", quarter, price, price, 1),
            ("BTCUSDT", MS, "buy", quarter, price, price, 2),
            ("BTCUSDT", MS + 900, "sell", quarter, 95_100, 95_100, 1),
            ("SOLUSDT", MS + 1_000, "buy", quarter, price, price, 1),
        ]


def test_a_venue_on_this_machine_is_never_reached_through_a_proxy(
    venue: Venue, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    venue.listen(venue.subscribed(push()), until=lambda: "event" in venue.states())
    assert "event" in venue.states()


def test_a_killed_collector_is_resumed_and_nothing_is_stored_twice(venue: Venue) -> None:
    venue.listen(venue.subscribed(push()), until=lambda: "event" in venue.states())
    [file] = (venue.home / "collecting" / "bybit_stream").iterdir()
    with file.open("a") as cut:
        cut.write('{"at": "2026-05-04T12:00:01+00:00", "text": "{\\"topic')
    venue.listen(venue.subscribed(push(offset=5_000)), until=lambda: venue.states().count("event") >= 2)
    [reply] = venue.over()
    assert len(venue.over()) == 1, "stored and gone"
    with raw(venue.home) as connection:
        for _ in range(2):
            assert load(connection, BYBIT.dataset, [reply], venue.home / "landing").rejected == 0
        assert [row[1] for row in rows_of(connection)] == [MS, MS + 5_000]
    assert BYBIT.dataset.covers is not None
    window = BYBIT.dataset.covers(reply.response)
    assert window is not None
    assert window.end < NOON + HOUR, "from the second collector's end on nobody listened"


def test_an_hour_that_was_stored_before_its_file_was_deleted_is_stored_once(venue: Venue) -> None:
    venue.listen(venue.subscribed(push()), until=lambda: "event" in venue.states())
    [file] = (venue.home / "collecting" / "bybit_stream").iterdir()
    body = file.read_bytes()
    venue.over()
    file.write_bytes(body)
    assert len(venue.over()) == 1


LOST_LINES = {"zeros": b"\0" * 40, "cut": b'{"at": "2026-05-04T12', "no object": b'["at"]', "no text": b"\xff\xfe"}


@pytest.mark.parametrize("damage", LOST_LINES.values(), ids=LOST_LINES)
def test_a_line_that_the_disk_has_lost_costs_no_other(venue: Venue, damage: bytes) -> None:
    venue.listen(venue.subscribed(push()), until=lambda: "event" in venue.states())
    [file] = (venue.home / "collecting" / "bybit_stream").iterdir()
    file.write_bytes(file.read_bytes() + damage + b"\n")
    venue.listen(venue.subscribed(push(offset=5_000)), until=lambda: file.read_text("latin-1").count("topic") >= 2)
    [reply] = venue.over()
    with raw(venue.home) as connection:
        assert load(connection, BYBIT.dataset, [reply], venue.home / "landing").rejected == 1
        assert [row[1] for row in rows_of(connection)] == [MS, MS + 5_000]
        [(reason,)] = connection.execute("select reason from raw.rejected_records").fetchall()
    assert reason == "the line is damaged; what it held counts as not received"
    assert BYBIT.dataset.covers is not None
    window = BYBIT.dataset.covers(reply.response)
    assert window is None or window.end - window.start < HOUR, "the gap is not counted as covered"


def test_a_copy_beside_the_hours_is_left_alone(venue: Venue) -> None:
    folder = venue.home / "collecting" / "bybit_stream"
    folder.mkdir(parents=True)
    copy = folder / "2026-05-04T11 (copy).jsonl"
    copy.write_text("mine")
    venue.listen(venue.subscribed(push()), until=lambda: "topic" in (folder / "2026-05-04T12.jsonl").read_text())
    assert len(venue.over()) == 1
    assert copy.read_text() == "mine"


def test_a_lost_connection_is_renewed_and_the_gap_is_not_counted_as_covered(venue: Venue) -> None:
    venue.listen(
        venue.subscribed(push(), then="leave"),
        venue.subscribed(push(offset=3_000)),
        until=lambda: venue.states().count("event") >= 2,
    )
    assert [state for state in venue.states() if state != "other"] == [
        "listening",
        "event",
        "lost",
        "listening",
        "event",
        "lost",
    ]
    assert venue.alerts == []


def test_silence_after_an_acknowledgement_is_alerted_once_and_not_counted_as_covered(tmp_path: Path) -> None:
    """The venue accepts and sends nothing, or only liquidations of other assets."""
    venue = Venue(tmp_path, delays=ReconnectDelay(silence=0.2, ping=0.05, shortest_wait=0.01, longest_wait=0.05))
    venue.listen(venue.subscribed(push("SOLUSDT")), until=lambda: venue.states().count("lost") >= 3)
    [alert] = venue.alerts
    assert "bybit_stream was silent" in alert
    assert "not one liquidation of BTCUSDT" in alert
    assert "BYBIT_STREAM_BASE_URL" in alert
    since = [line["since"] for line in venue.lines() if line.get("state") == "lost"][:2]
    began = [line["at"] for line in venue.lines() if line.get("state") == "listening"][:2]
    assert since == began, "nothing of a silent connection is believed"


def test_a_collector_that_is_told_to_stop_as_a_message_arrives_stops(
    venue: Venue, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def listen() -> None:
        goes_on = asyncio.Event()

        class Socket:
            """Acknowledges, and has a message at the very moment at which the collector is told to stop."""

            messages = iter([ACK, push()])

            async def send(self, text: str) -> None:
                pass

            async def recv(self) -> str:
                if (message := next(self.messages, None)) is None:
                    # A cancellation that is on its way arrives here.
                    await asyncio.sleep(0)
                    goes_on.set()
                    await asyncio.Event().wait()
                if message != ACK:
                    asyncio.get_running_loop().call_soon(listening.cancel)
                return str(message)

        @asynccontextmanager
        async def connect(*_: object, **__: object) -> AsyncIterator[Socket]:
            yield Socket()

        monkeypatch.setattr("orchestration.collector.listening.connect", connect)
        context = CollectorContext(venue.home, venue.alerts.append, venue.clock, venue.delays)
        listening = asyncio.create_task(Listener(BYBIT, "ws://unused", ["BTCUSDT"], ["BTCUSDT"], context).run())
        going_on = asyncio.create_task(goes_on.wait())
        await asyncio.wait({listening, going_on}, return_when=asyncio.FIRST_COMPLETED)
        has_stopped = not goes_on.is_set()
        for task in (listening, going_on):
            task.cancel()
        await asyncio.gather(listening, going_on, return_exceptions=True)
        assert has_stopped

    asyncio.run(listen())


def test_a_rejected_subscription_does_not_count_as_listening(venue: Venue, caplog: pytest.LogCaptureFixture) -> None:
    async def refuse(socket: ServerConnection) -> None:
        await socket.recv()
        await socket.send(json.dumps({"success": False, "ret_msg": "handler not found", "op": "subscribe"}))

    venue.listen(refuse, until=lambda: len(venue.paths) >= 3)
    assert "handler not found" in caplog.text
    assert "listening" not in venue.states()


def test_the_venue_s_own_ping_keeps_the_connection(venue: Venue) -> None:
    venue.listen(venue.subscribed(), until=lambda: len(venue.received) >= 3)
    assert [json.loads(message) for message in venue.received[1:3]] == [{"op": "ping"}] * 2


def test_quiet_hours_with_a_connection_are_complete(venue: Venue) -> None:
    """The clock jumps by two hours: the first began late, the second is covered from its beginning to its end."""

    def two_hours_later() -> bool:
        if "listening" in venue.states() and not venue.clock.skipped:
            venue.clock.skipped = 2 * HOUR
        return len(venue.stored_responses()) == 2

    venue.delays = ReconnectDelay(silence=10**6, ping=0.05, tick=0.01)
    venue.listen(venue.subscribed(), until=two_hours_later)
    first, second = venue.stored_responses()
    assert BYBIT.dataset.covers is not None
    assert BYBIT.dataset.covers(second.response) == Window(NOON + HOUR, NOON + 2 * HOUR)
    window = BYBIT.dataset.covers(first.response)
    assert window is not None
    assert NOON < window.start < window.end == NOON + HOUR
    assert (second.request.window, second.fetched_at) == (Window(NOON + HOUR, NOON + 2 * HOUR), NOON + 2 * HOUR)


def test_an_unknown_message_is_rejected_and_the_hour_is_not_complete(venue: Venue) -> None:
    broken = json.dumps({"topic": "allLiquidation.BTCUSDT", "ts": MS, "data": [{"T": MS, "s": "BTCUSDT", "S": "Long"}]})
    venue.listen(venue.subscribed(push(), broken), until=lambda: venue.states().count("event") >= 2)
    with raw(venue.home) as connection:
        loaded = load(connection, BYBIT.dataset, venue.over(), venue.home / "landing")
        assert (loaded.rows_new, loaded.rejected) == (1, 1)


def test_long_subscriptions_are_split_because_venues_drop_them_silently() -> None:
    messages = bybit_stream.subscriptions([f"C{number}USDT" for number in range(25)])
    assert [len(json.loads(message)["args"]) for message in messages] == [10, 10, 5]


def test_a_run_loads_what_was_stored_since_the_last_one(venue: Venue) -> None:
    settings = Settings.load({"WAREHOUSE_HOME": str(venue.home)})
    with raw(venue.home) as connection:
        assert collected(BYBIT.dataset, settings, connection, NOON + 24 * HOUR).skipped == NOT_COLLECTED
        venue.listen(venue.subscribed(push()), until=lambda: "event" in venue.states())
        venue.over()
        first = collected(BYBIT.dataset, settings, connection, NOON + 24 * HOUR)
        assert (len(first.responses), first.outcome) == (1, "complete")
        load(connection, BYBIT.dataset, first.responses, settings.landing)
        assert collected(BYBIT.dataset, settings, connection, NOON + 24 * HOUR).responses == ()


def test_every_stream_is_found() -> None:
    assert [stream.dataset.table for stream in streams()] == [
        "aster_stream_liquidations",
        "binance_stream_liquidations",
        "bitget_stream_liquidations",
        "bybit_stream_liquidations",
        "dydx_stream_liquidations",
        "lighter_stream_liquidations",
        "okx_stream_liquidations",
    ]
