"""Deribit's volatility index DVOL of Bitcoin and Ether: daily bars of the 30-day implied volatility.

`GET /api/v2/public/get_volatility_index_data?currency=BTC&start_timestamp=…&end_timestamp=…&resolution=1D`, no key;
public requests share a budget of credits per address, 10028 (too_many_requests) is its limit.
Documentation: https://docs.deribit.com/api-reference/market-data/public-get_volatility_index_data
`{"jsonrpc": "2.0", "result": {"data": [[1746057600000, 48.1, 49.9, 47.6, 48.7], …], "continuation": null}, …}`: opening
in milliseconds, open, high, low, close, in percent per year, oldest first. Both ends are inclusive; `continuation` is
the `end_timestamp` of the next older page. The running day is included. History starts on 2021-03-24; what lies before
the index was announced (2021-03-31) is the venue's own back-calculation. An error has status 400 and `{"error":
{"code", "message"}}`. UNCONFIRMED: the most bars of a page (1,000 was seen), and that a closed bar is never restated.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

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
from orchestration.sources.shared.figures import DAY, Bar, Timestamp, prices_of
from orchestration.sources.shared.parsing import (
    InvalidRecord,
    describe_request,
    expect_list,
    expect_object,
    json_body,
    milliseconds,
    number,
    parse_records,
    verify_by_parsing,
)
from orchestration.sources.shared.provider import Provider, Rate, error_codes
from orchestration.sources.shared.timestamps import DAY_MS, is_requested_and_closed, timestamp_ms

PAGE_DAYS = 500
PRICES = ("open", "high", "low", "close")
TRANSIENT_CODES = frozenset({"10028", "10040", "10041", "11094"})
"""Too many requests, retry, settlement in progress, internal error."""

PROVIDER = Provider(
    name="deribit",
    title="Deribit volatility index",
    default_url="https://www.deribit.com",
    licence="For personal use under Deribit's terms; no right to redistribute is granted.",
    limitations="BTC and ETH alone, since 2021-03-24; an index of one venue's options, no price and no realised move.",
    rate=Rate(5, 1),
    rate_limit_body=error_codes("code", 10028),
)


def plan_index(wanted: Slice) -> Iterator[Request]:
    """Windows of at most 500 days, oldest first."""
    for window in wanted.window.split(timedelta(days=PAGE_DAYS)):
        bounds = {
            "start_timestamp": str(milliseconds(window.start)),
            "end_timestamp": str(milliseconds(window.end) - 1),
        }
        params = {"currency": wanted.symbol, **bounds, "resolution": "1D"}
        yield Request("/api/v2/public/get_volatility_index_data", params, wanted.subject, window)


def older_page(response: Response) -> Request | None:
    """The page before this one; None where the window is complete."""
    continuation = _result(response).get("continuation")
    if continuation is None:
        return None
    if isinstance(continuation, bool) or not isinstance(continuation, int):
        raise SourceRejected(f"{describe_request(response)}: continuation is {continuation!r}; the format has changed")
    request = response.request
    return replace(request, params={**request.params, "end_timestamp": str(continuation)})


def parse_index(response: Response) -> Parsed:
    """One row per closed UTC day inside the window, oldest first, in percent per year."""
    bars = expect_list(response, _result(response).get("data"), "result.data")
    currency = response.request.params.get("currency", "")
    return parse_records(bars, lambda bar: _row(response, currency, bar), key_width=2)


def _result(response: Response) -> dict[str, Any]:
    body = expect_object(response, json_body(response), "the body")
    if "error" in body:
        error = expect_object(response, body["error"], "error")
        problem = (
            f"{describe_request(response)}: error {error.get('code')}, {error.get('message') or 'no reason given'}"
        )
        if str(error.get("code")) in TRANSIENT_CODES:
            raise SourceUnavailable(f"{problem}; run again later")
        raise SourceRejected(f"{problem}; check the currency in dbt_project/seeds/asset_symbols.csv")
    return expect_object(response, body.get("result"), "result")


def _row(response: Response, currency: str, bar: Any) -> Row | None:
    if not isinstance(bar, list) or len(bar) != 5:
        raise InvalidRecord("a bar has the five values timestamp, open, high, low, close")
    timestamp = timestamp_ms(bar[0], "timestamp")
    seconds, rest = divmod(timestamp, 1000)
    if rest:
        raise InvalidRecord("timestamp is no midnight in UTC")
    values = [number(value, name) for name, value in zip(PRICES, bar[1:], strict=True)]
    return (currency, timestamp, *values) if is_requested_and_closed(response, seconds, "timestamp") else None


DATASETS = (
    Dataset(
        provider=PROVIDER,
        name="volatility_index_1d",
        title="Daily bars of the implied volatility index DVOL, in percent per year",
        subject_group="volatility",
        columns={"currency": "varchar", "timestamp": "bigint"} | dict.fromkeys(PRICES, "decimal(18,8)"),
        key=("currency", "timestamp"),
        read=parse_index,
        plan=plan_index,
        figures=prices_of(Bar()),
        bar=Bar(),
        timestamps={"timestamp": Timestamp("ms", every=DAY)},
        verify=verify_by_parsing(parse_index),
        next_page=older_page,
        available_since=datetime(2021, 3, 24, tzinfo=UTC),
        covers_until=f"make_timestamp((max(timestamp) + {DAY_MS}) * 1000)",
    ),
)
