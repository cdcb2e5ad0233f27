"""What snapshots of the whole market have in common: one question about now, one record in the answer.

Not here: a provider's fields.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

from orchestration.sources.shared.contract import Parsed, Request, Response, Row, Slice, SourceRejected
from orchestration.sources.shared.parsing import InvalidRecord, describe_request, expect_object, json_body


def plan_snapshot(path: str, **params: str) -> Callable[[Slice], Iterator[Request]]:
    """One request, unless the window ends before today: the past can't be asked for."""

    def plan(wanted: Slice) -> Iterator[Request]:
        if wanted.window.end >= wanted.now.replace(hour=0, minute=0, second=0, microsecond=0):
            yield Request(path, params, wanted.subject)

    return plan


def parse_snapshot(to_row: Callable[[dict[str, Any]], tuple[datetime, Row]]) -> Callable[[Response], Parsed]:
    """One row, from an object that `to_row` understands and that was true by the time of the answer.

    `to_row` gives the instant of the figures and the row; what it finds InvalidRecord is a changed format.
    """

    def parse(response: Response) -> Parsed:
        body = expect_object(response, json_body(response), "the body")
        try:
            taken, row = to_row(body)
            if taken > response.latest_timestamp:
                raise InvalidRecord(f"the snapshot of {taken:%Y-%m-%d %H:%M} lies in the future")
        except InvalidRecord as reason:
            raise SourceRejected(f"{describe_request(response)}: {reason}; the format has changed") from None
        return Parsed([row])

    return parse


def instant_of_seconds(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
