"""Gate's hourly statistics of a perpetual: liquidated longs and shorts, open interest, account ratio.

`GET /api/v4/futures/usdt/contract_stats?contract&interval=1h&from&limit`, no key.
Documentation: https://www.gate.com/docs/developers/apiv4/en/#futures-stats
An array of objects, about a thousand at most; `time` is the opening in seconds, figures are numbers or texts. Sums are
US dollars of positions closed by force; `…_usd_new` (since April 2026) replaces `…_usd` where it exists. A request that
reaches back 180 days or more is refused as a whole, so older figures can't be fetched later. The running hour is
included. Hours are requested because the opening of a daily bar is not documented.
"""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

from orchestration.sources.shared.contract import (
    Dataset,
    Parsed,
    Request,
    Response,
    Row,
    Slice,
    SourceRejected,
    SourceUnavailable,
    Window,
)
from orchestration.sources.shared.figures import EARLIEST, HOUR, NOT_NEGATIVE, RATE, Timestamp, each
from orchestration.sources.shared.parsing import (
    MILLISECONDS_FROM,
    InvalidRecord,
    describe_request,
    expect_list,
    json_body,
    member,
    number,
    parse_records,
    unknown_columns,
    verify_by_parsing,
    whole_number,
)
from orchestration.sources.shared.provider import Provider, Rate, error_codes

HOUR_SECONDS = 3_600
PAGE_HOURS = 990
RETENTION = timedelta(days=179)
"""One day less than the provider refuses."""

PROVIDER = Provider(
    name="gate",
    title="Gate futures statistics",
    default_url="https://api.gateio.ws",
    licence="For personal use under Gate's API agreement; redistribution is not granted.",
    limitations="Its own contracts only, the last 180 days; figures before April 2026 in an older field.",
    rate=Rate(5, 1),
    rate_limit_body=error_codes("label", "TOO_MANY_REQUESTS", "TOO_FAST"),
    transient_error_body=error_codes("label", "SERVER_ERROR", "TOO_BUSY", "INTERNAL"),
)
SUMS = ("long_liq_usd", "short_liq_usd")
FIGURES = (
    "lsr_taker",
    "lsr_account",
    *(f"{side}_liq_{what}" for side in ("long", "short") for what in ("size", "amount", "usd", "usd_new")),
    "open_interest",
    "open_interest_usd",
    "top_lsr_account",
    "top_lsr_size",
    "top_long_size",
    "top_short_size",
    "top_long_account",
    "top_short_account",
    "long_taker_size",
    "short_taker_size",
    "long_users",
    "short_users",
    "mark_price",
    "last_funding_rate",
)


def plan_contract_stats(wanted: Slice) -> Iterator[Request]:
    """Windows of 990 hours, oldest first, limited to what the provider keeps."""
    earliest = (wanted.now - RETENTION).replace(minute=0, second=0, microsecond=0)
    if wanted.window.end <= earliest:
        return
    window = Window(max(wanted.window.start, earliest), wanted.window.end)
    for page in window.split(timedelta(hours=PAGE_HOURS)):
        params = {
            "contract": wanted.symbol,
            "interval": "1h",
            "from": str(int(page.start.timestamp())),
            "limit": str(PAGE_HOURS + 10),
        }
        yield Request("/api/v4/futures/usdt/contract_stats", params, wanted.subject, page)


def parse_contract_stats(response: Response) -> Parsed:
    """One row per closed hour inside the request's window, oldest first; an absent figure is None."""
    body = json_body(response)
    if isinstance(body, dict) and "label" in body:
        problem = f"{describe_request(response)}: {body['label']}, {body.get('message', 'no reason given')}"
        if "TOO" in str(body["label"]) or "BUSY" in str(body["label"]):
            raise SourceUnavailable(f"{problem}; run again later")
        raise SourceRejected(f"{problem}; check the contract in dbt_project/seeds/asset_symbols.csv and the window")
    records = expect_list(response, body, "the body")
    parsed = parse_records(records, lambda record: _row(response, record), key_width=2)
    return Parsed(parsed.rows, [*parsed.rejected, *unknown_columns(records, frozenset(("time", *FIGURES)))])


def _row(response: Response, record: object) -> Row | None:
    opens = whole_number(member(record, "time"), "time")
    if opens >= MILLISECONDS_FROM:
        opens //= 1000
    if opens < EARLIEST.timestamp():
        raise InvalidRecord(f"time is {opens}, before the market existed: it is in another unit")
    if opens % HOUR_SECONDS:
        raise InvalidRecord("time is no full hour")
    if opens > response.latest_timestamp.timestamp():
        raise InvalidRecord("time lies in the future")
    assert isinstance(record, dict)
    figures = [_figure(record, name) for name in FIGURES]
    for name in SUMS:
        if record.get(name) is None and record.get(f"{name}_new") is None:
            raise InvalidRecord(f"neither {name} nor {name}_new exists")
    window = response.request.window
    if window and not window.start.timestamp() <= opens < window.end.timestamp():
        return None
    if opens + HOUR_SECONDS > response.as_of.timestamp():
        return None
    return (response.request.params["contract"], opens, *figures)


def _figure(record: dict[str, object], name: str) -> Decimal | None:
    value = record.get(name)
    return None if value is None else number(value, name, text_allowed=True)


DATASETS = (
    Dataset(
        provider=PROVIDER,
        name="contract_stats_1h",
        title="Hourly liquidations, open interest and account ratio of a USDT perpetual on Gate",
        subject_group="liquidations",
        columns={"contract": "varchar", "time": "bigint", **dict.fromkeys(FIGURES, "decimal(28,8)")},
        key=("contract", "time"),
        read=parse_contract_stats,
        plan=plan_contract_stats,
        figures=each(FIGURES, NOT_NEGATIVE.or_missing) | {"last_funding_rate": RATE.or_missing},
        timestamps={"time": Timestamp("s", every=HOUR)},
        verify=verify_by_parsing(parse_contract_stats),
        lookback=RETENTION,
        covers_until="make_timestamp((max(time) + 3600) * 1000000)",
    ),
)
