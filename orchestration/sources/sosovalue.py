"""SoSoValue: daily net flows of US spot ETFs, totals and single funds, about one month on the free plan.

Free key in the header `x-soso-api-key`: 10 requests per minute, 10,000 per month, about one month of history.
- v1 `GET /openapi/v1/etfs/summary-history?symbol=BTC&country_code=US&limit=300`: totals, newest first, `date` and
  `total_net_inflow` in US dollars; a free key returned about 21 sessions, other plans have more.
- v1 `GET /openapi/v1/etfs/{ticker}/history?limit=300`: one fund, `date` (a text, or milliseconds) and `net_inflow`.
- v2 `POST /openapi/v2/etf/historicalInflowChart` with `{"type": "us-btc-spot"}`: totals of the last 300 sessions,
  `date` and `totalNetInflow`.
Documentation: https://sosovalue-1.gitbook.io/sosovalue-api-doc and https://sosovalue.gitbook.io/soso-value-api-doc
The body is a list, `{"code": 0, "data": […]}` or `data.list`; errors have a code other than 0, mostly with a matching
HTTP status.

Assets: BTC, ETH, SOL; XRP is requested too, but that the open interface has its history is UNCONFIRMED.

Its own computation, to the dollar: the only figures that are independent of Farside's. A fund that has not reported is
a plain 0, and the total grows until all have: a session is read one day after the last funds have reported, and a 0 is
no figure, because it can't be distinguished from a missing one.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta

from orchestration.sources.shared.contract import Dataset, Parsed, Request, Response, Row, Slice
from orchestration.sources.shared.etfs import first_session, fund_tickers, is_final
from orchestration.sources.shared.figures import DAY, SIGNED, Timestamp
from orchestration.sources.shared.parsing import (
    MILLISECONDS_FROM,
    InvalidRecord,
    expect_list,
    json_body,
    member,
    number,
    parse_envelope,
    parse_records,
    text,
    verify_by_parsing,
    whole_number,
)
from orchestration.sources.shared.provider import Provider, Rate, UsageHeaders, error_codes

MAX_SESSIONS = "300"
MONTH = timedelta(days=31)
"""The history of the free plan. A response has the newest sessions whatever the window, so nothing is requested for a
window that ended before: the quota is small."""
CHART_RETENTION = timedelta(days=440)
"""The calendar days of 300 sessions."""
TRANSIENT_CODES = frozenset({"402901", "42901", "500001", "500301"})
KNOWN = frozenset(
    {
        *("date", "ticker", "net_inflow", "cum_inflow", "net_assets", "currency_share", "prem_dsc"),
        *("value_traded", "volume", "total_net_inflow", "total_value_traded", "total_net_assets", "cum_net_inflow"),
        *("totalNetInflow", "totalValueTraded", "totalNetAssets", "cumNetInflow"),
    }
)
"""Known fields, of which only the flows are read."""

PROVIDER = Provider(
    name="sosovalue",
    title="SoSoValue",
    default_url="https://openapi.sosovalue.com",
    licence="For personal, non-commercial use; SoSoValue forbids redistribution.",
    limitations="About a month of history on the free plan, totals of 300 sessions at most; a 0 counts as missing.",
    rate=Rate(10, 60),
    rate_limit_body=error_codes("code", 402901, 42901),
    transient_error_body=error_codes("code", 500001, 500301),
    usage_headers=UsageHeaders(remaining="X-RateLimit-Remaining", limit="X-RateLimit-Limit", reset="X-RateLimit-Reset"),
    key_header="x-soso-api-key",
    key_required=True,
)


def plan_totals(wanted: Slice) -> Iterator[Request]:
    """One request for the newest sessions of the key's plan: with dates the response is limited to one month."""
    params = {"symbol": wanted.symbol, "country_code": "US", "limit": MAX_SESSIONS}
    if _is_available(wanted, MONTH):
        yield Request("/openapi/v1/etfs/summary-history", params, wanted.subject)


def plan_chart(wanted: Slice) -> Iterator[Request]:
    """One request for the last 300 sessions; the endpoint has no window."""
    kind = {"type": f"us-{wanted.symbol.lower()}-spot"}
    if _is_available(wanted, CHART_RETENTION):
        yield Request("/openapi/v2/etf/historicalInflowChart", subject=wanted.subject, json_body=kind)


def plan_funds(wanted: Slice) -> Iterator[Request]:
    """One request per fund in the seed; a fund that SoSoValue does not have is no failure."""
    for ticker in fund_tickers(wanted.subject) if _is_available(wanted, MONTH) else ():
        params = {"limit": MAX_SESSIONS}
        yield Request(f"/openapi/v1/etfs/{ticker}/history", params, wanted.subject, may_be_absent=True)


def _is_available(wanted: Slice, kept: timedelta) -> bool:
    """Whether a part of the window is still kept and the asset has listed funds."""
    launch = first_session(wanted.subject)
    return wanted.window.end > wanted.now - kept and (launch is None or wanted.now.date() >= launch)


def parse_totals(response: Response) -> Parsed:
    """One row (asset, date, total_net_inflow) per final session, oldest first."""
    return _parse(response, lambda record: _row(response, record, "total_net_inflow"))


def parse_chart(response: Response) -> Parsed:
    """One row (asset, date, total_net_inflow) per final session, oldest first."""
    return _parse(response, lambda record: _row(response, record, "totalNetInflow"))


def parse_funds(response: Response) -> Parsed:
    """One row (asset, ticker, date, net_inflow) per final session in which the fund had a flow, oldest first."""
    ticker = response.request.path.split("/")[4]

    def to_row(record: object) -> Row | None:
        row = _row(response, record, "net_inflow")
        return (row[0], ticker, *row[1:]) if row else None

    return _parse(response, to_row)


def _parse(response: Response, to_row: Callable[[object], Row | None]) -> Parsed:
    return parse_records(_records(response), to_row, key_width=3, known=KNOWN)


def _records(response: Response) -> list[object]:
    body = json_body(response)
    if isinstance(body, list):
        return body
    data = parse_envelope(response, "0", TRANSIENT_CODES, f"check {PROVIDER.api_key_variable} and its plan")
    return expect_list(response, data.get("list") if isinstance(data, dict) else data, "data")


def _row(response: Response, record: object, field: str) -> Row | None:
    session = _session(member(record, "date"))
    flow = number(member(record, field), field)
    if not is_final("sosovalue", session, response.as_of) or flow == 0:
        return None
    return (response.request.subject, session, flow)


def _session(written: object) -> date:
    if isinstance(written, str) and not written.isdecimal():
        try:
            return date.fromisoformat(text(written, "date"))
        except ValueError:
            raise InvalidRecord(f"date is {written!r}, not a day such as 2025-05-08") from None
    timestamp = whole_number(int(written) if isinstance(written, str) else written, "date")
    if not MILLISECONDS_FROM <= timestamp < MILLISECONDS_FROM * 100:
        raise InvalidRecord(f"date is {timestamp}, not milliseconds since 1970")
    return datetime.fromtimestamp(timestamp // 1000, UTC).date()


TOTALS_COLUMNS = {"asset": "varchar", "date": "date", "total_net_inflow": "decimal(18,2)"}
COVERS_UNTIL = "max(date)::timestamp + interval 1 day"

DATASETS = (
    Dataset(
        provider=PROVIDER,
        name="summary_history",
        title="Daily net flow of all US spot ETFs of an asset, the newest sessions",
        subject_group="etf_flows",
        columns=TOTALS_COLUMNS,
        key=("asset", "date"),
        read=parse_totals,
        plan=plan_totals,
        figures={"total_net_inflow": SIGNED},
        timestamps={"date": Timestamp("text", every=DAY)},
        verify=verify_by_parsing(parse_totals),
        lookback=MONTH,
        covers_until=COVERS_UNTIL,
        due="nyse_session",
    ),
    Dataset(
        provider=PROVIDER,
        name="inflow_chart",
        title="Daily net flow of all US spot ETFs of an asset, the last 300 sessions",
        subject_group="etf_flows",
        columns=TOTALS_COLUMNS,
        key=("asset", "date"),
        read=parse_chart,
        plan=plan_chart,
        figures={"total_net_inflow": SIGNED},
        timestamps={"date": Timestamp("text", every=DAY)},
        verify=verify_by_parsing(parse_chart),
        lookback=CHART_RETENTION,
        covers_until=COVERS_UNTIL,
        due="nyse_session",
    ),
    Dataset(
        provider=PROVIDER,
        name="fund_history",
        title="Daily net flow of each US spot ETF, about the last month",
        subject_group="etf_flows",
        columns={"asset": "varchar", "ticker": "varchar", "date": "date", "net_inflow": "decimal(18,2)"},
        key=("asset", "ticker", "date"),
        read=parse_funds,
        plan=plan_funds,
        figures={"net_inflow": SIGNED},
        timestamps={"date": Timestamp("text", every=DAY)},
        verify=verify_by_parsing(parse_funds),
        lookback=MONTH,
        has_independent_requests=True,
        covers_until=COVERS_UNTIL,
        due="nyse_session",
    ),
)
