"""Kraken daily OHLC: bars of one pair in US dollars, the newest 720 of them.

`GET /0/public/OHLC?pair=…&interval=1440&since=…`, no key; one request per 1.2 s is accepted, more are refused.
Documentation: https://docs.kraken.com/api-reference/market-data/get-ohlc-data
At most the newest 720 committed bars, whatever `since` (exclusive, seconds) is, and the running bar, oldest first, as
arrays `[time, open, high, low, close, vwap, volume, count]`: prices and volumes are text, `time` is the opening in
seconds. `last` is the opening of the newest committed bar. The key of the list is Kraken's own name of the pair
(XXBTZUSD for XBTUSD). Errors have status 200 and are in `error`. Days without a trade are filled: the price of the day
before, no volume, `count` 0. Closed bars are not restated.
"""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from orchestration.sources.shared.contract import (
    Dataset,
    Parsed,
    RejectedRecord,
    Request,
    Response,
    Row,
    Slice,
    SourceRejected,
    SourceUnavailable,
)
from orchestration.sources.shared.figures import DAY, NOT_NEGATIVE, Bar, Timestamp, each, prices_of
from orchestration.sources.shared.parsing import (
    InvalidRecord,
    describe_request,
    expect_list,
    expect_object,
    json_body,
    number,
    parse_records,
    record_text,
    verify_by_parsing,
    whole_number,
)
from orchestration.sources.shared.provider import Provider, Rate
from orchestration.sources.shared.timestamps import is_requested_and_closed

DEPTH = timedelta(days=720)
FIELDS = ("time", "open", "high", "low", "close", "vwap", "volume", "count")
TRANSIENT_ERRORS = ("EService:", "EGeneral:Too many requests", "EGeneral:Temporary lockout", "EAPI:Rate limit")

PROVIDER = Provider(
    name="kraken",
    title="Kraken spot market data",
    default_url="https://api.kraken.com",
    licence="Kraken's terms of service apply; no right to redistribute the data is granted.",
    limitations="The newest 720 days only; volume in coins only.",
    rate=Rate(1, 1.2),
    rate_limit_body=re.compile(rb"EGeneral:Too many requests|EGeneral:Temporary lockout|EAPI:Rate limit"),
    transient_error_body=re.compile(rb"EService:"),
)


def plan_ohlc(wanted: Slice) -> Iterator[Request]:
    """One request, because every response has the same days; none for a window before them."""
    if wanted.window.end <= wanted.now - DEPTH:
        return
    params = {"pair": wanted.symbol, "interval": "1440", "since": str(int(wanted.window.start.timestamp()) - 1)}
    yield Request("/0/public/OHLC", params, wanted.subject, wanted.window)


def parse_ohlc(response: Response) -> Parsed:
    """One row per committed UTC day inside the window, oldest first; filled days have `count` 0."""
    body = expect_object(response, json_body(response), "the body")
    _check_errors(response, body)
    result = expect_object(response, body.get("result"), "result")
    lists = [value for name, value in result.items() if name != "last"]
    if len(lists) != 1:
        raise SourceRejected(
            f"{describe_request(response)}: result has {len(lists)} pairs, not one; the format has changed"
        )
    pair = response.request.params.get("pair", "")
    bars = expect_list(response, lists[0], "the list of bars")
    last, notices = _last_committed(result.get("last"), bars)
    parsed = parse_records(bars, lambda bar: _row(response, pair, bar, last), key_width=2)
    return Parsed(parsed.rows, [*parsed.rejected, *notices])


def _last_committed(last: object, bars: list[Any]) -> tuple[int, list[RejectedRecord]]:
    """The opening of the newest committed bar, and a notice where `last` is unusable.

    Then the bar before the newest counts as the newest committed one, because the newest may be running.
    """
    if isinstance(last, str) and last.isdecimal():
        last = int(last)
    openings = sorted({bar[0] for bar in bars if isinstance(bar, list) and bar and isinstance(bar[0], int)})
    if isinstance(last, int) and not isinstance(last, bool) and (len(openings) < 2 or last >= openings[0]):
        return last, []
    reason = "last is missing or names no bar: the bar before the newest counts as the newest committed one"
    return openings[-2] if len(openings) > 1 else 0, [RejectedRecord(record_text(last), reason, is_notice=True)]


def _check_errors(response: Response, body: dict[str, Any]) -> None:
    errors = [str(error) for error in expect_list(response, body.get("error"), "error")]
    if not errors:
        return
    problem = f"{describe_request(response)}: {'; '.join(errors)}"
    if any(error.startswith(TRANSIENT_ERRORS) for error in errors):
        raise SourceUnavailable(f"{problem}; run again later")
    raise SourceRejected(f"{problem}; check the pair in dbt_project/seeds/asset_symbols.csv")


def _row(response: Response, pair: str, bar: object, last: int) -> Row | None:
    if not isinstance(bar, list) or len(bar) != len(FIELDS):
        raise InvalidRecord(f"a bar has the eight values {', '.join(FIELDS)}")
    opens = whole_number(bar[0], "time")
    is_fact = is_requested_and_closed(response, opens, "time")
    values = [number(value, name, text_allowed=True) for name, value in zip(FIELDS[1:7], bar[1:7], strict=True)]
    trades = whole_number(bar[7], "count")
    # Kraken commits a bar a moment after its end; until then the last trades may be missing.
    return (pair, opens, *values, trades) if is_fact and opens <= last else None


DATASETS = (
    Dataset(
        provider=PROVIDER,
        name="ohlc_1d",
        title="Daily spot bars (OHLCV, UTC days) of Kraken, the newest 720",
        subject_group="prices",
        columns={
            "pair": "varchar",
            "time": "bigint",
            "open": "decimal(18,8)",
            "high": "decimal(18,8)",
            "low": "decimal(18,8)",
            "close": "decimal(18,8)",
            "vwap": "decimal(18,8)",
            "volume": "decimal(28,8)",
            "trade_count": "bigint",
        },
        key=("pair", "time"),
        read=parse_ohlc,
        plan=plan_ohlc,
        # A day without a trade has a vwap of 0.
        figures=prices_of(Bar()) | each(("vwap", "volume", "trade_count"), NOT_NEGATIVE),
        bar=Bar(),
        timestamps={"time": Timestamp("s", every=DAY)},
        verify=verify_by_parsing(parse_ohlc),
        covers_until="make_timestamp((max(time) + 86400) * 1000000)",
    ),
)
