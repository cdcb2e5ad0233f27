"""Snapshots of the whole market: one request for the current state, one record in the response."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

from orchestration.sources.shared.contract import Parsed, Request, Response, Row, Slice, SourceRejected
from orchestration.sources.shared.figures import EARLIEST
from orchestration.sources.shared.parsing import (
    MILLISECONDS_FROM,
    InvalidRecord,
    describe_request,
    expect_object,
    json_body,
)


def plan_snapshot(path: str, **params: str) -> Callable[[Slice], Iterator[Request]]:
    """One request, unless the window ends before today: there is no history."""

    def plan(wanted: Slice) -> Iterator[Request]:
        if wanted.window.end >= wanted.now.replace(hour=0, minute=0, second=0, microsecond=0):
            yield Request(path, params, wanted.subject)

    return plan


def parse_snapshot(to_row: Callable[[dict[str, Any]], tuple[datetime, Row]]) -> Callable[[Response], Parsed]:
    """A parser of bodies that are one object, for one row.

    `to_row` returns the instant of the figures and the row. An InvalidRecord it raises and an instant in the future
    reject the response as a changed format.
    """

    def parse(response: Response) -> Parsed:
        body = expect_object(response, json_body(response), "the body")
        try:
            at, row = to_row(body)
            if at > response.latest_timestamp:
                raise InvalidRecord(f"the snapshot of {at:%Y-%m-%d %H:%M} lies in the future")
        except InvalidRecord as reason:
            raise SourceRejected(f"{describe_request(response)}: {reason}; the format has changed") from None
        return Parsed([row])

    return parse


def instant_of_seconds(seconds: int) -> datetime:
    """The instant so many seconds after 1970. Raises InvalidRecord for a number in another unit."""
    if not EARLIEST.timestamp() <= seconds < MILLISECONDS_FROM:
        raise InvalidRecord(f"the snapshot's instant is {seconds}, no number of seconds since 1970")
    return datetime.fromtimestamp(seconds, UTC)
