"""CoinGlass v4: daily net flows of US spot ETFs, fund by fund, since launch.

`GET /api/etf/{bitcoin,ethereum,solana}/flow-history`, header `CG-API-KEY` (paid, on every plan), no parameters.
Documentation: https://docs.coinglass.com/reference/etf-flows-history
Rows `{"timestamp", "flow_usd", "price_usd", "etf_flows": [{"etf_ticker", "flow_usd"}, …]}`, oldest first: `timestamp`
is the session at 00:00 UTC in milliseconds, flows are US dollars. A fund without a figure has no `flow_usd`, and
weekends have rows since 2026, with or without figures. Older answers say `change_usd` and `ticker`. Errors come as HTTP
200 with a code in the body.

The figures follow Farside's (a mirror, no independent check) and are provisional until the last fund has reported: a
session is read when its settling time has passed.
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
"""The ticker under which the printed sum of the funds is kept."""

PROVIDER = Provider(
    name="coinglass_etf",
    title="CoinGlass v4, ETF flows",
    default_url=coinglass.PROVIDER.default_url,
    licence=coinglass.PROVIDER.licence,
    limitations="No free plan; an unfinished session looks like a finished one, so it is read when settled.",
    # One address and one key, so one limit: these requests are counted with those of `coinglass`.
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
    """One request per asset that has funds by then, whatever the window: there is nothing to choose."""
    launch = first_session(wanted.subject)
    if launch is None or wanted.now.date() >= launch:
        yield Request(f"/api/etf/{wanted.symbol}/flow-history", subject=wanted.subject)


def parse_flows(response: Response) -> Parsed:
    """One row per (coin, fund, settled session), the printed sum under the ticker 'Total'; oldest first per fund."""
    records = coinglass.checked_data(response, "upgrade the plan, or rely on other sources of ETF flows")
    if not records:
        raise SourceRejected(f"{describe_request(response)}: an empty history; check what the plan of the key covers")
    coin = response.request.path.split("/")[3]
    flows = [flow for record in records for flow in _flows(record)]
    parsed = parse_records(flows, lambda flow: _row(response, coin, flow), key_width=3)
    return Parsed(parsed.rows, [*parsed.rejected, *unknown_columns([*records, *_funds(records)], KNOWN)])


def _funds(records: list[Any]) -> Iterator[object]:
    """What is told of single funds, as it came."""
    for record in records:
        funds = record.get("etf_flows") if isinstance(record, Mapping) else None
        yield from funds if isinstance(funds, list) else []


def _flows(record: object) -> Iterator[object]:
    """A session's total and the flows of its funds, each with the session's stamp."""
    if not isinstance(record, Mapping):
        yield record
        return
    stamp = record.get("timestamp")
    yield {"timestamp": stamp, "etf_ticker": TOTAL, "flow_usd": _flow(record)}
    # A row of a weekend may have no funds at all.
    funds = record.get("etf_flows") or []
    for fund in funds if isinstance(funds, list) else [funds]:
        if isinstance(fund, Mapping):
            yield {
                "timestamp": stamp,
                "etf_ticker": fund.get("etf_ticker", fund.get("ticker")),
                "flow_usd": _flow(fund),
            }
        else:
            yield fund


def _flow(of: Mapping[str, object]) -> object:
    return of.get("flow_usd", of.get("change_usd"))


def _row(response: Response, coin: str, flow: object) -> Row | None:
    ticker = text(member(flow, "etf_ticker"), "etf_ticker")
    stamp = whole_number(member(flow, "timestamp"), "timestamp")
    if stamp % coinglass.DAY_MS or not 0 < stamp < coinglass.DAY_MS * 10**5:
        raise InvalidRecord(f"timestamp is {stamp}, not a midnight in UTC in milliseconds")
    session = datetime.fromtimestamp(stamp // 1000, UTC).date()
    value = member(flow, "flow_usd")
    if value is None or not is_final("coinglass", session, response.as_of):
        return None
    return (coin, ticker, stamp, number(value, "flow_usd", text_allowed=True))


DATASETS = (
    Dataset(
        provider=PROVIDER,
        name="flow_history",
        title="Daily net flow of every US spot ETF, as CoinGlass has it",
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
