"""Coinalyze: liquidations, open interest, funding and account ratios of every perpetual of a coin, day by day.

`GET /v1/future-markets`, then `/v1/liquidation-history`, `/v1/open-interest-history`, `/v1/funding-rate-history` and
`/v1/long-short-ratio-history`, header `api_key` (free). Documentation: https://api.coinalyze.net/v1/doc/
40 calls per minute, where every symbol of a request counts as one; 20 symbols per request. `from` and `to` are seconds,
both inclusive. Daily bars open at 00:00 UTC and are never deleted; the running one is included. Funding is in percent.
Venues report late, so the last 14 days may still change.

Errors are silent: an unknown symbol, and a window in milliseconds, return 200 and an empty list. So the symbols of the
response are compared with the requested ones. The list of symbols is requested once per run.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
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
)
from orchestration.sources.shared.figures import DAY, NOT_NEGATIVE, Timestamp, each
from orchestration.sources.shared.parsing import (
    MILLISECONDS_FROM,
    InvalidRecord,
    describe_request,
    expect_list,
    json_body,
    member,
    number,
    parse_records,
    record_text,
    text,
    unknown_columns,
    verify_by_parsing,
    whole_number,
)
from orchestration.sources.shared.provider import Provider, Rate

DAY_SECONDS = 86_400
SYMBOLS_PER_REQUEST = 20
MARKETS = "/v1/future-markets"
HISTORIES = {
    "liquidation-history": ("l", "s"),
    "open-interest-history": ("o", "h", "l", "c"),
    "funding-rate-history": ("o", "h", "l", "c"),
    "long-short-ratio-history": ("r", "l", "s"),
}
"""The endpoints requested for each symbol, and their required fields."""
IN_DOLLARS = frozenset({"liquidation-history", "open-interest-history"})
"""Requested in dollars. Otherwise stable-margined contracts count coins and coin-margined ones dollars."""
FIELDS = ("o", "h", "l", "c", "r", "s")
REPORTING_LAG = timedelta(days=14)

PROVIDER = Provider(
    name="coinalyze",
    title="Coinalyze",
    default_url="https://api.coinalyze.net",
    licence="Free with a key for its owner; name Coinalyze as the source; redistribution is not granted.",
    limitations="Days, not hours; ten assets take about 20 minutes; venues that throttle their streams report less.",
    rate=Rate(40, 60),
    key_header="api_key",
    key_required=True,
)


def plan_histories(wanted: Slice) -> Iterator[Request]:
    """The request for the list of markets; `next_history` makes those for the coin's perpetuals from its response."""
    window = {"from": str(int(wanted.window.start.timestamp())), "to": str(int(wanted.window.end.timestamp()) - 1)}
    histories = (
        Request(
            f"/v1/{name}",
            {"symbols": wanted.symbol, "interval": "daily", **window}
            | ({"convert_to_usd": "true"} if name in IN_DOLLARS else {}),
            wanted.subject,
            wanted.window,
            # The maximum per request, until the list of markets is known.
            weight=SYMBOLS_PER_REQUEST,
        )
        for name in HISTORIES
    )
    yield Request(MARKETS, {}, wanted.subject, follow_ups=tuple(histories), is_shared=True)


def next_history(response: Response) -> Request | None:
    """The request for the next batch of at most 20 symbols, each of which counts as a request."""
    request = response.request
    remaining = request.follow_ups
    if request.path == MARKETS:
        coin = remaining[0].params["symbols"] if remaining else ""
        symbols = _perpetuals(response, coin)
        batches = [
            symbols[first : first + SYMBOLS_PER_REQUEST] for first in range(0, len(symbols), SYMBOLS_PER_REQUEST)
        ]
        remaining = tuple(
            replace(history, params={**history.params, "symbols": ",".join(batch)}, weight=len(batch))
            for history in remaining
            for batch in batches
        )
    return replace(remaining[0], follow_ups=remaining[1:]) if remaining else None


def _perpetuals(response: Response, coin: str) -> list[str]:
    listed = expect_list(response, json_body(response), "the body")
    markets, _ = _known(response, listed, ("symbol", "base_asset", "is_perpetual"))
    symbols = sorted(
        text(member(market, "symbol"), "symbol")
        for market in markets
        if member(market, "base_asset") == coin and member(market, "is_perpetual") is True
    )
    if coin and not symbols:
        raise SourceRejected(
            f"{describe_request(response)}: no perpetual of {coin} is listed; take it off WAREHOUSE_ASSETS"
        )
    return symbols


def parse_histories(response: Response) -> Parsed:
    """One row per history, symbol and closed UTC day, oldest first; the list of markets has no rows.

    A field that the history does not have is None. Missing symbols are notices, because quiet contracts have no data.
    """
    records = expect_list(response, json_body(response), "the body")
    if response.request.path == MARKETS:
        return Parsed([], _known(response, records, ("symbol", "base_asset", "is_perpetual"))[1])
    endpoint = response.request.path.rsplit("/", 1)[1]
    records, incomplete = _known(response, records, ("symbol", "history"))
    points = [(record["symbol"], point) for record in records for point in _history(response, record)]
    missing = _missing(response, [record["symbol"] for record in records])
    parsed = parse_records(points, lambda point: _row(response, endpoint, *point), key_width=3)
    known = frozenset(("t", *FIELDS))
    return Parsed(
        parsed.rows, [*incomplete, *parsed.rejected, *missing, *unknown_columns([point for _, point in points], known)]
    )


def _known(response: Response, records: list[Any], names: tuple[str, ...]) -> tuple[list[Any], list[RejectedRecord]]:
    """The records that have all these fields, and the others. Raises SourceRejected where none has."""
    known: list[Any] = []
    incomplete: list[RejectedRecord] = []
    for record in records:
        try:
            for name in names:
                member(record, name)
            known.append(record)
        except InvalidRecord as reason:
            incomplete.append(RejectedRecord(record_text(record), str(reason)))
    if incomplete and not known:
        raise SourceRejected(f"{describe_request(response)}: {incomplete[0].reason}; the format has changed")
    return known, incomplete


def _history(response: Response, record: dict[str, Any]) -> list[Any]:
    return expect_list(response, record["history"], f"the history of {record['symbol']}")


def _missing(response: Response, returned: list[str]) -> list[RejectedRecord]:
    """Notices of requested symbols without data. Raises SourceRejected where recent days of all of them are missing."""
    requested = response.request.params["symbols"].split(",")
    missing = [symbol for symbol in requested if symbol not in returned]
    window = response.request.window
    if len(missing) == len(requested) and window and window.end > response.fetched_at - REPORTING_LAG:
        raise SourceRejected(
            f"{describe_request(response)}: no data for any of the {len(requested)} requested symbols, so they are "
            f"unknown or the window was not in seconds; check the coin in dbt_project/seeds/asset_symbols.csv"
        )
    return [RejectedRecord(symbol, f"{symbol} was requested and has no data", is_notice=True) for symbol in missing]


def _row(response: Response, endpoint: str, symbol: str, point: object) -> Row | None:
    opens = whole_number(member(point, "t"), "t")
    # Of a point in another unit only the day is used, because a sum over the markets would be incomplete.
    is_unit_wrong = opens >= MILLISECONDS_FROM
    opens = opens // 1000 if is_unit_wrong else opens
    if opens % DAY_SECONDS:
        raise InvalidRecord("t is no midnight in UTC")
    if opens > response.latest_timestamp.timestamp():
        raise InvalidRecord("t lies in the future")
    if symbol not in response.request.params["symbols"].split(","):
        raise InvalidRecord(f"{symbol} was not requested")
    fields = HISTORIES[endpoint]
    values = [_value(point, field) if field in fields else None for field in FIELDS]
    if is_unit_wrong:
        values[0] = "t is in milliseconds"
    window = response.request.window
    if window and not window.start.timestamp() <= opens < window.end.timestamp():
        return None
    if opens + DAY_SECONDS > response.as_of.timestamp():
        return None
    return (endpoint, symbol, opens, response.request.subject, *values)


def _value(point: object, field: str) -> Decimal | str:
    """The figure, or the reason why it is none, so that the loader rejects its day."""
    try:
        return number(member(point, field), field)
    except InvalidRecord as reason:
        return str(reason)


def plan_exchanges(wanted: Slice) -> Iterator[Request]:
    """The request for the list of exchange codes."""
    yield Request("/v1/exchanges")


def parse_exchanges(response: Response) -> Parsed:
    """One row per exchange code."""
    records = expect_list(response, json_body(response), "the body")
    return parse_records(
        records,
        lambda record: (text(member(record, "code"), "code"), text(member(record, "name"), "name")),
        key_width=1,
        known=frozenset({"code", "name"}),
    )


DATASETS = (
    Dataset(
        provider=PROVIDER,
        name="exchanges",
        title="Exchange codes of Coinalyze and the names of the exchanges",
        subject_group="derivatives",
        columns={"code": "varchar", "name": "varchar"},
        key=("code",),
        read=parse_exchanges,
        plan=plan_exchanges,
        verify=verify_by_parsing(parse_exchanges),
        per_asset=False,
    ),
    Dataset(
        provider=PROVIDER,
        name="history_1d",
        title="Daily liquidations, open interest, funding and account ratios of every perpetual at Coinalyze",
        subject_group="derivatives",
        columns={
            "endpoint": "varchar",
            "symbol": "varchar",
            "t": "bigint",
            "base_asset": "varchar",
            **dict.fromkeys(FIELDS, "decimal(28,10)"),
        },
        key=("endpoint", "symbol", "t"),
        read=parse_histories,
        plan=plan_histories,
        figures=each(FIELDS, replace(NOT_NEGATIVE.or_missing, unless="endpoint = 'funding-rate-history'")),
        timestamps={"t": Timestamp("s", every=DAY)},
        verify=verify_by_parsing(parse_histories),
        summed_columns=("endpoint", "base_asset", "t"),
        next_page=next_history,
        covers_until="make_timestamp((max(t) + 86400) * 1000000)",
        monthly_lookback=timedelta(days=2200),
    ),
)
