"""What `warehouse collect` would have stored of the full sample market: 26 hours of every venue's liquidation stream.

A collector listened from the evening of 10 May 2025 until five minutes after the next day's end. It lost each
connection for five seconds in the evening, and that to Bybit for eleven minutes in the afternoon of 11 May. So 10 May
is complete nowhere, 11 May everywhere but at Bybit. The events are synthetic (`synthetic_futures.py`), written by the
collector's own spool in each venue's format (`stream_formats.py`), with what streams are known for:

* messages overtake one another, and the last event of a day arrives in the next one (Aster);
* dYdX, Lighter and OKX repeat their last events after a reconnection;
* Bybit and Bitget send two events alike in one message, which are two; OKX and Bitget send contracts of other coins;
* contracts of 1000 coins, orders filled in part, sides of orders and of positions, sizes in contracts and in dollars.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

from orchestration.collector.spool import Spool
from orchestration.ingest.landing import Landing
from orchestration.sample.stream_formats import FORMATS, Event, Liquidation, as_text
from orchestration.sample.synthetic_futures import HOUR, events
from orchestration.sample.wire_okx_futures import CONTRACT_USD
from orchestration.settings import SAMPLE_ASSETS, Settings
from orchestration.sources.shared.contract import Window
from orchestration.sources.shared.registry import streams, symbols, units
from orchestration.sources.shared.stream import Stream

BEGAN = datetime(2025, 5, 10, 21, 50, tzinfo=UTC)
ENDED = datetime(2025, 5, 12, 0, 5, tzinfo=UTC)
STORED = ENDED.replace(minute=0) + HOUR
"""The end of the last hour: from then on a run finds all of them."""
SECOND = timedelta(seconds=1)
INTERRUPTIONS = (Window(datetime(2025, 5, 10, 23, 12, tzinfo=UTC), datetime(2025, 5, 10, 23, 12, 5, tzinfo=UTC)),)
OF_BYBIT = Window(datetime(2025, 5, 11, 14, 20, tzinfo=UTC), datetime(2025, 5, 11, 14, 31, tzinfo=UTC))
"""Events of 14:25 are missed."""
ASSETS = SAMPLE_ASSETS.split(",")
OF_A_THOUSAND = ("PEPE", "DOGE", Decimal("0.00006"))
"""A coin that venues trade by the thousand, the asset that it follows, and its price in units of it."""
OTHERS = {"okx_stream": "WIF-USDT-SWAP", "bitget_stream": "WIFUSDT"}
"""Contracts that nobody asked for: these venues send the events of all."""
LAST = datetime(2025, 5, 11, 23, 55, tzinfo=UTC)
"""The last synthetic event of the day."""


def write_streams(settings: Settings, now: datetime) -> None:
    """Store the hours of every stream in the home's landing folder, where they are missing and over at `now`."""
    if now < STORED:
        return
    landing = Landing.of(settings)
    for stream in streams():
        dataset = stream.dataset
        if landing.newest(dataset, f"stream/{ENDED:%Y-%m-%dT%H}.jsonl") is None:
            _collect(stream, settings.home)
            if settings.lake:
                from orchestration.lake.landing import SharedFiles

                SharedFiles(settings.lake, settings.landing).store_all(dataset.provider.name)


def received(source: str) -> Iterator[Event]:
    """The events that the collector received from a source, in the order of arrival."""
    spans = connections(source)
    return (event for event in _sent(source) if any(span.start <= event[0].arrived < span.end for span in spans))


def connections(source: str) -> list[Window]:
    """From when to when the collector was connected."""
    lost = [*INTERRUPTIONS, *([OF_BYBIT] if source == "bybit_stream" else [])]
    edges = [BEGAN, *(edge for window in lost for edge in (window.start, window.end)), ENDED]
    return [Window(start, end) for start, end in list(pairwise(edges))[::2]]


def subscribed(source: str) -> dict[str, str]:
    """The contract of every asset that the collector listened to: the sample's assets, and one coin by the thousand."""
    listed = symbols(source)
    coin = OF_A_THOUSAND[0]
    return {asset: listed[asset] for asset in (*ASSETS, coin) if asset in listed}


def _collect(stream: Stream, home: Path) -> None:
    """Write what arrived as the collector does, which stores an hour when it is over."""
    source = stream.dataset.provider.name
    contracts = list(subscribed(source).values())
    words = FORMATS[source]
    spool = Spool(stream, stream.dataset.provider.default_url + stream.path(contracts), home, BEGAN)
    arriving = list(received(source))
    for span in connections(source):
        recent = [event for event in arriving if event[0].arrived < span.start]
        for reply in words.replies(contracts, recent):
            _keep(stream, spool, as_text(reply), span.start)
        spool.listening(span.start + SECOND)
        for event in arriving:
            if span.start <= event[0].arrived < span.end:
                _keep(stream, spool, as_text(words.push(event)), event[0].arrived)
        spool.lost(span.end, span.end)
    spool.turn(STORED)
    spool.close()


def _keep(stream: Stream, spool: Spool, text: str, at: datetime) -> None:
    if stream.keeps(text):
        spool.message(text, at)


def _sent(source: str) -> list[Event]:
    """What the venue sent while the collector ran, in the order of arrival."""
    listed = subscribed(source)
    wanted = [(asset, listed[asset]) for asset in listed if asset != OF_A_THOUSAND[0]]
    if source in OTHERS:
        wanted.append(("DOGE", OTHERS[source]))
    found = [event for asset, contract in wanted for event in _events_of(source, asset, contract)]
    coin, followed, ratio = OF_A_THOUSAND
    if coin in listed:
        price = ratio * units(source)[listed[coin]]
        found += _events_of(source, followed, listed[coin], price)
    return sorted(found, key=lambda event: (event[0].arrived, event[0].symbol))


def _events_of(source: str, asset: str, contract: str, price_ratio: Decimal = Decimal(1)) -> Iterator[Event]:
    """The synthetic events of an asset at a venue, each as a message of the contract."""
    venue = source.removesuffix("_stream")
    for event in events(venue, asset, BEGAN - HOUR, ENDED):
        price = event.price * price_ratio
        size = event.value_usd / CONTRACT_USD if venue == "okx" else event.value_usd / price
        rounded = size.quantize(Decimal("0.01") if venue == "okx" else Decimal("0.00000001"))
        at = event.at if venue == "okx" else event.at + timedelta(milliseconds=_drawn(contract, event.number, 900))
        if (source, asset, event.at) == ("aster_stream", "BTC", LAST):
            at, rounded = LAST + timedelta(minutes=5) - timedelta(milliseconds=60), rounded / 2
        late = timedelta(milliseconds=70 + _drawn(f"{contract} arrives", event.number, 2_400))
        one = Liquidation(contract, at, at + late, event.side == "long", rounded, price)
        twins = event.number % 8 == 0 and venue in ("bybit", "bitget")
        yield (replace(one, size=rounded / 2),) * 2 if twins else (one,)


def _drawn(name: str, number: int, below: int) -> int:
    """A number of milliseconds, the same for the same event on every call."""
    return int.from_bytes(hashlib.sha256(f"{name} {number}".encode()).digest()[:4]) % below
