"""What figures at an instant have in common: a level or a settled rate that belongs to the time before its stamp.

A point stamped 00:00 is how the day before ended, so a window takes the points at both of its ends. Not here: the
fields of a venue's points, its paging and its errors.
"""

from collections.abc import Iterable, Mapping

from orchestration.sources.shared.contract import Response
from orchestration.sources.shared.figures import EARLIEST
from orchestration.sources.shared.parsing import MILLISECONDS_FROM, InvalidRecord, milliseconds

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
DAY_SECONDS = 86_400


def timestamp_ms(value: object, name: str) -> int:
    """Milliseconds since 1970, written as a number or as text. Raises InvalidRecord, naming the field, for another unit."""
    if isinstance(value, str) and value.isdecimal():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise InvalidRecord(f"{name} is {value!r}, not milliseconds since 1970")
    if value < MILLISECONDS_FROM:
        raise InvalidRecord(f"{name} is in seconds where milliseconds were promised")
    return value


def timestamps_of(records: Iterable[object], name: str) -> list[int]:
    """The stamps of all objects that have one: a record that is none of ours has no say in where a page ends."""
    values = [record.get(name) for record in records if isinstance(record, Mapping)]
    return [int(str(value)) for value in values if str(value).isdecimal()]


def is_requested_and_past(response: Response, stamp: int, name: str, every_ms: int = 1) -> bool:
    """Whether a point lies in the request's window, both ends included.

    Raises InvalidRecord, naming the field, for a stamp that is no multiple of `every_ms` (full UTC hours, UTC days) and for
    one after the answer.
    """
    if stamp % every_ms:
        raise InvalidRecord(f"{name} is no {'midnight in UTC' if every_ms == DAY_MS else 'full hour'}")
    if stamp > milliseconds(response.latest_timestamp):
        raise InvalidRecord(f"{name} lies in the future")
    window = response.request.window
    return window is None or milliseconds(window.start) <= stamp <= milliseconds(window.end)


def is_requested_and_closed(response: Response, opens: int, name: str) -> bool:
    """Whether the UTC day that opens at `opens` (seconds) is requested and had ended by the run's instant.

    Raises InvalidRecord, naming the field, for a stamp that opens no UTC day: another unit, another time zone, the future.
    """
    if opens >= MILLISECONDS_FROM:
        raise InvalidRecord(f"{name} is in milliseconds where seconds were promised")
    if opens < EARLIEST.timestamp():
        raise InvalidRecord(f"{name} is {opens}, before there was a market: the stamp is in another unit")
    if opens % DAY_SECONDS:
        raise InvalidRecord(f"{name} is no midnight in UTC")
    if opens > response.latest_timestamp.timestamp():
        raise InvalidRecord(f"{name} lies in the future")
    window = response.request.window
    if window and not window.start.timestamp() <= opens < window.end.timestamp():
        return False
    return opens + DAY_SECONDS <= response.as_of.timestamp()
