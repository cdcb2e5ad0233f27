"""Timestamps that all venues share: the unit, the UTC grid, and whether a point or a bar was requested and is over.

A point (a level, a settled rate) belongs to the time before its timestamp: 00:00 is the end of the day before, so a
window includes the points at both of its ends. A daily bar is stamped with its opening.
"""

from collections.abc import Iterable, Mapping

from orchestration.sources.shared.contract import Response
from orchestration.sources.shared.figures import EARLIEST
from orchestration.sources.shared.parsing import MILLISECONDS_FROM, InvalidRecord, milliseconds

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
DAY_SECONDS = 86_400


def timestamp_ms(value: object, name: str) -> int:
    """Milliseconds since 1970, from a number or a text. Raises InvalidRecord, naming the field, for another unit."""
    if isinstance(value, str) and value.isdecimal():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise InvalidRecord(f"{name} is {value!r}, not milliseconds since 1970")
    if value < MILLISECONDS_FROM:
        raise InvalidRecord(f"{name} is in seconds; milliseconds were expected")
    return value


def timestamps_of(records: Iterable[object], name: str) -> list[int]:
    """The timestamps of the objects that have one; other records don't count for where a page ends."""
    values = [record.get(name) for record in records if isinstance(record, Mapping)]
    return [int(str(value)) for value in values if str(value).isdecimal()]


def is_requested_and_past(response: Response, timestamp: int, name: str, every_ms: int = 1) -> bool:
    """Whether a point (milliseconds) lies in the request's window, both ends included.

    Raises InvalidRecord, naming the field, for a timestamp that is no multiple of `every_ms` (full UTC hours, UTC days)
    or lies after the response.
    """
    if timestamp % every_ms:
        raise InvalidRecord(f"{name} is no {'midnight in UTC' if every_ms == DAY_MS else 'full hour'}")
    if timestamp > milliseconds(response.latest_timestamp):
        raise InvalidRecord(f"{name} lies in the future")
    window = response.request.window
    return window is None or milliseconds(window.start) <= timestamp <= milliseconds(window.end)


def is_requested_and_closed(response: Response, opens: int, name: str) -> bool:
    """Whether the UTC day that opens at `opens` (seconds) was requested and had ended at the run's instant.

    Raises InvalidRecord, naming the field, for anything but the opening of a UTC day: another unit or time zone, the
    future.
    """
    if opens >= MILLISECONDS_FROM:
        raise InvalidRecord(f"{name} is in milliseconds; seconds were expected")
    if opens < EARLIEST.timestamp():
        raise InvalidRecord(f"{name} is {opens}, before the market existed: it is in another unit")
    if opens % DAY_SECONDS:
        raise InvalidRecord(f"{name} is no midnight in UTC")
    if opens > response.latest_timestamp.timestamp():
        raise InvalidRecord(f"{name} lies in the future")
    window = response.request.window
    if window and not window.start.timestamp() <= opens < window.end.timestamp():
        return False
    return opens + DAY_SECONDS <= response.as_of.timestamp()
