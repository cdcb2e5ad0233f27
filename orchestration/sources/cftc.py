"""CFTC's Commitments of Traders: who is long and short in the Bitcoin and Ether futures of CME, once a week.

`GET https://publicreporting.cftc.gov/resource/gpe5-46if.json` (Traders in Financial Futures, futures only; Socrata), no
key; anonymous requests share a throttled pool. Documentation: https://publicreporting.cftc.gov/stories/s/r4w3-av2u and
https://dev.socrata.com/docs/queries/ (`$where`, `$order`, `$limit`)
`[{"cftc_contract_market_code": "133741", "report_date_as_yyyy_mm_dd": "2025-05-06T00:00:00.000", "open_interest_all":
"28054", "asset_mgr_positions_long": "7101", …}]`: counts of contracts as text. The date is the Tuesday at whose close
the positions were held; the report is published on Friday at 15:30 New York, later in weeks with a holiday. So a figure
is three days old when it can be known: read a row's `observed_at`. Contracts: Bitcoin 133741 (5 BTC each). UNCONFIRMED:
the code of Ether (146021, 50 ETH each), and whether a published report is ever corrected in place.
"""

from collections.abc import Iterator
from datetime import timedelta

from orchestration.sources.shared.contract import Dataset, Parsed, Request, Response, Row, Slice, SourceRejected
from orchestration.sources.shared.figures import DAY, NOT_NEGATIVE, Timestamp, each
from orchestration.sources.shared.parsing import (
    InvalidRecord,
    describe_request,
    expect_list,
    json_body,
    member,
    parse_records,
    text,
    unknown_columns,
    utc_instant,
    verify_by_parsing,
)
from orchestration.sources.shared.provider import Provider, Rate

CODE, DATE, NAME = "cftc_contract_market_code", "report_date_as_yyyy_mm_dd", "market_and_exchange_names"
POSITIONS = {
    "open_interest_all": "open_interest_all",
    "dealer_positions_long_all": "dealer_long",
    "dealer_positions_short_all": "dealer_short",
    "asset_mgr_positions_long": "asset_mgr_long",
    "asset_mgr_positions_short": "asset_mgr_short",
    "lev_money_positions_long": "lev_money_long",
    "lev_money_positions_short": "lev_money_short",
}
"""CFTC's fields and the columns of the raw table."""
FIELDS = (CODE, DATE, NAME, *POSITIONS)
MAX_ROWS = 5_000
"""Of one contract more than 90 years of weeks."""
PUBLISHED_AFTER = timedelta(days=3, hours=21)
"""From the Tuesday's midnight to Friday 21:00 UTC: half an hour or more after the release, in summer and in winter."""

PROVIDER = Provider(
    name="cftc",
    title="CFTC Commitments of Traders",
    default_url="https://publicreporting.cftc.gov",
    licence="Work of the United States government, in the public domain.",
    limitations="Weekly, of CME alone, and three days old when it is published; classes of traders, not traders.",
    rate=Rate(1, 1),
)


def plan_positions(wanted: Slice) -> Iterator[Request]:
    """One request for all weeks of the window; both bounds are days and inclusive."""
    last = wanted.window.end - timedelta(microseconds=1)
    bounds = f"'{wanted.window.start:%Y-%m-%d}' and '{last:%Y-%m-%d}'"
    params = {
        "$select": ",".join(FIELDS),
        "$where": f"{CODE}='{wanted.symbol}' and {DATE} between {bounds}",
        "$order": DATE,
        "$limit": str(MAX_ROWS),
    }
    yield Request("/resource/gpe5-46if.json", params, wanted.subject, wanted.window)


def parse_positions(response: Response) -> Parsed:
    """One row per contract and published Tuesday, oldest first; a window of a few days may have none."""
    records = expect_list(response, json_body(response), "the body")
    if len(records) >= MAX_ROWS:
        raise SourceRejected(f"{describe_request(response)}: {len(records)} rows came, a full page; shorten the window")
    parsed = parse_records(records, lambda record: _row(response, record), key_width=2)
    return Parsed(parsed.rows, [*parsed.rejected, *unknown_columns(records, frozenset(FIELDS))])


def _row(response: Response, record: object) -> Row | None:
    code, written = text(member(record, CODE), CODE), text(member(record, DATE), DATE)
    if f"{CODE}='{code}' and" not in response.request.params.get("$where", ""):
        raise InvalidRecord(f"{CODE} is {code}, which was not requested")
    day = utc_instant(f"{written}+00:00", DATE)
    if (day.hour, day.minute, day.second, day.microsecond) != (0, 0, 0, 0):
        raise InvalidRecord(f"{DATE} is no midnight")
    if day > response.latest_timestamp:
        raise InvalidRecord(f"{DATE} lies in the future")
    counts = [_contracts(member(record, field), field) for field in POSITIONS]
    return (code, day.date(), *counts) if day + PUBLISHED_AFTER <= response.as_of else None


def _contracts(value: object, name: str) -> int:
    """A count of contracts, written as text. Raises InvalidRecord."""
    if not isinstance(value, str) or not value.removeprefix("-").isdecimal():
        raise InvalidRecord(f"{name} is {value!r}, not a whole number as text")
    return int(value)


DATASETS = (
    Dataset(
        provider=PROVIDER,
        name="futures_positions",
        title="Positions in the Bitcoin and Ether futures of CME by class of trader, on Tuesdays, in contracts",
        subject_group="positioning",
        columns={"contract": "varchar", "report_date": "date"} | dict.fromkeys(POSITIONS.values(), "bigint"),
        key=("contract", "report_date"),
        read=parse_positions,
        plan=plan_positions,
        figures=each(POSITIONS.values(), NOT_NEGATIVE),
        timestamps={"report_date": Timestamp("text", every=DAY)},
        verify=verify_by_parsing(parse_positions),
        empty_is_normal=True,
        # A report stands for its week: the next one is of the Tuesday after.
        covers_until="max(report_date)::timestamp + interval 11 day",
    ),
)
