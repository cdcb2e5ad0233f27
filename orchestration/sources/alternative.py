"""alternative.me's fear and greed index: one whole number from 0 to 100 per UTC day since February 2018.

`GET https://api.alternative.me/fng/?limit=0&format=json`, no key; 60 requests a minute over ten minutes.
Documentation: https://alternative.me/crypto/fear-and-greed-index/ (API)
`{"name": "…", "data": [{"value": "40", "value_classification": "Fear", "timestamp": "1746057600", …}], "metadata":
{"error": null}}`, newest first, values as text; `limit=0` is the whole history. `timestamp` is the UTC midnight at
which the number was published (seconds), so it holds for the day that opens there; only the newest entry has
`time_until_update`. The terms want the source named beside the figures. Other vendors have an index of the same name
with another method: each is its own scope. Some days of April 2018 are missing.
"""

from collections.abc import Iterator

from orchestration.sources.shared.contract import Dataset, Parsed, Request, Response, Row, Slice, SourceRejected
from orchestration.sources.shared.figures import DAY, Figure, Timestamp
from orchestration.sources.shared.parsing import (
    InvalidRecord,
    describe_request,
    expect_list,
    expect_object,
    json_body,
    member,
    parse_records,
    text,
    unknown_columns,
    verify_by_parsing,
)
from orchestration.sources.shared.provider import Provider, Rate
from orchestration.sources.shared.timestamps import DAY_SECONDS, is_requested_and_closed

KNOWN = frozenset({"value", "value_classification", "timestamp", "time_until_update"})

PROVIDER = Provider(
    name="alternative",
    title="alternative.me fear and greed index",
    default_url="https://api.alternative.me",
    licence="Free to use, commercially too, where alternative.me is named beside the figures.",
    limitations="A number made by one vendor from weights of its own; no component is published.",
    rate=Rate(1, 1),
)


def plan_index(wanted: Slice) -> Iterator[Request]:
    """One request for the whole history: the endpoint has no window."""
    yield Request("/fng/", {"limit": "0", "format": "json"}, wanted.subject, wanted.window)


def parse_index(response: Response) -> Parsed:
    """One row per closed UTC day of the requested window, oldest first."""
    body = expect_object(response, json_body(response), "the body")
    error = (body.get("metadata") or {}).get("error") if isinstance(body.get("metadata"), dict) else None
    if error:
        raise SourceRejected(f"{describe_request(response)}: {error}; run again later")
    records = expect_list(response, body.get("data"), "data")
    if not records:
        raise SourceRejected(f"{describe_request(response)}: the history is empty; run again later")
    parsed = parse_records(records, lambda record: _row(response, record), key_width=1)
    return Parsed(parsed.rows, [*parsed.rejected, *unknown_columns(records, KNOWN)])


def _row(response: Response, record: object) -> Row | None:
    timestamp, value = (_whole(member(record, name), name) for name in ("timestamp", "value"))
    classification = text(member(record, "value_classification"), "value_classification")
    return (timestamp, value, classification) if is_requested_and_closed(response, timestamp, "timestamp") else None


def _whole(value: object, name: str) -> int:
    """A whole number written as text. Raises InvalidRecord."""
    if not isinstance(value, str) or not value.removeprefix("-").isdecimal():
        raise InvalidRecord(f"{name} is {value!r}, not a whole number as text")
    return int(value)


DATASETS = (
    Dataset(
        provider=PROVIDER,
        name="fear_greed_1d",
        title="Daily fear and greed index of alternative.me",
        subject_group="sentiment",
        columns={"timestamp": "bigint", "value": "integer", "value_classification": "varchar"},
        key=("timestamp",),
        read=parse_index,
        plan=plan_index,
        figures={"value": Figure(minimum=0, maximum=100)},
        timestamps={"timestamp": Timestamp("s", every=DAY)},
        verify=verify_by_parsing(parse_index),
        per_asset=False,
        covers_until=f"make_timestamp((max(timestamp) + {DAY_SECONDS}) * 1000000)",
    ),
)
