"""CoinGlass v4: daily net flows of US spot ETFs, fund by fund, since launch.

`GET /api/etf/{bitcoin,ethereum,solana,xrp}/flow-history`, header `CG-API-KEY` (paid, on every plan), no parameters.
Documentation: https://docs.coinglass.com/reference/etf-flows-history
Rows `{"timestamp", "flow_usd", "price_usd", "etf_flows": [{"etf_ticker", "flow_usd"}, …]}`, oldest first: `timestamp`
is the session at 00:00 UTC in milliseconds, flows are US dollars. A fund without a figure has no `flow_usd`, and
weekends have rows since 2026, with or without figures. Older bodies have `change_usd` and `ticker`. Errors have status
200 and a code in the body.

The figures mirror Farside's, so they are no independent check. They are provisional until the last fund has reported:
a session is read once its settling time has passed.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from orchestration.sources import coinglass
from orchestration.sources.shared.contract import Dataset, Parsed, Request, Response, Row, Slice, SourceRejected
from orchestration.sources.shared.etfs import first_session, is_final
from orchestration.sources.shared.figures import DAY, SIGNED, Timestamp
from orchestration.sources.shared.parsing import (
    InvalidRecord,
    describe_request,
    member,
    number,
    parse_records,
    text,
    unknown_columns,
    verify_by_parsing,
    whole_number,
)
from orchestration.sources.shared.provider import Provider

KNOWN = frozenset(
    {"timestamp", "flow_usd", "change_usd", "price_usd", "price", "close_price", "etf_flows", "etf_ticker", "ticker"}
)
TOTAL = "Total"
"""The ticker under which the reported sum of the funds is stored."""

PROVIDER = Provider(
    name="coinglass_etf",
    title="CoinGlass v4, ETF flows",
    default_url=coinglass.PROVIDER.default_url,
    licence=coinglass.PROVIDER.licence,
    limitations="No free plan; a pending session looks like a final one, so it is read after the settling time.",
    # One host and one key, so one rate limit: these requests count together with those of `coinglass`.
    rate=coinglass.PROVIDER.rate,
    rate_limit_body=coinglass.PROVIDER.rate_limit_body,
    transient_error_body=coinglass.PROVIDER.transient_error_body,
    usage_headers=coinglass.PROVIDER.usage_headers,
    key_header=coinglass.PROVIDER.key_header,
    key_required=True,
    key_variable=coinglass.PROVIDER.api_key_variable,
)
COLUMNS = {"coin": "varchar", "etf_ticker": "varchar", "timestamp": "bigint", "flow_usd": "decimal(18,2)"}


def plan_flows(wanted: Slice) -> Iterator[Request]:
    """One request per asset with listed funds; the endpoint has no window."""
    launch = first_session(wanted.subject)
    if launch is None or wanted.now.date() >= launch:
        yield Request(f"/api/etf/{wanted.symbol}/flow-history", subject=wanted.subject)


def parse_flows(response: Response) -> Parsed:
    """One row per (coin, fund, final session), the reported sum under the ticker 'Total'; oldest first per fund."""
    records = coinglass.parse_data(response, "upgrade the plan, or rely on other sources of ETF flows")
    if not records:
        raise SourceRejected(
            f"{describe_request(response)}: the history is empty; check the plan of {PROVIDER.api_key_variable}"
        )
    coin = response.request.path.split("/")[3]
    flows = [flow for record in records for flow in _flows(record)]
    parsed = parse_records(flows, lambda flow: _row(response, coin, flow), key_width=3)
    return Parsed(parsed.rows, [*parsed.rejected, *unknown_columns([*records, *_funds(records)], KNOWN)])


def _funds(records: list[Any]) -> Iterator[object]:
    """The records of single funds, unchanged."""
    for record in records:
        funds = record.get("etf_flows") if isinstance(record, Mapping) else None
        yield from funds if isinstance(funds, list) else []


def _flows(record: object) -> Iterator[object]:
    """A session's total and the flows of its funds, each with the session's timestamp."""
    if not isinstance(record, Mapping):
        yield record
        return
    timestamp = record.get("timestamp")
    yield {"timestamp": timestamp, "etf_ticker": TOTAL, "flow_usd": _flow(record)}
    # A row of a weekend may have no funds.
    funds = record.get("etf_flows") or []
    for fund in funds if isinstance(funds, list) else [funds]:
        if isinstance(fund, Mapping):
            yield {
                "timestamp": timestamp,
                "etf_ticker": fund.get("etf_ticker", fund.get("ticker")),
                "flow_usd": _flow(fund),
            }
        else:
            yield fund


def _flow(record: Mapping[str, object]) -> object:
    return record.get("flow_usd", record.get("change_usd"))


def _row(response: Response, coin: str, flow: object) -> Row | None:
    ticker = text(member(flow, "etf_ticker"), "etf_ticker")
    timestamp = whole_number(member(flow, "timestamp"), "timestamp")
    if timestamp % coinglass.DAY_MS or not 0 < timestamp < coinglass.DAY_MS * 10**5:
        raise InvalidRecord(f"timestamp is {timestamp}, not a midnight in UTC in milliseconds")
    session = datetime.fromtimestamp(timestamp // 1000, UTC).date()
    value = member(flow, "flow_usd")
    if value is None or not is_final("coinglass", session, response.as_of):
        return None
    return (coin, ticker, timestamp, number(value, "flow_usd", text_allowed=True))


DATASETS = (
    Dataset(
        provider=PROVIDER,
        name="flow_history",
        title="Daily net flow of every US spot ETF, as CoinGlass reports it",
        subject_group="etf_flows",
        columns=COLUMNS,
        key=("coin", "etf_ticker", "timestamp"),
        read=parse_flows,
        plan=plan_flows,
        figures={"flow_usd": SIGNED},
        timestamps={"timestamp": Timestamp("ms", every=DAY)},
        verify=verify_by_parsing(parse_flows),
        covers_until="make_timestamp(max(timestamp) * 1000) + interval 1 day",
        due="nyse_session",
    ),
)
