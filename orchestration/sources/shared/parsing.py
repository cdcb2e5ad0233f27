"""Strict parsing for all sources: JSON, numbers, texts, timestamps, and records with a reason for each rejection.

Not here: a provider's fields, and two rows with one key and different content (`orchestration.raw.load`, which sees all
responses).
"""

import json
import re
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
"""Seconds since 1970 reach this number in the year 5138, milliseconds reached it in March 1973."""


HALF_A_PAIR = re.compile("[\ud800-\udfff]")
"""One half of the two code units that JSON writes for an emoji; alone it is no letter."""


class InvalidRecord(ValueError):
    """A record that can't become a row; the message is the reason."""


def describe_request(response: Response) -> str:
    """How messages name the request of a response: 'coinbase candles_1d for BTC'."""
    return f"{response.source} {response.dataset} for {response.request.subject}"


def milliseconds(instant: datetime) -> int:
    """Whole milliseconds from 1970 to an instant, without floating-point rounding."""
    since = instant - datetime.fromtimestamp(0, UTC)
    return (since.days * 86_400 + since.seconds) * 1000 + since.microseconds // 1000


def json_body(response: Response) -> Any:
    """The parsed body, with every non-integer as a Decimal, so that all digits are kept.

    Raises SourceUnavailable for a web page and for an incomplete body: both are transient.
    """
    start = response.body.lstrip()[:1]
    if start == b"<":
        raise SourceUnavailable(
            f"{describe_request(response)}: the response is a web page instead of JSON, as in maintenance or a bot "
            f"check; run again later"
        )
    try:
        return parse_json(response.body.decode(json.detect_encoding(response.body)))
    except (ValueError, RecursionError):
        raise SourceUnavailable(
            f"{describe_request(response)}: the body of {len(response.body)} bytes is not complete JSON; run again"
        ) from None


def parse_json(written: str) -> Any:
    """The value of a JSON text, with every non-integer as a Decimal.

    Half of an emoji, where a provider cut a text, becomes U+FFFD: no table and no file can hold it. Raises ValueError
    for a text that is no JSON, and RecursionError for one that is nested too deeply.
    """
    value = json.loads(written, parse_float=Decimal, parse_constant=Decimal)
    return _with_whole_letters(value) if "\\ud" in written or "\\uD" in written else value


def _with_whole_letters(value: Any) -> Any:
    if isinstance(value, str):
        return HALF_A_PAIR.sub("\N{REPLACEMENT CHARACTER}", value)
    if isinstance(value, list):
        return [_with_whole_letters(item) for item in value]
    if isinstance(value, dict):
        return {_with_whole_letters(name): _with_whole_letters(item) for name, item in value.items()}
    return value


def expect_list(response: Response, value: object, what: str) -> list[Any]:
    """`value` if it is a list. Raises SourceRejected otherwise."""
    if not isinstance(value, list):
        raise SourceRejected(
            f"{describe_request(response)}: {what} is {_kind(value)}, not a list; the format has changed"
        )
    return value


def expect_object(response: Response, value: object, what: str) -> dict[str, Any]:
    """`value` if it is an object. Raises SourceRejected otherwise."""
    if not isinstance(value, dict):
        raise SourceRejected(
            f"{describe_request(response)}: {what} is {_kind(value)}, not an object; the format has changed"
        )
    return value


def parse_envelope_list(
    response: Response, success_code: str, transient_codes: frozenset[str], advice: str
) -> list[Any]:
    """The list in an envelope. Raises like `parse_envelope`, and SourceRejected where `data` is no list."""
    return expect_list(response, parse_envelope(response, success_code, transient_codes, advice), "data")


def parse_envelope(response: Response, success_code: str, transient_codes: frozenset[str], advice: str) -> object:
    """The `data` of an object `{code, msg, data}` whose code reports errors with status 200.

    Raises SourceUnavailable for `transient_codes`, and SourceRejected, with the advice, for every code but
    `success_code`.
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
    """Rows of all records, sorted by their first `key_width` values, without duplicates.

    `to_row` returns None for a record to skip (an unfinished bar, a bar outside the window) and raises InvalidRecord
    for one that can't be a row. Fields that are not `known` are listed in a notice.
    """
    rows: dict[Row, None] = {}
    rejected: list[RejectedRecord] = []
    for record in records:
        try:
            row = to_row(record)
        except InvalidRecord as reason:
            rejected.append(RejectedRecord(record_text(record), str(reason)))
        except (ValueError, ArithmeticError, OSError) as error:
            # Such as a timestamp outside of all years, for which the C library raises an OSError.
            rejected.append(
                RejectedRecord(record_text(record), f"the record can't be read: {type(error).__name__}, {error}")
            )
        else:
            if row is not None:
                rows[row] = None
    notices = unknown_columns(records, known) if known is not None else []
    return Parsed(sorted(rows, key=lambda row: row[:key_width]), [*rejected, *notices])


def number_occurrences(to_row: Callable[[Any], Row | None]) -> Callable[[Any], Row | None]:
    """`to_row` with an occurrence number appended to each row: 1 for the first of equal rows, then 2, and so on.

    Events have no id. Equal events are numbered within a response; across responses, an event occurs as often as in
    the response that has it most often.
    """
    seen: Counter[Row] = Counter()

    def with_number(record: Any) -> Row | None:
        row = to_row(record)
        if row is None:
            return None
        seen[row] += 1
        return (*row, seen[row])

    return with_number


def unknown_columns(records: Iterable[object], known: frozenset[str]) -> list[RejectedRecord]:
    """One notice that lists all fields of the objects in `records` that are not `known`; empty if there are none."""
    names = {name for record in records if isinstance(record, Mapping) for name in record} - known
    if not names:
        return []
    listed = ", ".join(sorted(names))
    return [unknown_column(listed)]


def unknown_column(names: str) -> RejectedRecord:
    """The notice that columns, listed in one text, are not loaded."""
    return RejectedRecord(names, f"unknown column {names}: not loaded; the rows were kept", is_notice=True)


def member(record: object, name: str) -> Any:
    """The field `name` of an object. Raises InvalidRecord where the record is no object or has no such field."""
    if not isinstance(record, Mapping):
        raise InvalidRecord(f"the record is {_kind(record)}, not an object")
    if name not in record:
        raise InvalidRecord(f"the field {name} is missing")
    return record[name]


def number(value: object, name: str, *, text_allowed: bool = False) -> Decimal:
    """A finite number. `text_allowed`: the provider writes the field as a number or as text. Raises InvalidRecord."""
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
    """An integer, written without a fraction. Raises InvalidRecord."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise InvalidRecord(f"{name} is {_kind(value)}, not a whole number")
    return value


def text(value: object, name: str) -> str:
    """A non-empty text. Raises InvalidRecord."""
    if not isinstance(value, str) or not value:
        raise InvalidRecord(f"{name} is {_kind(value)}, not a text")
    return value


def utc_instant(value: object, name: str) -> datetime:
    """An ISO 8601 instant with a time zone, converted to UTC. Raises InvalidRecord."""
    try:
        instant = datetime.fromisoformat(text(value, name))
    except ValueError:
        raise InvalidRecord(f"{name} is {value!r}, not an ISO 8601 instant") from None
    if instant.tzinfo is None:
        raise InvalidRecord(f"{name} is {value!r}, without a time zone")
    return instant.astimezone(UTC)


def record_text(record: object) -> str:
    """A record for `raw.rejected_records`: a text unchanged, anything else as JSON with all digits."""
    return record if isinstance(record, str) else _json(record)


def _json(value: object) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_json(name)}: {_json(member)}" for name, member in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_json, value)) + "]"
    return str(value) if isinstance(value, Decimal) else json.dumps(value, default=str)


def verify_by_parsing(parse: Callable[[Response], Parsed]) -> Callable[[Response], None]:
    """A `Dataset.verify` that raises whatever the parser raises for the body as a whole."""

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
