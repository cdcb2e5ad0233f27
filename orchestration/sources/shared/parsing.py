"""How a body becomes checked values: JSON without surprises, numbers that are numbers, stamps in the right unit.

Here belongs what every parser needs to be strict in the same way. Not here: what a provider's fields mean, and the
settling of one key that came twice with different content (`orchestration.raw.load`, which sees all answers).
"""

import json
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from orchestration.sources.shared.contract import (
    Parsed,
    RejectedRecord,
    Response,
    Row,
    SourceRejected,
    SourceUnavailable,
)

MILLISECONDS_FROM = 10**11
"""Seconds since 1970 reach this number in the year 5138, milliseconds had it in March 1973."""


class InvalidRecord(ValueError):
    """A record that can't become a row; the message is the reason as a sentence."""


def describe_request(response: Response) -> str:
    """How messages name an answer: 'coinbase candles_1d for BTC'."""
    return f"{response.source} {response.dataset} for {response.request.subject}"


def milliseconds(instant: datetime) -> int:
    """The whole milliseconds from 1970 to an instant, without the rounding of floating point."""
    since = instant - datetime.fromtimestamp(0, UTC)
    return (since.days * 86_400 + since.seconds) * 1000 + since.microseconds // 1000


def json_body(response: Response) -> Any:
    """The parsed body, with every non-integer as a Decimal: digits stay as the provider wrote them.

    Raises SourceUnavailable for a web page and for a body that breaks off: both pass.
    """
    start = response.body.lstrip()[:1]
    if start == b"<":
        raise SourceUnavailable(
            f"{describe_request(response)}: a web page came instead of JSON, as in maintenance or a bot check; "
            f"run again later"
        )
    try:
        return json.loads(response.body, parse_float=Decimal, parse_constant=Decimal)
    except (ValueError, RecursionError):
        raise SourceUnavailable(
            f"{describe_request(response)}: the body of {len(response.body)} bytes is not complete JSON; run again"
        ) from None


def expect_list(response: Response, value: object, what: str) -> list[Any]:
    """`value` when it is a list. Raises SourceRejected otherwise: the format is not the promised one."""
    if not isinstance(value, list):
        raise SourceRejected(
            f"{describe_request(response)}: {what} is {_kind(value)} where a list was promised; the format has changed"
        )
    return value


def expect_object(response: Response, value: object, what: str) -> dict[str, Any]:
    """`value` when it is an object. Raises SourceRejected otherwise: the format is not the promised one."""
    if not isinstance(value, dict):
        raise SourceRejected(
            f"{describe_request(response)}: {what} is {_kind(value)} where an object was promised; the format has changed"
        )
    return value


def parse_envelope_list(
    response: Response, success_code: str, transient_codes: frozenset[str], advice: str
) -> list[Any]:
    """The list in an envelope. Raises as `enveloped` does, and SourceRejected when it is none."""
    return expect_list(response, parse_envelope(response, success_code, transient_codes, advice), "data")


def parse_envelope(response: Response, success_code: str, transient_codes: frozenset[str], advice: str) -> object:
    """What is in `data` of an object `{code, msg, data}` whose code says with status 200 whether there was an error.

    `good` is the code of an answer, `passing` are codes of troubles that pass. Raises SourceUnavailable for these and
    SourceRejected, with the advice, for every other code.
    """
    envelope = expect_object(response, json_body(response), "the body")
    code, reason = str(envelope.get("code")), envelope.get("msg") or envelope.get("message") or "no reason given"
    if code in transient_codes:
        raise SourceUnavailable(f"{describe_request(response)}: error {code}, {reason}; run again later")
    if code != success_code:
        raise SourceRejected(f"{describe_request(response)}: error {code}, {reason}; {advice}")
    return envelope.get("data")


def parse_records(
    records: Collection[object],
    to_row: Callable[[Any], Row | None],
    key_width: int,
    known: frozenset[str] | None = None,
) -> Parsed:
    """Rows of all records, in the order of their first `key_width` values, equal ones once.

    `to_row` gives None for a record that is none of ours (an unfinished bar, a bar outside the window) and raises
    InvalidRecord for one that can't be a row. Fields that are not `known` are named in a notice.
    """
    rows: dict[Row, None] = {}
    rejected: list[RejectedRecord] = []
    for record in records:
        try:
            row = to_row(record)
        except InvalidRecord as reason:
            rejected.append(RejectedRecord(record_text(record), str(reason)))
        except (ValueError, ArithmeticError, OSError) as error:
            # Such as a stamp that lies in no year, which no parser foresaw; the C library's word for it is an OSError.
            rejected.append(
                RejectedRecord(record_text(record), f"the record can't be read: {type(error).__name__}, {error}")
            )
        else:
            if row is not None:
                rows[row] = None
    notices = unknown_columns(records, known) if known is not None else []
    return Parsed(sorted(rows, key=lambda row: row[:key_width]), [*rejected, *notices])


def number_occurrences(to_row: Callable[[Any], Row | None]) -> Callable[[Any], Row | None]:
    """`to_row` with an occurrence number behind each row: how often that row has come so far, 1 for the first time."""
    seen: Counter[Row] = Counter()

    def with_number(record: Any) -> Row | None:
        row = to_row(record)
        if row is None:
            return None
        seen[row] += 1
        return (*row, seen[row])

    return with_number


def unknown_columns(records: Iterable[object], known: frozenset[str]) -> list[RejectedRecord]:
    """One notice for all fields of the objects in `records` that this project does not know; none, mostly."""
    names = {name for record in records if isinstance(record, Mapping) for name in record} - known
    if not names:
        return []
    listed = ", ".join(sorted(names))
    return [unknown_column(listed)]


def unknown_column(names: str) -> RejectedRecord:
    """The notice that columns, named in one text, are not loaded."""
    return RejectedRecord(names, f"unknown column {names}: not loaded; the rows were kept", is_notice=True)


def member(record: object, name: str) -> Any:
    """The field `name` of an object. Raises InvalidRecord when the record is no object or lacks the field."""
    if not isinstance(record, Mapping):
        raise InvalidRecord(f"the record is {_kind(record)}, not an object")
    if name not in record:
        raise InvalidRecord(f"the field {name} is missing")
    return record[name]


def number(value: object, name: str, *, text_allowed: bool = False) -> Decimal:
    """A finite number. `text_allowed` for providers that write the same field as a number or as text."""
    if isinstance(value, str) and text_allowed:
        try:
            value = Decimal(value)
        except InvalidOperation:
            raise InvalidRecord(f"{name} is {value!r}, not a number") from None
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise InvalidRecord(f"{name} is {_kind(value)}, not a number")
    exact = Decimal(value)
    if not exact.is_finite():
        raise InvalidRecord(f"{name} is {exact}, not a finite number")
    return exact


def whole_number(value: object, name: str) -> int:
    """An integer, written as one."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise InvalidRecord(f"{name} is {_kind(value)}, not a whole number")
    return value


def text(value: object, name: str) -> str:
    """A non-empty text."""
    if not isinstance(value, str) or not value:
        raise InvalidRecord(f"{name} is {_kind(value)}, not a text")
    return value


def utc_instant(value: object, name: str) -> datetime:
    """An ISO 8601 instant with its zone, in UTC."""
    try:
        instant = datetime.fromisoformat(text(value, name))
    except ValueError:
        raise InvalidRecord(f"{name} is {value!r}, not an ISO 8601 instant") from None
    if instant.tzinfo is None:
        raise InvalidRecord(f"{name} is {value!r}, without a time zone")
    return instant.astimezone(UTC)


def record_text(record: object) -> str:
    """A record for `raw.rejected_records`: a text as it is, anything else as JSON with the provider's digits."""
    return record if isinstance(record, str) else _json(record)


def _json(value: object) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_json(name)}: {_json(member)}" for name, member in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_json, value)) + "]"
    return str(value) if isinstance(value, Decimal) else json.dumps(value, default=str)


def verify_by_parsing(parse: Callable[[Response], Parsed]) -> Callable[[Response], None]:
    """A verdict on a body for `Dataset.verify`: what the parser would refuse as a whole is refused on arrival."""

    def verify(response: Response) -> None:
        parse(response)

    return verify


def _kind(value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "a boolean"
    if isinstance(value, int | Decimal):
        return "a number"
    if isinstance(value, str):
        return "a text" if value else "an empty text"
    return "a list" if isinstance(value, list) else "an object"
