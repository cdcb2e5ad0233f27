"""OKX's USDT perpetuals: daily open interest, daily ratio of long to short accounts, and settled funding.

`GET /api/v5/rubik/stat/contracts/open-interest-history?instId&period=1Dutc&begin&end&limit`: `[ts, oi, oiCcy, oiUsd]`;
`GET /api/v5/rubik/stat/contracts/long-short-account-ratio-contract`, the same parameters: `[ts, ratio]`;
`GET /api/v5/public/funding-rate-history?instId&before&after&limit`: objects. No key, all values are texts, newest
first, at most 100 per response; both ends are exclusive.
Documentation: https://www.okx.com/docs-v5/en/#trading-statistics-rest-api
`1Dutc` is a UTC day, the plain `1D` one of Hong Kong: a timestamp that is no midnight in UTC is rejected. A day is
stamped with its opening and has the state at its end; the running day is included. Statistics reach back 1,440 days, to
2024-01-01 at most (sometimes only 180 days), funding three months; `realizedRate` is the paid rate, as a fraction for
the time since the previous settlement. A request for older days is refused with code 50030 or returns an empty list, so
older pages of statistics are requested until then.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from orchestration.sources.okx import TRANSIENT_CODES
from orchestration.sources.okx_futures import PROVIDER
from orchestration.sources.shared.contract import Dataset, Parsed, Request, Response, Row, Slice, Window
from orchestration.sources.shared.figures import DAY, NOT_NEGATIVE, RATE, Timestamp, each
from orchestration.sources.shared.parsing import (
    InvalidRecord,
    json_body,
    member,
    milliseconds,
    number,
    parse_envelope_list,
    parse_records,
    text,
    unknown_columns,
    verify_by_parsing,
)
from orchestration.sources.shared.timestamps import (
    is_requested_and_closed,
    is_requested_and_past,
    timestamp_ms,
    timestamps_of,
)

RETENTION = timedelta(days=90)
STATISTICS_RETENTION = timedelta(days=1440)
STATISTICS_SINCE = datetime(2024, 1, 1, tzinfo=UTC)
TOO_OLD = "50030"
PAGE_SIZE = 100
PAGE = timedelta(days=PAGE_SIZE)
STATISTICS = "/api/v5/rubik/stat/contracts"
RATES = frozenset({"instType", "instId", "fundingRate", "realizedRate", "fundingTime", "method", "formulaType"})


def _kept_window(wanted: Slice, span: timedelta) -> Window | None:
    start = max(wanted.window.start, (wanted.now - span).replace(hour=0, minute=0, second=0, microsecond=0))
    return Window(start, wanted.window.end) if start < wanted.window.end else None


def plan_statistic(name: str) -> Callable[[Slice], Iterator[Request]]:
    """The newest page of the part of the window that is still kept; older pages follow."""

    def plan(wanted: Slice) -> Iterator[Request]:
        window = _kept_window(wanted, STATISTICS_RETENTION)
        if window:
            params = {"instId": wanted.symbol, "period": "1Dutc", "limit": str(PAGE_SIZE)}
            ends = _ends(window, milliseconds(window.end))
            yield Request(f"{STATISTICS}/{name}", params | ends, wanted.subject, window)

    return plan


def _ends(window: Window, end: int) -> dict[str, str]:
    """The bounds of the page before `end`; only the last page has a beginning, the start of the window."""
    is_last = end - milliseconds(window.start) <= PAGE // timedelta(milliseconds=1)
    return ({"begin": str(milliseconds(window.start) - 1)} if is_last else {}) | {"end": str(end)}


def older_days(response: Response) -> Request | None:
    """The page before a full one; None where it would lie before the window."""
    days, request, window = _days(response), response.request, response.request.window
    if len(days) < PAGE_SIZE or window is None:
        return None
    oldest = min((int(day[0]) for day in days if isinstance(day, list) and day and str(day[0]).isdecimal()), default=0)
    if oldest <= milliseconds(window.start):
        return None
    fixed = {name: value for name, value in request.params.items() if name not in ("begin", "end")}
    return replace(request, params=fixed | _ends(window, oldest))


def _days(response: Response) -> list[Any]:
    """The days of a page; empty for an older page that is refused as too old. The newest page must not be."""
    window, end = response.request.window, response.request.params.get("end")
    is_older = window is not None and end != str(milliseconds(window.end))
    body = json_body(response)
    if is_older and isinstance(body, dict) and str(body.get("code")) == TOO_OLD:
        return []
    return _data(response)


def plan_rates(wanted: Slice) -> Iterator[Request]:
    """The newest page of the last 90 days of funding; older pages follow."""
    window = _kept_window(wanted, RETENTION)
    if window:
        params = {"instId": wanted.symbol, "after": str(milliseconds(window.end) + 1), "limit": str(PAGE_SIZE)}
        yield Request("/api/v5/public/funding-rate-history", params, wanted.subject, window)


def older_rates(response: Response) -> Request | None:
    """The page before a full one; None where it would lie before the window."""
    records, request, window = _data(response), response.request, response.request.window
    if len(records) < PAGE_SIZE or window is None:
        return None
    oldest = min(timestamps_of(records, "fundingTime"), default=0)
    if oldest <= milliseconds(window.start):
        return None
    return replace(request, params={**request.params, "after": str(oldest)})


def _data(response: Response) -> list[Any]:
    advice = "check the instrument in dbt_project/seeds/asset_symbols.csv and the window"
    return parse_envelope_list(response, "0", TRANSIENT_CODES, advice)


def parse_statistic(*figures: str) -> Callable[[Response], Parsed]:
    """One row per closed UTC day inside the window, oldest first."""

    def to_row(response: Response, record: Any) -> Row | None:
        if not isinstance(record, list) or len(record) != len(figures) + 1:
            raise InvalidRecord(f"a day has the values ts, {', '.join(figures)}")
        timestamp = timestamp_ms(record[0], "ts")
        seconds, rest = divmod(timestamp, 1000)
        if rest:
            raise InvalidRecord("ts is no midnight in UTC")
        is_fact = is_requested_and_closed(response, seconds, "ts")
        values = [number(value, name, text_allowed=True) for name, value in zip(figures, record[1:], strict=True)]
        return (response.request.params.get("instId", ""), timestamp, *values) if is_fact else None

    def parse(response: Response) -> Parsed:
        return parse_records(_days(response), lambda record: to_row(response, record), key_width=2)

    return parse


def parse_rates(response: Response) -> Parsed:
    """One row per settlement inside the window, oldest first; an absent realised rate is None."""

    def to_row(record: Any) -> Row | None:
        timestamp = timestamp_ms(member(record, "fundingTime"), "fundingTime")
        rate = number(member(record, "fundingRate"), "fundingRate", text_allowed=True)
        realised = record.get("realizedRate")
        paid = number(realised, "realizedRate", text_allowed=True) if realised not in (None, "") else None
        instrument = text(member(record, "instId"), "instId")
        if instrument != response.request.params.get("instId"):
            raise InvalidRecord(f"{instrument} was not requested")
        return (
            (instrument, timestamp, rate, paid) if is_requested_and_past(response, timestamp, "fundingTime") else None
        )

    records = _data(response)
    parsed = parse_records(records, to_row, key_width=2)
    return Parsed(parsed.rows, [*parsed.rejected, *unknown_columns(records, RATES)])


parse_open_interest = parse_statistic("oi", "oiCcy", "oiUsd")
parse_accounts = parse_statistic("ratio")
DAY_ENDS = "make_timestamp((max(ts) + 86400000) * 1000)"

DATASETS = (
    Dataset(
        provider=PROVIDER,
        name="open_interest_1d",
        title="Open interest of USDT perpetuals on OKX by UTC day, since 2024 at most",
        subject_group="derivatives",
        columns={"inst_id": "varchar", "ts": "bigint"} | dict.fromkeys(("oi", "oi_ccy", "oi_usd"), "decimal(28,10)"),
        key=("inst_id", "ts"),
        read=parse_open_interest,
        plan=plan_statistic("open-interest-history"),
        figures=each(("oi", "oi_ccy", "oi_usd"), NOT_NEGATIVE),
        timestamps={"ts": Timestamp("ms", every=DAY)},
        verify=verify_by_parsing(parse_open_interest),
        next_page=older_days,
        available_since=STATISTICS_SINCE,
        covers_until=DAY_ENDS,
    ),
    Dataset(
        provider=PROVIDER,
        name="account_ratio_1d",
        title="Ratio of long to short accounts on OKX by UTC day, since 2024 at most",
        subject_group="derivatives",
        columns={"inst_id": "varchar", "ts": "bigint", "ratio": "decimal(18,8)"},
        key=("inst_id", "ts"),
        read=parse_accounts,
        plan=plan_statistic("long-short-account-ratio-contract"),
        figures={"ratio": NOT_NEGATIVE},
        timestamps={"ts": Timestamp("ms", every=DAY)},
        verify=verify_by_parsing(parse_accounts),
        next_page=older_days,
        available_since=STATISTICS_SINCE,
        covers_until=DAY_ENDS,
    ),
    Dataset(
        provider=PROVIDER,
        name="funding_history",
        title="Settled funding rates of USDT perpetuals on OKX, the last three months",
        subject_group="derivatives",
        columns={
            "inst_id": "varchar",
            "funding_time": "bigint",
            "funding_rate": "decimal(18,16)",
            "realized_rate": "decimal(18,16)",
        },
        key=("inst_id", "funding_time"),
        read=parse_rates,
        plan=plan_rates,
        figures={"funding_rate": RATE, "realized_rate": RATE.or_missing},
        timestamps={"funding_time": Timestamp("ms")},
        verify=verify_by_parsing(parse_rates),
        next_page=older_rates,
        lookback=RETENTION,
        covers_until="make_timestamp(max(funding_time) * 1000)",
    ),
)
