"""Bitstamp daily OHLC: bars of one pair in US dollars; BTC/USD reaches back to 18 August 2011.

`GET /api/v2/ohlc/{pair}/?step=86400&limit=…&start=…&end=…`, no key, 10,000 requests per ten minutes.
Documentation: https://www.bitstamp.net/api/#tag/Market-info/operation/GetOHLCData
At most 1,000 bars per response, oldest first, as objects of texts; `timestamp` is the opening in seconds. `limit`
overrides the window: a limit above the number of its bars returns bars outside of it, so exactly that number is sent.
The running day is included. Closed bars are not restated.
"""

from collections.abc import Iterator, Mapping
from datetime import timedelta
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
from orchestration.sources.shared.figures import DAY, NOT_NEGATIVE, Bar, Timestamp, prices_of
from orchestration.sources.shared.parsing import (
    InvalidRecord,
    describe_request,
    expect_list,
    expect_object,
    json_body,
    member,
    number,
    parse_records,
    text,
    unknown_columns,
    verify_by_parsing,
)
from orchestration.sources.shared.provider import Provider, Rate, error_codes
from orchestration.sources.shared.timestamps import DAY_SECONDS, is_requested_and_closed

PAGE_DAYS = 1000
VALUES = ("open", "high", "low", "close", "volume")
KNOWN = frozenset({"timestamp", *VALUES})
OVER_THE_LIMIT = frozenset({"400.002", "400.067", "400.068"})

PROVIDER = Provider(
    name="bitstamp",
    title="Bitstamp spot market data",
    default_url="https://www.bitstamp.net",
    licence="Bitstamp's terms of use apply; no right to redistribute the data is granted.",
    limitations="BTC/USD since 2011-08-18, other pairs later; volume in coins only.",
    rate=Rate(10, 1),
    rate_limit_body=error_codes("code", "400.002", "400.067", "400.068"),
)


def plan_ohlc(wanted: Slice) -> Iterator[Request]:
    """Windows of at most 1,000 days, oldest first, each with its number of bars as the limit."""
    for window in wanted.window.split(timedelta(days=PAGE_DAYS)):
        bars = -((window.start - window.end) // timedelta(days=1))
        params = {
            "step": str(DAY_SECONDS),
            "limit": str(bars),
            "start": str(int(window.start.timestamp())),
            "end": str(int(window.end.timestamp()) - 1),
        }
        yield Request(f"/api/v2/ohlc/{wanted.symbol}/", params, wanted.subject, window)


def parse_ohlc(response: Response) -> Parsed:
    """One row per closed UTC day inside the request's window, oldest first; days without a bar are absent."""
    body = expect_object(response, json_body(response), "the body")
    _check_error(response, body)
    data = expect_object(response, body.get("data"), "data")
    bars = expect_list(response, data.get("ohlc"), "data.ohlc")
    pair = response.request.path.rstrip("/").rpartition("/")[2]
    parsed = parse_records(bars, lambda bar: _row(response, pair, bar), key_width=2)
    return Parsed(parsed.rows, [*parsed.rejected, *unknown_columns(bars, KNOWN)])


def _check_error(response: Response, body: Mapping[str, Any]) -> None:
    """Raise for an error body. Bitstamp has used three forms: status and reason, error, code and message."""
    if "data" in body:
        return
    reason = body.get("reason") or body.get("error") or body.get("message") or body.get("errors")
    code = str(body.get("code", ""))
    if reason is None and not code:
        raise SourceRejected(f"{describe_request(response)}: neither data nor an error; the format has changed")
    problem = f"{describe_request(response)}: {reason or 'no reason given'}{f' ({code})' if code else ''}"
    if code in OVER_THE_LIMIT:
        raise SourceUnavailable(f"{problem}; run again later")
    raise SourceRejected(f"{problem}; check the pair in dbt_project/seeds/asset_symbols.csv")


def _row(response: Response, pair: str, bar: object) -> Row | None:
    written = text(member(bar, "timestamp"), "timestamp")
    if not written.isdecimal():
        raise InvalidRecord(f"timestamp is {written!r}, not seconds since 1970")
    opens = int(written)
    is_fact = is_requested_and_closed(response, opens, "timestamp")
    values = [number(member(bar, name), name, text_allowed=True) for name in VALUES]
    return (pair, opens, *values) if is_fact else None


DATASETS = (
    Dataset(
        provider=PROVIDER,
        name="ohlc_1d",
        title="Daily spot bars (OHLCV, UTC days) of Bitstamp",
        subject_group="prices",
        columns={
            "pair": "varchar",
            "timestamp": "bigint",
            "open": "decimal(18,8)",
            "high": "decimal(18,8)",
            "low": "decimal(18,8)",
            "close": "decimal(18,8)",
            "volume": "decimal(28,8)",
        },
        key=("pair", "timestamp"),
        read=parse_ohlc,
        plan=plan_ohlc,
        figures=prices_of(Bar()) | {"volume": NOT_NEGATIVE},
        bar=Bar(),
        timestamps={"timestamp": Timestamp("s", every=DAY)},
        verify=verify_by_parsing(parse_ohlc),
        covers_until="make_timestamp((max(timestamp) + 86400) * 1000000)",
    ),
)
