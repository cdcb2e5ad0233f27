"""CoinMarketCap's charts: the market's total capitalisation day by day since 2013-04-29. Asked by opting in alone.

`GET /data-api/v3/global-metrics/quotes/historical?convertId=2781&interval=1d&timeStart=…&timeEnd=…`, no key.
What coinmarketcap.com/charts is drawn from: undocumented, without a licence, and it may end on any day. So nobody is
asked unless `COINMARKETCAP_WEB_HISTORY` says yes, then once a second at most and under this project's own name.
Rows in `data.quotes`, oldest first: the same universe and figures as the keyed history (`coinmarketcap.py`) in other
clothes. Names are in camel case, `quote` is a list by currency (2781 is the US dollar), `error_code` is text.

`timestamp` is the start of a day and `originalScore` the instant of the snapshot, two minutes later: the state in which
the day before ended. `ethDominance` is 0 in old rows, which is no figure. A snapshot is not restated.
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
"""Others ask for 300 to 2200 days at once."""
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
    licence="Undocumented and without a licence: for your own look alone, nothing may be redistributed.",
    rate=Rate(1, 1),
    rate_limit_body=error_codes("error_code", 1008, 1011),
    transient_error_body=error_codes("error_code", 500),
    limitations="Asked by opting in alone (`COINMARKETCAP_WEB_HISTORY=yes`); undocumented, it may close any day.",
    opt_in_variable="COINMARKETCAP_WEB_HISTORY",
)


def plan_history(wanted: Slice) -> Iterator[Request]:
    """Windows of at most 1000 days, one snapshot per day; without an interval the service fails."""
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
    raise SourceRejected(f"{problem}; unset {PROVIDER.opt_in_variable}, or ask with COINMARKETCAP_API_KEY")


def _row(response: Response, quote: object, is_newest: bool) -> Row | None:
    written = text(member(quote, "timestamp"), "timestamp")
    opens = utc_instant(written, "timestamp")
    if opens > response.latest_timestamp:
        raise InvalidRecord("timestamp lies in the future")
    if opens.timestamp() % DAY_SECONDS:
        if is_newest and opens.date() == response.fetched_at.date():
            return None  # The last point of a chart is now.
        raise InvalidRecord("timestamp is no midnight in UTC")
    dollars = _dollars(quote)
    taken = _instant_of_snapshot(dollars, opens)
    figures = [number(member(dollars, name), name) for name in ("totalMarketCap", "altcoinMarketCap")]
    shares = [number(member(quote, name), name) for name in ("btcDominance", "ethDominance")]
    window = response.request.window
    if window and not window.start <= opens < window.end:
        return None
    return (written, taken, *figures, *shares)


def _dollars(quote: object) -> Mapping[str, Any]:
    per_currency = member(quote, "quote")
    if not isinstance(per_currency, list):
        raise InvalidRecord("quote is no list of currencies")
    found = [quoted for quoted in per_currency if isinstance(quoted, Mapping) and quoted.get("name") == US_DOLLAR]
    if len(found) != 1:
        raise InvalidRecord(f"quote holds {len(found)} entries in US dollars ({US_DOLLAR}) where one was promised")
    return found[0]


def _instant_of_snapshot(dollars: Mapping[str, Any], opens: datetime) -> int:
    """Seconds since 1970; the start of the day where it is not told."""
    score = dollars.get("originalScore")
    if score is None:
        return int(opens.timestamp())
    taken = whole_number(int(score) if isinstance(score, str) and score.isdecimal() else score, "originalScore")
    if not 0 <= taken - opens.timestamp() < DAY_SECONDS:
        raise InvalidRecord("originalScore lies outside of the day that timestamp starts")
    return taken


DATASETS = (
    Dataset(
        provider=PROVIDER,
        name="global_metrics",
        title="Total market capitalisation, its part without Bitcoin, and dominance since 2013, one snapshot per day",
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
