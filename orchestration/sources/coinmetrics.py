"""Coin Metrics community data: daily reference prices, market capitalisations and supplies of single assets.

`GET /v4/timeseries/asset-metrics?assets=…&metrics=…`, no key, 10 requests per 6 seconds.
Documentation: https://docs.coinmetrics.io/api/v4/#tag/Timeseries/operation/getTimeseriesAssetMetrics
Rows in `data`, oldest first with `paging_from=start` (the default is the newest page first), figures as text, `time`
with nanoseconds; `next_page_url` is the next page. A metric that an asset does not have is an absent field (SOL and
most others have only CapMrktEstUSD), one without a value yet is null. One forbidden metric would fail a whole request,
and which ones are free differs by asset, so the request has `ignore_forbidden_errors`.

`time` is the day at whose end the figures apply: PriceUSD of D is the rate at 00:00 UTC of D + 1, and CapMrktCurUSD is
PriceUSD times SplyCur. ReferenceRateUSD has the instant itself, a day later, for one week only; it is not requested.
A day is computed by 03:25 UTC of the next day and read from 04:00 on. Figures are sometimes restated.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from orchestration.sources.shared.contract import (
    Dataset,
    Parsed,
    Request,
    Response,
    Row,
    Slice,
    SourceRejected,
    SourceUnavailable,
    Window,
)
from orchestration.sources.shared.figures import MARKET_CAP, PRICE, SUPPLY, Timestamp, each
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
    utc_instant,
    verify_by_parsing,
)
from orchestration.sources.shared.provider import Provider, Rate, UsageHeaders

METRICS = ("PriceUSD", "CapMrktCurUSD", "CapMrktEstUSD", "SplyCur")
KNOWN_FIELDS = frozenset(
    {"asset", "time", *METRICS, *(f"{metric}-{note}" for metric in METRICS for note in ("status", "status-time"))}
)
MAX_ROWS = 10_000
FIRST_PRICE = datetime(2010, 7, 18, tzinfo=UTC)
"""Bitcoin's first price; no other is older."""
DAY = timedelta(days=1)
COMPUTED_AFTER = timedelta(hours=4)
"""After the end of a day; until then a row may have only some of its figures."""
TRANSIENT_ERRORS = frozenset({"too_many_requests", "internal_server_error", "service_unavailable", "timeout"})

PROVIDER = Provider(
    name="coinmetrics",
    title="Coin Metrics community data",
    default_url="https://community-api.coinmetrics.io",
    licence="Coin Metrics community data, CC BY-NC 4.0: name the source, no commercial use.",
    rate=Rate(10, 6),
    limitations="Prices of some assets only, estimated capitalisations of the others; a day is read from 04:00 UTC on.",
    usage_headers=UsageHeaders(remaining="X-RateLimit-Remaining", limit="X-RateLimit-Limit", reset="X-RateLimit-Reset"),
    # A 403 concerns one metric or asset, so the next request may succeed.
    is_blocked_by_403=False,
)


def plan_metrics(wanted: Slice) -> Iterator[Request]:
    """One request for all days that are computed by now; both bounds are days and inclusive."""
    until = (wanted.now - COMPUTED_AFTER).replace(hour=0, minute=0, second=0, microsecond=0)
    end = min(wanted.window.end, until)
    if wanted.window.start >= end:
        return
    params = {
        "assets": wanted.symbol,
        "metrics": ",".join(METRICS),
        "frequency": "1d",
        "start_time": f"{wanted.window.start:%Y-%m-%d}",
        "end_time": f"{end - timedelta(microseconds=1):%Y-%m-%d}",
        "page_size": str(MAX_ROWS),
        "paging_from": "start",
        "ignore_forbidden_errors": "true",
        "ignore_unsupported_errors": "true",
    }
    yield Request("/v4/timeseries/asset-metrics", params, wanted.subject, Window(wanted.window.start, end))


def next_page(response: Response) -> Request | None:
    """The request for `next_page_url`, on the configured host; None after the last page."""
    body = expect_object(response, json_body(response), "the body")
    url = body.get("next_page_url")
    if url is None:
        if body.get("next_page_token") is not None:
            raise SourceRejected(
                f"{describe_request(response)}: next_page_token came without next_page_url; the format has changed"
            )
        return None
    parts = urlsplit(str(url))
    _, version, path = parts.path.partition("/v4/")
    if not version:
        raise SourceRejected(f"{describe_request(response)}: next_page_url is {parts.path}; the format has changed")
    return replace(response.request, path=version + path, params=dict(parse_qsl(parts.query, keep_blank_values=True)))


def parse_metrics(response: Response) -> Parsed:
    """One row per asset and computed UTC day, oldest first; an absent or null metric is None."""
    records = records_of(response)
    parsed = parse_records(records, lambda record: _row(response, record), key_width=2)
    return Parsed(parsed.rows, [*parsed.rejected, *unknown_columns(records, KNOWN_FIELDS)])


def records_of(response: Response) -> list[Any]:
    """The records of a page. Raises for an error object and for another format."""
    body = expect_object(response, json_body(response), "the body")
    _check_error(response, body)
    return expect_list(response, body.get("data"), "data")


def _check_error(response: Response, body: dict[str, Any]) -> None:
    if "error" not in body:
        return
    error = expect_object(response, body["error"], "error")
    problem = f"{describe_request(response)}: {error.get('type')}, {error.get('message') or 'no reason given'}"
    if error.get("type") in TRANSIENT_ERRORS:
        raise SourceUnavailable(f"{problem}; run again later")
    raise SourceRejected(f"{problem}; check the asset in dbt_project/seeds/asset_symbols.csv")


def _row(response: Response, record: object) -> Row | None:
    asset, written = requested_asset(response, record), text(member(record, "time"), "time")
    is_computed = is_computed_day(response, written)
    figures = [_figure(record, metric) for metric in METRICS]
    has_figure = any(value is not None for value in figures)
    return (asset, written, *figures) if is_computed and has_figure else None


def requested_asset(response: Response, record: object) -> str:
    """The asset of a record. Raises InvalidRecord for one that was not requested."""
    asset = text(member(record, "asset"), "asset")
    if asset not in response.request.params.get("assets", asset).split(","):
        raise InvalidRecord(f"asset is {asset}, which was not requested")
    return asset


def is_computed_day(response: Response, written: str) -> bool:
    """Whether the UTC day `written` was requested and computed by the run's instant. Raises InvalidRecord."""
    day = utc_instant(written, "time")
    if day != day.replace(hour=0, minute=0, second=0, microsecond=0):
        raise InvalidRecord("time is no midnight in UTC")
    if day > response.latest_timestamp:
        raise InvalidRecord("time lies in the future")
    window = response.request.window
    is_requested = window is None or window.start <= day < window.end
    return is_requested and day + DAY + COMPUTED_AFTER <= response.as_of


def _figure(record: object, metric: str) -> Any:
    value = record.get(metric) if isinstance(record, dict) else None
    return None if value is None else number(value, metric, text_allowed=True)


DATASETS = (
    Dataset(
        provider=PROVIDER,
        name="asset_metrics_1d",
        title="Daily reference price, market capitalisation and supply of an asset (UTC days)",
        subject_group="reference_prices",
        columns={
            "asset": "varchar",
            "time": "varchar",
            "price_usd": "decimal(38,18)",
            "cap_mrkt_cur_usd": "decimal(38,18)",
            "cap_mrkt_est_usd": "decimal(38,18)",
            "sply_cur": "decimal(38,18)",
        },
        key=("asset", "time"),
        read=parse_metrics,
        plan=plan_metrics,
        figures=each(("cap_mrkt_cur_usd", "cap_mrkt_est_usd"), MARKET_CAP.or_missing)
        | {"price_usd": PRICE.or_missing, "sply_cur": SUPPLY.or_missing},
        timestamps={"time": Timestamp("text", every=DAY)},
        verify=verify_by_parsing(parse_metrics),
        next_page=next_page,
        available_since=FIRST_PRICE,
        covers_until="max(time::timestamp) + interval 1 day",
    ),
)
