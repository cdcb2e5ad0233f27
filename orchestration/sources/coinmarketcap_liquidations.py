"""CoinMarketCap's liquidations: the last 24 hours over all coins, venue by venue, a snapshot per run.

`GET /v5/derivatives/liquidations/exchange/list/latest`, header `X-CMC_PRO_API_KEY` (free plan, 1 credit); key, host and
quota are those of `coinmarketcap.py`. Documentation: https://coinmarketcap.com/api/documentation/ (derivatives)
`{"status": {"timestamp": "2026-09-20T15:59:43.237Z", "error_code": "0"}, "data": {"exchanges": [{"name": "Binance",
"slug": "binance", "exchange_id": 270, "quotes": [{"symbol": "USD", "total_liquidations_24h", "long_liquidations_24h",
"short_liquidations_24h", and the same of 1h and 4h}]}, …], "total_size": 9, "has_more": false}}`, in US dollars. The
figures are of the 24 hours up to `status.timestamp`, which is the press's own window, over every coin that the venue
lists (918 coins and nine venues in September 2026). There is no history: a day's figure is the first snapshot after
its end. Not requested: the list by coin, 100 of 918 a page. UNCONFIRMED: how the venues' throttled streams are counted.
"""

from typing import Any

from orchestration.sources import coinmarketcap
from orchestration.sources.shared.contract import Dataset, Parsed, Response, Row, SourceRejected, SourceUnavailable
from orchestration.sources.shared.figures import NOT_NEGATIVE, Timestamp, each
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
    utc_instant,
    verify_by_parsing,
)
from orchestration.sources.shared.provider import Provider
from orchestration.sources.shared.snapshots import plan_snapshot

PATH = "/v5/derivatives/liquidations/exchange/list/latest"
SIDES = ("long", "short", "total")
KNOWN = frozenset({"name", "slug", "exchange_id", "quotes"})

PROVIDER = Provider(
    name="coinmarketcap_liquidations",
    title="CoinMarketCap, liquidations",
    default_url=coinmarketcap.PROVIDER.default_url,
    licence=coinmarketcap.PROVIDER.licence,
    limitations="The last 24 hours alone: history begins with your first run; a second opinion beside CoinGlass.",
    # One host and one key, so one rate limit: these requests count together with those of `coinmarketcap`.
    rate=coinmarketcap.PROVIDER.rate,
    rate_limit_body=coinmarketcap.PROVIDER.rate_limit_body,
    transient_error_body=coinmarketcap.PROVIDER.transient_error_body,
    key_header=coinmarketcap.PROVIDER.key_header,
    key_required=True,
    key_variable=coinmarketcap.PROVIDER.api_key_variable,
    variable_stem="coinmarketcap",
)


def parse_venues(response: Response) -> Parsed:
    """One row per venue at the instant of the response. Raises for an error with status 200 and an empty list."""
    body = expect_object(response, json_body(response), "the body")
    taken_at = _instant(response, body)
    data = expect_object(response, body.get("data"), "data")
    venues = expect_list(response, data.get("exchanges"), "data.exchanges")
    if not venues or data.get("has_more"):
        raise SourceRejected(
            f"{describe_request(response)}: {len(venues)} venues came and has_more is {data.get('has_more')}; a part "
            "of the venues is no total, the format has changed"
        )
    parsed = parse_records(venues, lambda venue: _row(taken_at, venue), key_width=2)
    # A total that lacks a venue would be too small.
    return Parsed([] if parsed.rejected else parsed.rows, [*parsed.rejected, *unknown_columns(venues, KNOWN)])


def _instant(response: Response, body: dict[str, Any]) -> str:
    """The instant of the figures, as written. Raises for an error with status 200."""
    status = expect_object(response, body.get("status"), "status")
    code = str(status.get("error_code"))
    if code != "0":
        problem = f"{describe_request(response)}: error {code}, {status.get('error_message') or 'no reason given'}"
        if code.isdecimal() and int(code) in coinmarketcap.TRANSIENT_CODES:
            raise SourceUnavailable(f"{problem}; run again later")
        raise SourceRejected(f"{problem}; check {PROVIDER.api_key_variable} and its plan")
    try:
        written = text(member(status, "timestamp"), "status.timestamp")
        if utc_instant(written, "status.timestamp") > response.latest_timestamp:
            raise InvalidRecord("status.timestamp lies in the future")
    except InvalidRecord as reason:
        raise SourceRejected(f"{describe_request(response)}: {reason}; the format has changed") from None
    return written


def _row(taken_at: str, venue: object) -> Row:
    slug = text(member(venue, "slug"), "slug")
    quotes = member(venue, "quotes")
    if not isinstance(quotes, list):
        raise InvalidRecord("quotes is no list")
    dollars = [quote for quote in quotes if isinstance(quote, dict) and quote.get("symbol") == "USD"]
    if len(dollars) != 1:
        raise InvalidRecord("quotes has no single entry in USD")
    names = [f"{side}_liquidations_24h" for side in SIDES]
    return (taken_at, slug, *(number(member(dollars[0], name), name) for name in names))


DATASETS = (
    Dataset(
        provider=PROVIDER,
        name="venues_24h",
        title="Liquidations of the last 24 hours over all coins, per venue, a snapshot per run",
        subject_group="liquidations",
        columns={"timestamp": "varchar", "exchange": "varchar"}
        | {f"{side}_liquidations_24h": "decimal(28,10)" for side in SIDES},
        key=("timestamp", "exchange"),
        read=parse_venues,
        plan=plan_snapshot(PATH),
        figures=each((f"{side}_liquidations_24h" for side in SIDES), NOT_NEGATIVE),
        timestamps={"timestamp": Timestamp("text")},
        verify=verify_by_parsing(parse_venues),
        # A total that lacks a venue would be too small.
        summed_columns=("timestamp",),
        per_asset=False,
        covers_until="max(timestamp::timestamp)",
    ),
)
