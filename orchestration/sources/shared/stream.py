"""Liquidation streams: how to subscribe at a venue, and how one hour of messages becomes rows and a covered window.

`warehouse collect` writes one hour of a venue as lines of JSON, each with the instant `at` (UTC). `text` is a message
as received; `state` is written by the collector:

* `listening`: from here on the file has everything that the venue sends; written at the start of the hour where the
  connection is older;
* `lost`: the connection ended or went silent; the file is complete up to `since`;
* `end`: the hour ended while the connection was open.

Not here: the connection (`orchestration.collector`) and the venues (`binance_stream`, `lighter_stream` …).
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from orchestration.sources.shared.contract import Dataset, Parsed, RejectedRecord, Request, Response, Row, Slice, Window
from orchestration.sources.shared.figures import POSITIVE, PRICE, Timestamp, each
from orchestration.sources.shared.parsing import (
    InvalidRecord,
    member,
    number,
    number_occurrences,
    parse_json,
    parse_records,
    record_text,
    text,
)
from orchestration.sources.shared.provider import Provider

HOUR = timedelta(hours=1)
LISTENING, LOST, END = "listening", "lost", "end"
COLUMNS = {
    "symbol": "varchar",
    "event_time": "bigint",
    "pushed_at": "bigint",
    "side": "varchar",
    "quantity": "decimal(28,10)",
    "price": "decimal(28,10)",
    "average_price": "decimal(28,10)",
    "occurrence": "integer",
}
KEY = ("symbol", "event_time", "pushed_at", "side", "quantity", "price", "average_price", "occurrence")


UNREADABLE = (ValueError, LookupError, TypeError, AttributeError)
"""What reading a message of another shape raises."""


def keep_every_message(message: str) -> bool:
    """The default of `Stream.keeps`: a channel of liquidations has little else."""
    return True


def keep_liquidations(records: Callable[[Any], list[Any]]) -> Callable[[str], bool]:
    """`Stream.keeps` of a channel of all trades: only messages with events, and those that can't be read, which
    loading rejects with the reason."""

    def keeps(message: str) -> bool:
        try:
            return bool(records(json.loads(message)))
        except UNREADABLE:
            return True

    return keeps


@dataclass(frozen=True)
class Stream:
    """How to receive the stream of one venue. `symbols` are the venue's names of the contracts.

    `path(symbols)` follows the base URL. `subscriptions(symbols)` are the messages to send; `accepts` classifies the
    venue's replies (True: accepted, False: refused, None: something else). `ping` is sent every 20 seconds; `pong` is
    the reply to it where that is not JSON. `keeps` is False for messages that are not stored: of a channel of all
    trades, those without a liquidation. `sign_of_life` is in every message of such a channel, which is never silent for
    long; empty where a liquidation of a large coin is the sign.
    """

    dataset: Dataset
    path: Callable[[list[str]], str]
    subscriptions: Callable[[list[str]], list[str]]
    accepts: Callable[[str], bool | None]
    ping: str | None = None
    pong: str | None = None
    keeps: Callable[[str], bool] = keep_every_message
    sign_of_life: str = ""


def hourly(
    provider: Provider, title: str, records: Callable[[Any], list[Any]], to_row: Callable[[Any], Row]
) -> Dataset:
    """The dataset of a stream. `records(message)` are the events of a message, `to_row` makes a row without occurrence.

    Equal events are numbered within their message, so a message received twice, as after a reconnect, adds nothing.
    """

    def read(response: Response) -> Parsed:
        rows: list[Row] = []
        rejected: list[RejectedRecord] = []
        for written, line in _lines(response.body):
            if line is None:
                rejected.append(RejectedRecord(written, "the line is damaged; what it held counts as not received"))
                continue
            if "text" not in line:
                continue
            try:
                events = records(parse_json(line["text"]))
            except UNREADABLE as problem:
                rejected.append(RejectedRecord(record_text(line["text"]), f"the message can't be read: {problem!r}"))
                continue
            parsed = parse_records(events, number_occurrences(to_row), key_width=len(KEY))
            rows += parsed.rows
            rejected += parsed.rejected
        return Parsed(sorted(set(rows)), rejected)

    return Dataset(
        provider=provider,
        name="liquidations",
        title=title,
        subject_group="liquidations",
        columns=COLUMNS,
        key=KEY,
        read=read,
        plan=_plan_nothing,
        figures=each(("quantity", "occurrence"), POSITIVE) | each(("price", "average_price"), PRICE),
        timestamps={"event_time": Timestamp("ms"), "pushed_at": Timestamp("ms")},
        covers=covered,
        # Where nothing happened after the last event, the stream was listened to all the same.
        covers_until="greatest(make_timestamp(max(event_time) * 1000), "
        f"(select max(covered_until) from raw.responses where source = '{provider.name}'))",
        per_asset=False,
        empty_is_normal=True,
        is_collected=True,
    )


def _plan_nothing(wanted: Slice) -> Iterator[Request]:
    yield from ()


def covered(response: Response) -> Window | None:
    """The longest part of the hour without a gap: the whole hour where the connection stayed open."""
    spans = list(_spans(response.body))
    start, end = max(spans, key=lambda span: span[1] - span[0], default=(None, None))
    return Window(start, end) if start and end and start < end else None


def _lines(body: bytes) -> Iterator[tuple[str, dict[str, str] | None]]:
    """The lines of an hour as they are written, and what they hold; None for one that the disk has lost."""
    for written in body.splitlines():
        try:
            line = json.loads(written)
            datetime.fromisoformat(line["at"])
        except UNREADABLE:
            line = None
        yield written.decode("utf-8", "replace"), line


def _spans(body: bytes) -> Iterator[tuple[datetime, datetime]]:
    """From each `listening` to what ended it; a killed collector received everything up to its last line."""
    start: datetime | None = None
    last: datetime | None = None
    for _, line in _lines(body):
        if line is None:
            # It may have held a message, or the end of the connection.
            if start and last:
                yield start, last
            start = None
            continue
        at, state = datetime.fromisoformat(line["at"]), line.get("state")
        if state == LISTENING:
            if start and last:
                yield start, last
            start = at
        elif state == LOST:
            if start:
                yield start, datetime.fromisoformat(line["since"])
            start = None
        last = at
    if start and last:
        yield start, last


def event(record: Any, names: tuple[str, str, str, str, str, str], pushed_at: object) -> Row:
    """A row from the fields `names`: symbol, time, side, quantity, price, average price ('': the same as the price)."""
    symbol, time, side, quantity, price, average = names
    word = text(member(record, side), side).lower()
    if word not in ("buy", "sell"):
        raise InvalidRecord(f"{side} is {word!r}, neither buy nor sell")
    times = [member(record, time), pushed_at]
    if not all(isinstance(value, int) for value in times):
        raise InvalidRecord(f"{time} is no whole number of milliseconds")
    limit = number(member(record, price), price, text_allowed=True)
    return (
        text(member(record, symbol), symbol),
        *times,
        word,
        number(member(record, quantity), quantity, text_allowed=True),
        limit,
        number(member(record, average), average, text_allowed=True) if average else limit,
    )
