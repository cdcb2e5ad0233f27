"""TFTC's open data set of US spot Bitcoin ETFs: one daily total of all funds since launch, under CC BY 4.0.

`GET https://www.tftc.io/bitcoin-etf-flows/data.json`, no key, no parameters, one file with the whole history. The page
https://www.tftc.io/bitcoin-etf-flows describes it; the licence is stated in the file and wants TFTC named.
`{"attribution": "…", "sources": "…", "license": "https://creativecommons.org/licenses/by/4.0/", "updatedThrough":
"2025-05-08", "days": [{"date": "2025-05-08", "netFlowUsd": 117400000, "btcCloseUsd": 103000, "perEtfUsd": {"IBIT":
69000000, …}}, …]}`, in US dollars; `date` is the trading session. The file is compiled from SoSoValue's daily figures
and Farside's table, so it is no independent check of either; `perEtfUsd` is not read, as a fund that has not reported
can't be told from a 0 there. A session's total grows until the last fund has reported: it is read a day later.
UNCONFIRMED: how often the file is rebuilt, and a rate limit.
"""

from collections.abc import Iterator
from datetime import date

from orchestration.sources.shared.contract import Dataset, Parsed, Request, Response, Row, Slice, SourceRejected
from orchestration.sources.shared.etfs import is_final
from orchestration.sources.shared.figures import DAY, SIGNED, Timestamp
from orchestration.sources.shared.parsing import (
    InvalidRecord,
    describe_request,
    expect_list,
    expect_object,
    json_body,
    member,
    number,
    parse_records,
    text,
    unknown_columns,
    verify_by_parsing,
)
from orchestration.sources.shared.provider import Provider, Rate

LAUNCH = date(2024, 1, 11)
KNOWN = frozenset({"date", "netFlowUsd", "btcCloseUsd", "perEtfUsd"})

PROVIDER = Provider(
    name="tftc",
    title="TFTC Bitcoin ETF flows",
    default_url="https://www.tftc.io",
    licence="CC BY 4.0: may be redistributed where TFTC (tftc.io/bitcoin-etf-flows) is named.",
    limitations="Bitcoin and totals alone; compiled from SoSoValue and Farside, so no independent check of them.",
    rate=Rate(1, 1),
)


def plan_flows(wanted: Slice) -> Iterator[Request]:
    """One request; the file has no window."""
    yield Request("/bitcoin-etf-flows/data.json", subject=wanted.subject)


def parse_flows(response: Response) -> Parsed:
    """One row per final session, oldest first; a session without a total is absent."""
    days = expect_list(response, expect_object(response, json_body(response), "the body").get("days"), "days")
    if not days:
        raise SourceRejected(
            f"{describe_request(response)}: the list of days is empty; run again later, or rely on other sources of "
            "ETF flows"
        )
    parsed = parse_records(days, lambda day: _row(response, day), key_width=1)
    return Parsed(parsed.rows, [*parsed.rejected, *unknown_columns(days, KNOWN)])


def _row(response: Response, record: object) -> Row | None:
    written = text(member(record, "date"), "date")
    try:
        session = date.fromisoformat(written)
    except ValueError:
        raise InvalidRecord(f"date is {written!r}, not a day such as 2025-05-08") from None
    if session < LAUNCH:
        raise InvalidRecord(f"the session is before the launch on {LAUNCH}")
    if session > response.latest_timestamp.date():
        raise InvalidRecord("the session lies in the future")
    flow = member(record, "netFlowUsd")
    if flow is None or not is_final("tftc", session, response.as_of):
        return None
    return (session, number(flow, "netFlowUsd"))


DATASETS = (
    Dataset(
        provider=PROVIDER,
        name="etf_flows",
        title="Daily net flow of all US spot Bitcoin ETFs, as TFTC compiles it (CC BY 4.0)",
        subject_group="etf_flows",
        columns={"date": "date", "net_flow_usd": "decimal(18,2)"},
        key=("date",),
        read=parse_flows,
        plan=plan_flows,
        figures={"net_flow_usd": SIGNED},
        timestamps={"date": Timestamp("text", every=DAY)},
        verify=verify_by_parsing(parse_flows),
        covers_until="max(date)::timestamp + interval 1 day",
        due="nyse_session",
        per_asset=False,
    ),
)
