"""Streams of liquidations: what is said to a venue, and how an hour of what it sent becomes rows and covered time.

`warehouse collect` writes an hour of a venue as lines of JSON, each with the instant `at` (UTC): `text` is a message as
it came, `state` a remark of the collector:

* `listening`: from here on everything that the venue sends is in the file; at the beginning of the hour where the
  connection stands since an earlier one;
* `lost`: the connection ended or fell silent, and is trusted up to `since`;
* `end`: the hour ended and the connection stood.

Here belongs no connection (`orchestration.collector`) and no venue (`binance_stream`, `bybit_stream`, `okx_stream`).
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from orchestration.sources.shared.contract import Dataset, Parsed, RejectedRecord, Request, Response, Row, Slice, Window
from orchestration.sources.shared.figures import POSITIVE, Timestamp, each
from orchestration.sources.shared.parsing import (
    InvalidRecord,
    member,
    number,
    number_occurrences,
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


@dataclass(frozen=True)
class Stream:
    """How to listen to one venue. `symbols` are the venue's names of the contracts.

    `path(symbols)` is the address behind the base; `subscriptions(symbols)` are the messages to send, each of which
    `accepts` an answer for (True: accepted, False: refused, None: something else); `ping` is sent every 20 seconds, and
    `pong`, where it is not JSON, is what answers it.
    """

    dataset: Dataset
    path: Callable[[list[str]], str]
    subscriptions: Callable[[list[str]], list[str]]
    accepts: Callable[[str], bool | None]
    ping: str | None = None
    pong: str | None = None


def hourly(
    provider: Provider, title: str, records: Callable[[Any], list[Any]], to_row: Callable[[Any], Row]
) -> Dataset:
    """The dataset of a stream. `records(message)` are the events in a message, `to_row` gives a row without number.

    Events that agree in everything are numbered within their message: a message that comes again, as after a new
    connection, says nothing new.
    """

    def read(response: Response) -> Parsed:
        lines = [json.loads(line, parse_float=Decimal) for line in response.body.splitlines() if line.strip()]
        rows: list[Row] = []
        refused: list[RejectedRecord] = []
        for line in lines:
            if "text" not in line:
                continue
            try:
                events = records(json.loads(line["text"], parse_float=Decimal))
            except (ValueError, KeyError, TypeError, AttributeError) as problem:
                refused.append(RejectedRecord(record_text(line["text"]), f"the message is not understood: {problem!r}"))
                continue
            parsed = parse_records(events, number_occurrences(to_row), key_width=len(KEY))
            rows += parsed.rows
            refused += parsed.rejected
        return Parsed(sorted(set(rows)), refused)

    return Dataset(
        provider=provider,
        name="liquidations",
        title=title,
        subject_group="liquidations",
        columns=COLUMNS,
        key=KEY,
        read=read,
        plan=_plan_nothing,
        figures=each(("quantity", "price", "average_price", "occurrence"), POSITIVE),
        timestamps={"event_time": Timestamp("ms"), "pushed_at": Timestamp("ms")},
        covers=covered,
        covers_until="make_timestamp(max(event_time) * 1000)",
        per_asset=False,
        empty_is_normal=True,
        is_collected=True,
    )


def _plan_nothing(wanted: Slice) -> Iterator[Request]:
    yield from ()


def covered(response: Response) -> Window | None:
    """The longest span of the hour without a gap: all of it where the connection stood from beginning to end."""
    spans = list(_spans(response.body))
    start, end = max(spans, key=lambda span: span[1] - span[0], default=(None, None))
    return Window(start, end) if start and end and start < end else None


def _spans(body: bytes) -> Iterator[tuple[datetime, datetime]]:
    """From each `listening` to what ended it; a collector that was killed listened until its last line."""
    start: datetime | None = None
    last: datetime | None = None
    for line in map(json.loads, body.splitlines()):
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
    """A row from the fields `names`: symbol, time, side, quantity, price, average price (the price where it is '')."""
    symbol, time, side, quantity, price, average = names
    word = text(member(record, side), side).lower()
    if word not in ("buy", "sell"):
        raise InvalidRecord(f"{side} is {word!r}, neither buy nor sell")
    timestamps = [member(record, time), pushed_at]
    if not all(isinstance(stamp, int) for stamp in timestamps):
        raise InvalidRecord(f"{time} is no whole number of milliseconds")
    limit = number(member(record, price), price, text_allowed=True)
    return (
        text(member(record, symbol), symbol),
        *timestamps,
        word,
        number(member(record, quantity), quantity, text_allowed=True),
        limit,
        number(member(record, average), average, text_allowed=True) if average else limit,
    )
