"""DefiLlama's ETF flows: one daily total per asset, all US spot funds together.

`GET https://etfs.llama.fi/flows`, the host behind DefiLlama's own page: no key, no parameters, undocumented (the
documented endpoint needs a paid plan), so it may close any day. One response has every asset since launch:
`[{"gecko_id": "bitcoin", "day": "2024-01-11T00:00:00.000Z", "total_flow_usd": 655300000}, …]`, in US dollars.
`day` is the trading session. The figures mirror Farside's, so they are no independent check. A session's total grows
until the last fund has reported, about 05:00 UTC of the next day: a session is read once its settling time has passed.
"""

from collections.abc import Iterator

from orchestration.sources.shared.contract import Dataset, Parsed, Request, Response, Row, Slice, SourceRejected
from orchestration.sources.shared.etfs import is_final
from orchestration.sources.shared.figures import DAY, SIGNED, Timestamp
from orchestration.sources.shared.parsing import (
    InvalidRecord,
    describe_request,
    expect_list,
    json_body,
    member,
    number,
    parse_records,
    text,
    unknown_columns,
    utc_instant,
    verify_by_parsing,
)
from orchestration.sources.shared.provider import Provider, Rate

PROVIDER = Provider(
    name="defillama",
    title="DefiLlama ETF flows",
    default_url="https://etfs.llama.fi",
    licence="Free to read, undocumented; no right to redistribute the data is granted.",
    limitations="Totals of all funds only; undocumented, it may close any day; mirrors Farside's figures.",
    rate=Rate(2, 1),
    variable_stem="defillama_etfs",
)
COLUMNS = {"gecko_id": "varchar", "day": "varchar", "total_flow_usd": "decimal(18,2)"}


def plan_flows(wanted: Slice) -> Iterator[Request]:
    """One request; the endpoint has no window."""
    yield Request("/flows", subject=wanted.subject)


def parse_flows(response: Response) -> Parsed:
    """One row per (asset, final session), oldest first per asset; holidays are absent."""
    body = json_body(response)
    records = expect_list(response, body, "the body")
    if not records:
        raise SourceRejected(
            f"{describe_request(response)}: the list is empty; run again later, or rely on other "
            "sources of ETF flows if the host no longer serves them"
        )
    parsed = parse_records(records, lambda record: _row(response, record), key_width=2)
    return Parsed(parsed.rows, [*parsed.rejected, *unknown_columns(records, frozenset(COLUMNS))])


def _row(response: Response, record: object) -> Row | None:
    gecko_id = text(member(record, "gecko_id"), "gecko_id")
    written = text(member(record, "day"), "day")
    day = utc_instant(written, "day")
    if (day.hour, day.minute, day.second, day.microsecond) != (0, 0, 0, 0):
        raise InvalidRecord("day is no midnight in UTC")
    if day > response.latest_timestamp:
        raise InvalidRecord("day lies in the future")
    flow = number(member(record, "total_flow_usd"), "total_flow_usd")
    if not is_final("defillama", day.date(), response.as_of):
        return None
    return (gecko_id, written, flow)


DATASETS = (
    Dataset(
        provider=PROVIDER,
        name="etf_flows",
        title="Daily net flow of all US spot ETFs per asset, as DefiLlama mirrors it",
        subject_group="etf_flows",
        columns=COLUMNS,
        key=("gecko_id", "day"),
        read=parse_flows,
        plan=plan_flows,
        figures={"total_flow_usd": SIGNED},
        timestamps={"day": Timestamp("text", every=DAY)},
        verify=verify_by_parsing(parse_flows),
        covers_until="max(day::timestamp) + interval 1 day",
        due="nyse_session",
        per_asset=False,
    ),
)
