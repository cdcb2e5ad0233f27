"""CoinMarketCap's fear and greed index: one whole number from 0 to 100 per UTC day since June 2023.

`GET /v3/fear-and-greed/historical?start=1&limit=500`, header `X-CMC_PRO_API_KEY` (free plan); key, host and quota are
those of `coinmarketcap.py`. Documentation: https://coinmarketcap.com/api/documentation/ (fear and greed)
`{"data": [{"timestamp": "1746057600", "value": 53, "value_classification": "Neutral"}, …], "status": {"error_code":
"0"}}`, newest first, at most 500 a page; `start` counts from 1. `timestamp` is the UTC midnight of the day in seconds.
It has the name of alternative.me's index and another method, so it is another scope. UNCONFIRMED: at which hour of its
day a number is final.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from orchestration.sources import coinmarketcap
from orchestration.sources.shared.contract import (
    Dataset,
    Parsed,
    Request,
    Response,
    Row,
    Slice,
    SourceRejected,
    SourceUnavailable,
)
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
    whole_number,
)
from orchestration.sources.shared.provider import Provider
from orchestration.sources.shared.timestamps import DAY_SECONDS, is_requested_and_closed, timestamps_of

PAGE_SIZE = 500
KNOWN = frozenset({"timestamp", "value", "value_classification"})

PROVIDER = Provider(
    name="coinmarketcap_sentiment",
    title="CoinMarketCap, fear and greed index",
    default_url=coinmarketcap.PROVIDER.default_url,
    licence=coinmarketcap.PROVIDER.licence,
    limitations="A number made by one vendor from weights of its own; it differs from alternative.me's.",
    # One host and one key, so one rate limit: these requests count together with those of `coinmarketcap`.
    rate=coinmarketcap.PROVIDER.rate,
    rate_limit_body=coinmarketcap.PROVIDER.rate_limit_body,
    transient_error_body=coinmarketcap.PROVIDER.transient_error_body,
    key_header=coinmarketcap.PROVIDER.key_header,
    key_required=True,
    key_variable=coinmarketcap.PROVIDER.api_key_variable,
    variable_stem="coinmarketcap",
)


def plan_index(wanted: Slice) -> Iterator[Request]:
    """The page of the newest days; older ones follow while the window reaches back."""
    params = {"start": "1", "limit": str(PAGE_SIZE)}
    yield Request("/v3/fear-and-greed/historical", params, wanted.subject, wanted.window)


def older_page(response: Response) -> Request | None:
    """The page before a full one that does not reach the start of the window; None otherwise."""
    records, request = _records(response), response.request
    oldest = min(timestamps_of(records, "timestamp"), default=0)
    is_covered = request.window is None or oldest <= request.window.start.timestamp()
    if len(records) < PAGE_SIZE or is_covered:
        return None
    start = int(request.params["start"]) + PAGE_SIZE
    return replace(request, params={**request.params, "start": str(start)})


def parse_index(response: Response) -> Parsed:
    """One row per closed UTC day of the requested window, oldest first."""
    records = _records(response)
    parsed = parse_records(records, lambda record: _row(response, record), key_width=1)
    return Parsed(parsed.rows, [*parsed.rejected, *unknown_columns(records, KNOWN)])


def _records(response: Response) -> list[Any]:
    body = expect_object(response, json_body(response), "the body")
    status = expect_object(response, body.get("status"), "status")
    code = str(status.get("error_code"))
    if code != "0":
        problem = f"{describe_request(response)}: error {code}, {status.get('error_message') or 'no reason given'}"
        if code.isdecimal() and int(code) in coinmarketcap.TRANSIENT_CODES:
            raise SourceUnavailable(f"{problem}; run again later")
        raise SourceRejected(f"{problem}; check {PROVIDER.api_key_variable} and its plan")
    return expect_list(response, body.get("data"), "data")


def _row(response: Response, record: object) -> Row | None:
    written = member(record, "timestamp")
    if not isinstance(written, str) or not written.isdecimal():
        raise InvalidRecord(f"timestamp is {written!r}, not seconds as text")
    value = whole_number(member(record, "value"), "value")
    classification = text(member(record, "value_classification"), "value_classification")
    is_fact = is_requested_and_closed(response, int(written), "timestamp")
    return (int(written), value, classification) if is_fact else None


DATASETS = (
    Dataset(
        provider=PROVIDER,
        name="fear_greed_1d",
        title="Daily fear and greed index of CoinMarketCap",
        subject_group="sentiment",
        columns={"timestamp": "bigint", "value": "integer", "value_classification": "varchar"},
        key=("timestamp",),
        read=parse_index,
        plan=plan_index,
        figures={"value": Figure(minimum=0, maximum=100)},
        timestamps={"timestamp": Timestamp("s", every=DAY)},
        verify=verify_by_parsing(parse_index),
        next_page=older_page,
        per_asset=False,
        covers_until=f"make_timestamp((max(timestamp) + {DAY_SECONDS}) * 1000000)",
    ),
)
