"""The Block: daily net flows of US spot ETFs, fund by fund, from the JSON behind its charts.

`GET https://data.tbstat.com/dashboard/markets_structuredproducts_btcspotetfflows_daily_other.json` (`ethspot…` for
ether): no key, no parameters, undocumented, so it may close any day. One response has every fund since launch:
`{"Frequency": "Daily", "UpdatedAt": …, "Series": {"IBIT": {"Data": [{"Timestamp": 1704974400, "Result": 111700000},
…]}, …}}`: `Timestamp` in seconds at 12:00 UTC of the session, `Result` in US dollars.

The figures mirror Farside's, rounded to 0.1 million, so they are no independent check, and lag one to three sessions.
How a fund without a report looks is unknown: a session is read once its settling time has passed.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, time

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
from orchestration.sources.shared.etfs import is_final
from orchestration.sources.shared.figures import SIGNED, Timestamp
from orchestration.sources.shared.parsing import (
    MILLISECONDS_FROM,
    InvalidRecord,
    describe_request,
    expect_list,
    expect_object,
    json_body,
    member,
    number,
    parse_records,
    text,
    verify_by_parsing,
    whole_number,
)
from orchestration.sources.shared.provider import Provider, Rate

KNOWN = frozenset({"Ticker", "Timestamp", "Result"})
TIMES_OF_DAY = frozenset({time(12), time(0)})
"""Observed is noon; midnight is as unambiguous. At any other hour the session is not certain."""

PROVIDER = Provider(
    name="theblock",
    title="The Block",
    default_url="https://data.tbstat.com",
    licence="Free to read, undocumented; no right to redistribute the data is granted.",
    limitations="Lags one to three sessions; undocumented, it may close any day; mirrors Farside's figures.",
    rate=Rate(1, 1),
)
COLUMNS = {"asset": "varchar", "ticker": "varchar", "timestamp": "bigint", "result": "decimal(18,2)"}


def plan_flows(wanted: Slice) -> Iterator[Request]:
    """One request per asset; the endpoint has no window."""
    yield Request(
        f"/dashboard/markets_structuredproducts_{wanted.symbol}spotetfflows_daily_other.json", subject=wanted.subject
    )


def parse_flows(response: Response) -> Parsed:
    """One row per (asset, fund, final session); a session without a figure is absent."""
    body = expect_object(response, json_body(response), "the body")
    series = expect_object(response, body.get("Series"), "Series")
    if not series:
        raise SourceRejected(f"{describe_request(response)}: Series is empty; rely on other sources of ETF flows")
    if not any(isinstance(line, Mapping) and isinstance(line.get("Data"), list) for line in series.values()):
        ticker, line = next(iter(series.items()))
        of_fund = expect_object(response, line, f"the series {ticker}")
        expect_list(response, of_fund.get("Data"), f"the data of {ticker}")
    points = [point for ticker, line in series.items() for point in _points(ticker, line)]
    parsed = parse_records(points, lambda point: _row(response, point), key_width=3, known=KNOWN)
    empty = [ticker for ticker, line in series.items() if isinstance(line, Mapping) and line.get("Data") == []]
    notices = [RejectedRecord(ticker, f"the series of {ticker} is empty", is_notice=True) for ticker in empty]
    return Parsed(parsed.rows, [*parsed.rejected, *notices])


def _points(ticker: str, line: object) -> Iterator[object]:
    """The points of one fund's series, each with the fund's ticker; a malformed series as one malformed point."""
    data = line.get("Data") if isinstance(line, Mapping) else None
    for point in data if isinstance(data, list) else [line]:
        yield {"Ticker": ticker, **point} if isinstance(point, Mapping) else point


def _row(response: Response, point: object) -> Row | None:
    ticker = text(member(point, "Ticker"), "Ticker")
    seconds = whole_number(member(point, "Timestamp"), "Timestamp")
    if not 0 < seconds < MILLISECONDS_FROM:
        raise InvalidRecord(f"Timestamp is {seconds}, not seconds since 1970")
    timestamp = datetime.fromtimestamp(seconds, UTC)
    if timestamp.time() not in TIMES_OF_DAY:
        raise InvalidRecord(
            f"Timestamp is at {timestamp:%H:%M} UTC, neither noon nor midnight: the session is not certain"
        )
    flow = member(point, "Result")
    if flow is None or not is_final("theblock", timestamp.date(), response.as_of):
        return None
    return (response.request.subject, ticker, seconds, number(flow, "Result"))


DATASETS = (
    Dataset(
        provider=PROVIDER,
        name="etf_flows",
        title="Daily net flow of every US spot ETF, as The Block's charts show it",
        subject_group="etf_flows",
        columns=COLUMNS,
        key=("asset", "ticker", "timestamp"),
        read=parse_flows,
        plan=plan_flows,
        figures={"result": SIGNED},
        timestamps={"timestamp": Timestamp("s")},
        verify=verify_by_parsing(parse_flows),
        covers_until="make_timestamp(max(timestamp) // 86400 * 86400000000) + interval 1 day",
        due="nyse_session",
    ),
)
