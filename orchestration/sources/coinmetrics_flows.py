"""Coin Metrics community data: coins that went into and out of exchanges, per UTC day, of Bitcoin and Ether.

`GET /v4/timeseries/asset-metrics` with `metrics=FlowInExNtv,FlowOutExNtv,FlowInExUSD,FlowOutExUSD`; host, pages, errors
and rate as in `coinmetrics.py`. Documentation: https://docs.coinmetrics.io/network-data/network-data-overview/exchange
The sum of transfers between addresses of exchanges that Coin Metrics knows and all others, transfers between exchanges
excluded; the set of exchanges and addresses is the vendor's, grows over time, and old days are restated with it. Ntv is
in units of the asset, USD at the day's price. `time` is the day of the transfers. Of BTC and ETH alone these are part
of the community data; that the USD columns are free is UNCONFIRMED, so they may be absent.
"""

from collections.abc import Iterator
from dataclasses import replace

from orchestration.sources.coinmetrics import (
    PROVIDER,
    is_computed_day,
    next_page,
    plan_metrics,
    records_of,
    requested_asset,
)
from orchestration.sources.shared.contract import Dataset, Parsed, Request, Response, Row, Slice
from orchestration.sources.shared.figures import DAY, NOT_NEGATIVE, Timestamp, each
from orchestration.sources.shared.parsing import (
    member,
    number,
    parse_records,
    text,
    unknown_columns,
    verify_by_parsing,
)

FLOWS = ("FlowInExNtv", "FlowOutExNtv", "FlowInExUSD", "FlowOutExUSD")
KNOWN_FIELDS = frozenset(
    {"asset", "time", *FLOWS, *(f"{metric}-{note}" for metric in FLOWS for note in ("status", "status-time"))}
)
ASSETS = frozenset({"BTC", "ETH"})


def plan_flows(wanted: Slice) -> Iterator[Request]:
    """One request per asset that has flows; none for any other."""
    if wanted.subject in ASSETS:
        for request in plan_metrics(wanted):
            yield replace(request, params={**request.params, "metrics": ",".join(FLOWS)})


def parse_flows(response: Response) -> Parsed:
    """One row per asset and computed UTC day that has both flows in coins, oldest first."""
    records = records_of(response)
    parsed = parse_records(records, lambda record: _row(response, record), key_width=2)
    return Parsed(parsed.rows, [*parsed.rejected, *unknown_columns(records, KNOWN_FIELDS)])


def _row(response: Response, record: object) -> Row | None:
    asset, written = requested_asset(response, record), text(member(record, "time"), "time")
    is_computed = is_computed_day(response, written)
    values = [record.get(name) if isinstance(record, dict) else None for name in FLOWS]
    figures = [
        None if value is None else number(value, name, text_allowed=True)
        for name, value in zip(FLOWS, values, strict=True)
    ]
    return (asset, written, *figures) if is_computed and None not in figures[:2] else None


DATASETS = (
    Dataset(
        provider=PROVIDER,
        name="exchange_flows_1d",
        title="Daily flows into and out of the exchanges that Coin Metrics knows, BTC and ETH",
        subject_group="exchange_flows",
        columns={
            "asset": "varchar",
            "time": "varchar",
            "flow_in_ex_ntv": "decimal(38,18)",
            "flow_out_ex_ntv": "decimal(38,18)",
            "flow_in_ex_usd": "decimal(38,18)",
            "flow_out_ex_usd": "decimal(38,18)",
        },
        key=("asset", "time"),
        read=parse_flows,
        plan=plan_flows,
        figures=each(("flow_in_ex_ntv", "flow_out_ex_ntv"), NOT_NEGATIVE)
        | each(("flow_in_ex_usd", "flow_out_ex_usd"), NOT_NEGATIVE.or_missing),
        timestamps={"time": Timestamp("text", every=DAY)},
        verify=verify_by_parsing(parse_flows),
        next_page=next_page,
        covers_until="max(time::timestamp) + interval 1 day",
    ),
)
