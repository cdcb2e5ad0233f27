"""CoinMarketCap's global metrics: total market capitalisation, the part without Bitcoin, and dominance.

`GET /v1/global-metrics/quotes/historical`, header `X-CMC_PRO_API_KEY` (free plan: 15,000 credits per month, 50
requests per minute, one year of daily history; 100 points cost one credit).
Documentation: https://coinmarketcap.com/api/documentation/v1/#operation/getV1GlobalmetricsQuotesHistorical
Rows in `data.quotes`, oldest first, each an instant (`timestamp`) with the caps in US dollars under `quote.USD` and
dominance in percent; `altcoin_market_cap` is the total without Bitcoin. The total is of all coins that CoinMarketCap
lists, stablecoins included, so it exceeds TradingView's.

The requested interval is `daily`: the first quote of each UTC day, a snapshot soon after midnight, which is the state
at the end of the day before. Snapshots are not restated.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from orchestration.sources.shared.contract import (
    Dataset,
    Parsed,
    Request,
    Response,
    Row,
    Slice,
    SourceRejected,
    SourceUnavailable,
)
from orchestration.sources.shared.figures import DOMINANCE, POSITIVE, Figure, Timestamp
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
from orchestration.sources.shared.provider import Provider, Rate, error_codes

PAGE_DAYS = 360
TRANSIENT_CODES = frozenset({500, 1008, 1009, 1010, 1011})
"""Server errors, and exceeded quotas per minute, day, month and address."""

PROVIDER = Provider(
    name="coinmarketcap",
    title="CoinMarketCap",
    default_url="https://pro-api.coinmarketcap.com",
    licence="For the key's owner alone: the free plan is for personal use and forbids redistribution.",
    limitations="One snapshot per day, soon after midnight; a year of history on the free plan.",
    rate=Rate(50, 60),
    rate_limit_body=error_codes("error_code", 1008, 1011),
    transient_error_body=error_codes("error_code", 500),
    key_header="X-CMC_PRO_API_KEY",
    key_required=True,
)
COLUMNS = {
    "timestamp": "varchar",
    "total_market_cap": "decimal(24,6)",
    "altcoin_market_cap": "decimal(24,6)",
    "btc_dominance": "decimal(18,12)",
    "eth_dominance": "decimal(18,12)",
}
FIGURES = {
    "total_market_cap": POSITIVE,
    "altcoin_market_cap": replace(POSITIVE, below="total_market_cap"),
    "btc_dominance": DOMINANCE,
    # 0 where it was not computed; nothing is derived from it.
    "eth_dominance": Figure(minimum=0, maximum=100).or_missing,
}
EXTRAS = "btc_dominance,eth_dominance,altcoin_market_cap"
KNOWN_OF_QUOTE = frozenset(
    {
        "timestamp",
        "btc_dominance",
        "eth_dominance",
        "active_cryptocurrencies",
        "active_exchanges",
        "active_market_pairs",
        "search_interval",
        "quote",
    }
)
KNOWN_OF_USD = frozenset(
    {
        "timestamp",
        "total_market_cap",
        "altcoin_market_cap",
        "total_volume_24h",
        "total_volume_24h_reported",
        "altcoin_volume_24h",
        "altcoin_volume_24h_reported",
    }
)


def plan_global_metrics(wanted: Slice) -> Iterator[Request]:
    """Windows of at most 360 days, oldest first, one snapshot per day."""
    for window in wanted.window.split(timedelta(days=PAGE_DAYS)):
        params = {
            "time_start": f"{window.start:%Y-%m-%dT%H:%M:%SZ}",
            "time_end": f"{window.end:%Y-%m-%dT%H:%M:%SZ}",
            "interval": "daily",
            "count": str(PAGE_DAYS + 1),
            "convert": "USD",
            "aux": EXTRAS,
        }
        yield Request("/v1/global-metrics/quotes/historical", params, wanted.subject, window)


def parse_global_metrics(response: Response) -> Parsed:
    """One row per snapshot inside the request's window, oldest first; days without a quote are absent."""
    envelope = expect_object(response, json_body(response), "the body")
    _check_status(response, expect_object(response, envelope.get("status"), "status"))
    data = expect_object(response, envelope.get("data"), "data")
    quotes = expect_list(response, data.get("quotes"), "data.quotes")
    parsed = parse_records(quotes, lambda quote: _row(response, quote), key_width=1)
    in_dollars = [_dollars(quote) for quote in quotes]
    notices = unknown_columns(quotes, KNOWN_OF_QUOTE) + unknown_columns(in_dollars, KNOWN_OF_USD)
    return Parsed(parsed.rows, [*parsed.rejected, *notices])


def _check_status(response: Response, status: dict[str, Any]) -> None:
    """Raise for an error with status 200. `error_code` is a number or a text; 0 is success."""
    code = str(status.get("error_code"))
    if code == "0":
        return
    problem = f"{describe_request(response)}: error {code}, {status.get('error_message') or 'no reason given'}"
    if code.isdecimal() and int(code) in TRANSIENT_CODES:
        raise SourceUnavailable(f"{problem}; run again later")
    raise SourceRejected(f"{problem}; check {PROVIDER.api_key_variable} and what its plan allows")


def _dollars(quote: object) -> object:
    per_currency = quote.get("quote") if isinstance(quote, Mapping) else None
    return per_currency.get("USD") if isinstance(per_currency, Mapping) else None


def _row(response: Response, quote: object) -> Row | None:
    written = text(member(quote, "timestamp"), "timestamp")
    snapshot_at = utc_instant(written, "timestamp")
    if snapshot_at > response.latest_timestamp:
        raise InvalidRecord("timestamp lies in the future")
    dollars = member(member(quote, "quote"), "USD")
    total = number(member(dollars, "total_market_cap"), "total_market_cap")
    without_btc = number(member(dollars, "altcoin_market_cap"), "altcoin_market_cap")
    btc_dominance = number(member(quote, "btc_dominance"), "btc_dominance")
    # Some snapshots lack it; nothing is derived from it.
    eth_dominance = quote.get("eth_dominance") if isinstance(quote, Mapping) else None
    eth_dominance = None if eth_dominance is None else number(eth_dominance, "eth_dominance")
    window = response.request.window
    if window and not window.start <= snapshot_at < window.end:
        return None
    return (written, total, without_btc, btc_dominance, eth_dominance)


DATASETS = (
    Dataset(
        provider=PROVIDER,
        name="global_metrics",
        title="Total market capitalisation, the part without Bitcoin, and dominance, one snapshot per UTC day",
        subject_group="market_caps",
        columns=COLUMNS,
        key=("timestamp",),
        read=parse_global_metrics,
        plan=plan_global_metrics,
        figures=FIGURES,
        timestamps={"timestamp": Timestamp("text")},
        verify=verify_by_parsing(parse_global_metrics),
        covers_until="max(timestamp::timestamp)",
        # The free plan refuses requests that reach back more than a year.
        lookback=timedelta(days=PAGE_DAYS - 1),
        per_asset=False,
    ),
)
