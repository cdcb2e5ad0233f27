"""CoinMarketCap's charts: the market's daily total capitalisation since 2013-04-29. Opt-in only.

`GET /data-api/v3/global-metrics/quotes/historical?convertId=2781&interval=1d&timeStart=…&timeEnd=…`, no key.
The data behind coinmarketcap.com/charts: undocumented, without a licence, and it may end on any day. So it is requested
only with `COINMARKETCAP_WEB_HISTORY=yes`, at most once per second and under this project's own user agent.
Rows in `data.quotes`, oldest first: the coins and figures of the keyed history (`coinmarketcap.py`) in another format.
Names are in camel case, `quote` is a list by currency (2781 is the US dollar), `error_code` is text.

`timestamp` is the start of a day and `originalScore` the instant of the snapshot, two minutes later: the state at the
end of the day before. `ethDominance` is 0 in old rows, which is no figure. Snapshots are not restated.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from orchestration.sources.coinmarketcap import COLUMNS, FIGURES, TRANSIENT_CODES
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
from orchestration.sources.shared.figures import DAY, Timestamp
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
    whole_number,
)
from orchestration.sources.shared.provider import Provider, Rate, error_codes
from orchestration.sources.shared.timestamps import DAY_SECONDS

US_DOLLAR = "2781"
PAGE_DAYS = 1000
KNOWN_OF_QUOTE = frozenset(
    {
        "timestamp", "searchInterval", "btcDominance", "ethDominance", "activeCryptocurrencies", "activeExchanges",
        "activeMarketPairs", "quote", "score",
    }
)  # fmt: skip

PROVIDER = Provider(
    name="coinmarketcap_web",
    title="CoinMarketCap's charts",
    default_url="https://api.coinmarketcap.com",
    licence="Undocumented and without a licence: for personal viewing only, no redistribution.",
    rate=Rate(1, 1),
    rate_limit_body=error_codes("error_code", 1008, 1011),
    transient_error_body=error_codes("error_code", 500),
    limitations="Opt-in only (`COINMARKETCAP_WEB_HISTORY=yes`); undocumented, it may close any day.",
    opt_in_variable="COINMARKETCAP_WEB_HISTORY",
)


def plan_history(wanted: Slice) -> Iterator[Request]:
    """Windows of at most 1,000 days, oldest first, one snapshot per day; the interval is required."""
    for window in wanted.window.split(timedelta(days=PAGE_DAYS)):
        params = {
            "convertId": US_DOLLAR,
            "interval": "1d",
            "timeStart": str(int(window.start.timestamp())),
            "timeEnd": str(int(window.end.timestamp())),
        }
        yield Request("/data-api/v3/global-metrics/quotes/historical", params, wanted.subject, window)


def parse_history(response: Response) -> Parsed:
    """One row per UTC day that starts inside the window, oldest first: the snapshot of its first minutes."""
    envelope = expect_object(response, json_body(response), "the body")
    _check_status(response, expect_object(response, envelope.get("status"), "status"))
    data = expect_object(response, envelope.get("data"), "data")
    quotes = expect_list(response, data.get("quotes"), "data.quotes")
    parsed = parse_records(quotes, lambda quote: _row(response, quote, quote is quotes[-1]), key_width=1)
    return Parsed(parsed.rows, [*parsed.rejected, *unknown_columns(quotes, KNOWN_OF_QUOTE)])


def _check_status(response: Response, status: dict[str, Any]) -> None:
    code = str(status.get("error_code"))
    if code == "0":
        return
    problem = f"{describe_request(response)}: error {code}, {status.get('error_message') or 'no reason given'}"
    if code.isdecimal() and int(code) in TRANSIENT_CODES:
        raise SourceUnavailable(f"{problem}; run again later")
    raise SourceRejected(f"{problem}; unset {PROVIDER.opt_in_variable}, or set COINMARKETCAP_API_KEY")


def _row(response: Response, quote: object, is_newest: bool) -> Row | None:
    written = text(member(quote, "timestamp"), "timestamp")
    opens = utc_instant(written, "timestamp")
    if opens > response.latest_timestamp:
        raise InvalidRecord("timestamp lies in the future")
    if opens.timestamp() % DAY_SECONDS:
        if is_newest and opens.date() == response.fetched_at.date():
            return None  # The last point of a chart is the current state.
        raise InvalidRecord("timestamp is no midnight in UTC")
    dollars = _dollars(quote)
    snapshot_at = _snapshot_at(dollars, opens)
    figures = [number(member(dollars, name), name) for name in ("totalMarketCap", "altcoinMarketCap")]
    shares = [number(member(quote, name), name) for name in ("btcDominance", "ethDominance")]
    window = response.request.window
    if window and not window.start <= opens < window.end:
        return None
    return (written, snapshot_at, *figures, *shares)


def _dollars(quote: object) -> Mapping[str, Any]:
    per_currency = member(quote, "quote")
    if not isinstance(per_currency, list):
        raise InvalidRecord("quote is no list of currencies")
    found = [quoted for quoted in per_currency if isinstance(quoted, Mapping) and quoted.get("name") == US_DOLLAR]
    if len(found) != 1:
        raise InvalidRecord(f"quote has {len(found)} entries in US dollars ({US_DOLLAR}); one was expected")
    return found[0]


def _snapshot_at(dollars: Mapping[str, Any], opens: datetime) -> int:
    """The instant of the snapshot in seconds; the start of the day where it is absent."""
    score = dollars.get("originalScore")
    if score is None:
        return int(opens.timestamp())
    seconds = whole_number(int(score) if isinstance(score, str) and score.isdecimal() else score, "originalScore")
    if not 0 <= seconds - opens.timestamp() < DAY_SECONDS:
        raise InvalidRecord("originalScore lies outside of the day that timestamp starts")
    return seconds


DATASETS = (
    Dataset(
        provider=PROVIDER,
        name="global_metrics",
        title="Total market capitalisation, the part without Bitcoin, and dominance since 2013, one snapshot per day",
        subject_group="market_caps",
        columns={"timestamp": "varchar", "original_score": "bigint"}
        | {name: kind for name, kind in COLUMNS.items() if name != "timestamp"},
        key=("timestamp",),
        read=parse_history,
        plan=plan_history,
        figures=FIGURES,
        timestamps={"timestamp": Timestamp("text", every=DAY), "original_score": Timestamp("s")},
        verify=verify_by_parsing(parse_history),
        per_asset=False,
        covers_until="make_timestamp(max(original_score) * 1000000)",
    ),
)
