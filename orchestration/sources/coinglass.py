"""CoinGlass v4: liquidated longs and shorts per coin and UTC day, summed over a list of venues.

`GET /api/futures/liquidation/aggregated-history`, header `CG-API-KEY` (paid; daily history is complete on every
plan). Documentation: https://docs.coinglass.com/reference/aggregated-liquidation-history
Rows `{"time", "aggregated_long_liquidation_usd", "aggregated_short_liquidation_usd"}`, oldest first: `time` is the
opening in milliseconds, the sums are US dollars of positions closed by force, a lower bound. At most 1,000 rows.
The last bar is running; the first bar of a window may be incomplete. Figures are restated for months.

Errors have status 200 and a code in the body. There is no value for "all venues", so the list is spelled out and stored
with every row. Days once opened at 16:00 UTC (midnight in China), so the opening is checked.
"""

from collections.abc import Iterator
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
from orchestration.sources.shared.figures import NOT_NEGATIVE, Timestamp, each
from orchestration.sources.shared.parsing import (
    MILLISECONDS_FROM,
    InvalidRecord,
    describe_request,
    expect_list,
    expect_object,
    json_body,
    member,
    milliseconds,
    number,
    parse_records,
    record_text,
    unknown_columns,
    verify_by_parsing,
    whole_number,
)
from orchestration.sources.shared.provider import Provider, Rate, UsageHeaders, error_codes

DAY = timedelta(days=1)
DAY_MS = 86_400_000
PAGE_DAYS = 999
"""1,000 rows with the day before the window, which is requested and not used."""
EVERY_VENUE = "Binance,Bybit,OKX,HTX,Gate,Bitmex,Bitfinex,CoinEx,Hyperliquid"
LISTS_OPTION = "COINGLASS_EXCHANGE_LISTS"
TRANSIENT_CODES = frozenset({"408", "429", "500"})

PROVIDER = Provider(
    name="coinglass",
    title="CoinGlass v4",
    default_url="https://open-api-v4.coinglass.com",
    licence="For the key's owner alone: CoinGlass forbids redistribution.",
    limitations="No free plan; that its days start at 00:00 UTC is unconfirmed; figures of months ago are restated.",
    # The rate of the smallest plan; `coinglass_etf` has the same host and key, so they share the limit.
    rate=Rate(30, 60),
    rate_limit_body=error_codes("code", 429, 30001),
    transient_error_body=error_codes("code", 408, 500),
    usage_headers=UsageHeaders(used="API-KEY-USE-LIMIT", limit="API-KEY-MAX-LIMIT"),
    key_header="CG-API-KEY",
    key_required=True,
    options={LISTS_OPTION: f"Binance;{EVERY_VENUE}"},
    option_help={LISTS_OPTION: "The venue lists to request: lists separated by ';', venues by ','."},
)
LONG, SHORT = "aggregated_long_liquidation_usd", "aggregated_short_liquidation_usd"
COLUMNS = {
    "symbol": "varchar",
    "exchange_list": "varchar",
    "time": "bigint",
    LONG: "decimal(18,4)",
    SHORT: "decimal(18,4)",
}


def plan_liquidations(wanted: Slice) -> Iterator[Request]:
    """Per list of venues, windows that overlap by a day: the first bar of a window may be incomplete and is dropped."""
    for exchange_list in _exchange_lists(wanted.options[LISTS_OPTION]):
        for window in wanted.window.split(PAGE_DAYS * DAY):
            params = {
                "exchange_list": exchange_list,
                "symbol": wanted.symbol,
                "interval": "1d",
                "limit": "1000",
                "start_time": str(milliseconds(window.start - DAY)),
                "end_time": str(milliseconds(window.end) - 1),
            }
            yield Request("/api/futures/liquidation/aggregated-history", params, wanted.subject, window)


def _exchange_lists(option: str) -> list[str]:
    """The lists of venues in 'A;A,B,C', without blanks and duplicates. Raises SourceRejected where there is none."""
    lists = (",".join(venue.strip() for venue in part.split(",") if venue.strip()) for part in option.split(";"))
    found = list(dict.fromkeys(part for part in lists if part))
    if not found:
        raise SourceRejected(f"{LISTS_OPTION} names no venue: set it to lists such as 'Binance;Binance,OKX'")
    return found


def parse_liquidations(response: Response) -> Parsed:
    """One row per closed UTC day inside the request's window, oldest first."""
    venues = response.request.params.get("exchange_list", "")
    records = parse_data(response, f"the plan does not cover {venues}: upgrade it, or shorten {LISTS_OPTION}")
    _check_midnights(response, records)
    parsed = parse_records(records, lambda record: _row(response, record), key_width=3)
    return Parsed(parsed.rows, [*parsed.rejected, *unknown_columns(records, frozenset(("time", LONG, SHORT)))])


def _check_midnights(response: Response, records: list[Any]) -> None:
    """Refuse a response where most days don't open at midnight in UTC."""
    timestamps = [_number_of(record.get("time")) for record in records if isinstance(record, dict)]
    openings = [_opening(timestamp) for timestamp in timestamps if isinstance(timestamp, int)]
    elsewhere = [opens % DAY_MS for opens in openings if opens % DAY_MS]
    if 2 * len(elsewhere) > len(openings):
        raise SourceRejected(
            f"{describe_request(response)}: a day opens at {elsewhere[0] // 3_600_000}:00 UTC, not at midnight; "
            f"the response is not used, because these are not UTC days"
        )


def parse_data(response: Response, plan_advice: str) -> list[Any]:
    """The list `data` of a body. Raises for an error with status 200, with `plan_advice` where the plan is too small.

    `code` is a text or a number; "0" is success.
    """
    envelope = expect_object(response, json_body(response), "the body")
    code, reason = str(envelope.get("code")), str(envelope.get("msg") or envelope.get("message") or "no reason given")
    if code == "0":
        return expect_list(response, envelope.get("data"), "data")
    problem = f"{describe_request(response)}: code {code}, {reason}"
    if code in TRANSIENT_CODES:
        raise SourceUnavailable(f"{problem}; run again in a minute")
    if "plan" in reason.lower():
        raise SourceRejected(f"{problem}; {plan_advice}")
    if "key" in reason.lower() or "secret" in reason.lower() or code == "401":
        raise SourceRejected(f"{problem}; check {PROVIDER.api_key_variable}")
    raise SourceRejected(f"{problem}; check the symbol and {LISTS_OPTION}")


def _row(response: Response, record: object) -> Row | None:
    opens = _opening(whole_number(_number_of(member(record, "time")), "time"))
    if opens % DAY_MS:
        raise InvalidRecord(f"time is {record_text(member(record, 'time'))}, no midnight in UTC")
    if opens > milliseconds(response.latest_timestamp):
        raise InvalidRecord("time lies in the future")
    long_usd = number(member(record, LONG), LONG, text_allowed=True)
    short_usd = number(member(record, SHORT), SHORT, text_allowed=True)
    window = response.request.window
    if window and not milliseconds(window.start) <= opens < milliseconds(window.end):
        return None
    if opens + DAY_MS > milliseconds(response.as_of):
        return None
    params = response.request.params
    return (params["symbol"], params["exchange_list"], opens, long_usd, short_usd)


def _opening(time: int) -> int:
    """The opening in milliseconds; one version of the documentation shows seconds."""
    return time * 1000 if time < MILLISECONDS_FROM else time


def _number_of(time: object) -> object:
    """A number for a timestamp written as text; anything else unchanged."""
    return int(time) if isinstance(time, str) and time.isdecimal() else time


DATASETS = (
    Dataset(
        provider=PROVIDER,
        name="liquidations_1d",
        title="Liquidated longs and shorts per coin and UTC day, summed over a list of venues",
        subject_group="liquidations",
        columns=COLUMNS,
        key=("symbol", "exchange_list", "time"),
        read=parse_liquidations,
        plan=plan_liquidations,
        # Zeros before the first record of a coin are kept, because they are reported.
        figures=each((LONG, SHORT), NOT_NEGATIVE),
        timestamps={"time": Timestamp("ms", every=DAY)},
        verify=verify_by_parsing(parse_liquidations),
        covers_until="make_timestamp((max(time) + 86400000) * 1000)",
        monthly_lookback=timedelta(days=2200),
    ),
)
