"""Farside Investors: daily net flows of every US spot ETF, fund by fund, from the table on their web pages.

`https://farside.co.uk/btc/`, `/eth/`, `/sol/`, `/hyp/` have the last weeks; `/bitcoin-etf-flow-all-data/` and
`/ethereum-etf-flow-all-data/` everything since launch. No key, no API, no published limit: one page per asset and
run. Cloudflare blocks some networks, so this source may fail on any day; bot checks are not circumvented.
Copyright Farside Investors, no licence to reuse: for private use, with attribution.

Where a page is refused, the same table is requested once from the site's WordPress API (`farside_pages`).

The table (`table.etf`, oldest row first) is in millions of US dollars with one decimal: `111.7`, `(95.1)` for an
outflow, `1,113.7`, `-` for "not reported (yet)", which is not 0.0. The row of the current session appears about
12:00 UTC, all `-` with a Total of 0.0, and fills until about 05:00 UTC of the next day; meanwhile Total is a partial
sum. Complete rows are practically never restated. New funds are inserted in the middle of the columns. The header has
one row (all data), three (recent: issuers, tickers, fees) or four (with a staking fee); the last data cell is the
total even where the header's last cell is empty, which the sum of the funds confirms row by row.
"""

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from orchestration.sources.farside_pages import ALL_DATA, as_json, is_whole_history, posts_after_pages, table_lines
from orchestration.sources.shared.contract import (
    Dataset,
    Parsed,
    RejectedRecord,
    Request,
    Response,
    Row,
    Slice,
    SourceRejected,
    Supersession,
)
from orchestration.sources.shared.etfs import first_session, listed_funds
from orchestration.sources.shared.figures import Timestamp
from orchestration.sources.shared.parsing import InvalidRecord, describe_request, verify_by_parsing
from orchestration.sources.shared.provider import Provider, Rate

PAGES_OPTION = "FARSIDE_PAGES"
REQUIRED = {"BTC": {"IBIT", "FBTC", "GBTC"}, "ETH": {"ETHA", "FETH", "ETHE"}}
"""Funds that every page of all data has; without one of them it is another table."""
MIN_HISTORY_SESSIONS = 100
FEW_DAYS = 2
"""Up to so many days with a wrong sum may be misprints."""
SEED = "Seed"
"""The row with the assets at launch, which are no flows. It has no date: its cells are stored under the first session,
with tickers such as 'Seed ETHE'."""
NON_DAY_ROWS = frozenset({"", "Date", "Seed", "Fee", "Total", "Average", "Maximum", "Minimum"})
"""The first cells of rows that are no day."""
NOT_TICKERS = frozenset({"", "Date", "Total"})
TOTAL = "Total"
FIGURE = f"cell != '-' and ticker != '{TOTAL}' and ticker not like '{SEED} %'"
"""The DuckDB condition for a fund's flow. The total is left out, because a row of dashes has a total of 0.0."""
ROUNDING = Decimal("0.05")
LARGEST_FLOW = 10**6
"""A trillion dollars: more is in another unit."""
SUM_MISMATCH = "the funds add up to"
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
"""Instead of `%b`, which depends on the locale."""
DATED = re.compile(r"(\d{1,2}) ([A-Z][a-z]{2}) (\d{4})")
TICKER = re.compile(r"[A-Z][A-Z0-9]{1,5}")
FLOW = re.compile(r"(?P<minus>\()?(?P<figure>(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?)(?(minus)\))")

PROVIDER = Provider(
    name="farside",
    title="Farside Investors",
    default_url="https://farside.co.uk",
    licence="Copyright Farside Investors: private use with attribution; the table may not be redistributed.",
    limitations="May refuse automated requests on any day; funds report during the New York night.",
    rate=Rate(4, 10),
    options={PAGES_OPTION: "all-data"},
    option_help={PAGES_OPTION: "all-data (since launch) or recent (the last weeks, much smaller)."},
    # A bot check guards some pages and not others.
    is_blocked_by_403=False,
)


def plan_flows(wanted: Slice) -> Iterator[Request]:
    """The request for one page: the whole history where it exists and FARSIDE_PAGES is not 'recent'.

    No request before the launch of the asset's first fund.
    """
    pages, launch = wanted.options[PAGES_OPTION], first_session(wanted.subject)
    if pages not in ("all-data", "recent"):
        raise SourceRejected(f"{PAGES_OPTION} is {pages!r}: set it to all-data or recent")
    if launch and wanted.now.date() < launch:
        return
    recent = f"/{wanted.symbol}/"
    path = ALL_DATA.get(wanted.symbol, recent) if pages == "all-data" else recent
    yield Request(path, subject=wanted.subject, fallback=as_json(path, wanted.subject))


def parse_flows(response: Response) -> Parsed:
    """One row (asset, date, ticker, cell) per cell of the table, as printed; the total has the ticker 'Total'.

    A day is parsed as a whole or rejected: its cells must be well-formed, and the funds must add up to the total.
    """
    lines = table_lines(response)
    if lines is None:
        return Parsed([])
    first = next((i for i, cells in enumerate(lines) if DATED.fullmatch(cells[0])), None)
    if first is None:
        raise SourceRejected(f"{describe_request(response)}: the table has no dated row; the layout has changed")
    tickers = _tickers(response, lines[:first])
    if is_whole_history(response.request):
        _check_history(response, tickers, lines)
    seeds, rejected = _seeds(response, tickers, lines)
    days: dict[date, list[str]] = {}
    ambiguous: set[date] = set()
    for cells in [*filter(_has_figures, lines[:first]), *lines[first:]]:
        if cells[0] in NON_DAY_ROWS:
            continue
        try:
            day = _checked_day(response, tickers, cells)
            if day in days:
                ambiguous |= {day} if days[day] != cells else set()
                raise InvalidRecord(f"{cells[0]} is on the page twice")
        except InvalidRecord as reason:
            rejected.append(RejectedRecord(" | ".join(cells), str(reason)))
        else:
            days[day] = cells
    for day in sorted(ambiguous):
        rejected.append(
            RejectedRecord(" | ".join(days.pop(day)), "the page has another row with other figures for this day")
        )
    _check_sums(response, tickers, len(days), rejected)
    asset = response.request.subject
    rows: list[Row] = [
        (asset, day, ticker, cell)
        for day, cells in days.items()
        for ticker, cell in zip((*tickers, TOTAL), cells[1:], strict=True)
    ]
    return Parsed(sorted([*seeds, *rows]), rejected)


def _has_figures(cells: list[str]) -> bool:
    """True for a line above the first date that is no header but a day with a malformed date."""
    return any(FLOW.fullmatch(cell) for cell in cells[1:])


def _check_sums(response: Response, tickers: tuple[str, ...], days: int, rejected: list[RejectedRecord]) -> None:
    """Refuse a page where most days have a wrong sum and a listed fund has no column."""
    missing = sorted(set(listed_funds(response.request.subject, response.fetched_at.date())) - set(tickers))
    wrong = sum(record.reason.startswith(SUM_MISMATCH) for record in rejected)
    if missing and wrong > max(days, FEW_DAYS):
        raise SourceRejected(
            f"{describe_request(response)}: the page has no column {', '.join(missing)}, and the funds of {wrong} days "
            f"don't add up to their totals; a column was removed, or the layout has changed"
        )


def _check_history(response: Response, tickers: tuple[str, ...], lines: list[list[str]]) -> None:
    """Refuse a page of all data that is too short or lacks the largest funds."""
    missing = sorted(REQUIRED.get(response.request.subject, set()) - set(tickers))
    if missing:
        raise SourceRejected(
            f"{describe_request(response)}: the page of all data has no column {', '.join(missing)}; it is another "
            f"table, or the layout has changed"
        )
    sessions = sum(bool(DATED.fullmatch(cells[0])) for cells in lines)
    if sessions < MIN_HISTORY_SESSIONS:
        raise SourceRejected(
            f"{describe_request(response)}: the page of all data has {sessions} sessions, fewer than "
            f"{MIN_HISTORY_SESSIONS}; set {PAGES_OPTION}=recent if the history has moved"
        )


def _seeds(
    response: Response, tickers: tuple[str, ...], lines: list[list[str]]
) -> tuple[list[Row], list[RejectedRecord]]:
    """The cells of the seed row, with footnote marks, under the day of the launch. Some pages have no such row."""
    seeds: list[Row] = []
    launch = first_session(response.request.subject)
    for cells in lines:
        if cells[0] != SEED or launch is None:
            continue
        try:
            if len(cells) != len(tickers) + 2:
                raise InvalidRecord(
                    f"the row has {len(cells)} cells, but the header has {len(tickers)} funds and a total"
                )
            for ticker, cell in zip((*tickers, TOTAL), cells[1:], strict=True):
                _millions(cell.rstrip("*"))
                seeds.append((response.request.subject, launch, f"{SEED} {ticker}", cell))
        except InvalidRecord as reason:
            return [], [RejectedRecord(" | ".join(cells), str(reason))]
    return seeds, []


def _tickers(response: Response, header: list[list[str]]) -> tuple[str, ...]:
    """The funds in column order: the header row that has only tickers, apart from Date and Total."""
    candidates = [tuple(word for word in cells if word not in NOT_TICKERS) for cells in header]
    found = {words for words in candidates if words and all(TICKER.fullmatch(word) for word in words)}
    if len(found) != 1:
        raise SourceRejected(
            f"{describe_request(response)}: the header has {len(found)} rows of tickers; the layout has changed"
        )
    (tickers,) = found
    if len(set(tickers)) < len(tickers):
        raise SourceRejected(
            f"{describe_request(response)}: a ticker has two columns: {', '.join(tickers)}; the layout has changed"
        )
    return tickers


def _checked_day(response: Response, tickers: tuple[str, ...], cells: list[str]) -> date:
    """The day of a row with well-formed cells that add up to the total. Raises InvalidRecord otherwise."""
    day = _day(cells[0])
    launch = first_session(response.request.subject)
    if launch and day < launch:
        raise InvalidRecord(f"the day is before the launch on {launch}")
    if day > response.fetched_at.date():
        raise InvalidRecord("the day lies in the future")
    if len(cells) != len(tickers) + 2:
        raise InvalidRecord(
            f"the row has {len(cells)} cells, but the header has a date, {len(tickers)} funds and a total"
        )
    *funds, total = [_millions(cell) for cell in cells[1:]]
    computed = sum((flow for flow in funds if flow is not None), Decimal(0))
    if total is None or abs(computed - total) > ROUNDING:
        raise InvalidRecord(f"{SUM_MISMATCH} {computed}, but the last cell is {cells[-1]}")
    return day


def _day(written: str) -> date:
    error = InvalidRecord(f"{written!r} is no date such as '08 May 2025'")
    match = DATED.fullmatch(written)
    if match is None:
        raise error
    try:
        return date(int(match[3]), MONTHS.index(match[2]) + 1, int(match[1]))
    except ValueError:
        raise error from None


def _millions(cell: str) -> Decimal | None:
    """The flow in a cell; None for '-'. Raises InvalidRecord for any other text than a figure."""
    if cell == "-":
        return None
    match = FLOW.fullmatch(cell)
    if match is None:
        raise InvalidRecord(f"the cell {cell!r} is neither a figure, nor one in parentheses, nor '-'")
    figure = Decimal(match["figure"].replace(",", ""))
    if figure >= LARGEST_FLOW:
        raise InvalidRecord(f"the cell {cell!r} is no flow of a day in millions of dollars")
    return -figure if match["minus"] else figure


DATASETS = (
    Dataset(
        provider=PROVIDER,
        name="flows",
        title="Daily net flow of every US spot ETF, as Farside Investors publish it",
        subject_group="etf_flows",
        columns={"asset": "varchar", "date": "date", "ticker": "varchar", "cell": "varchar"},
        key=("asset", "date", "ticker"),
        read=parse_flows,
        plan=plan_flows,
        timestamps={"date": Timestamp("text")},
        verify=verify_by_parsing(parse_flows),
        next_page=posts_after_pages,
        blocked_hint="this is normal for Farside; rely on The Block for funds and DefiLlama for totals",
        supersedes=Supersession(
            subject="asset",
            session="date",
            newest=f"max(date) filter ({FIGURE})",
            size=f"count(distinct date) filter ({FIGURE})",
            is_whole=is_whole_history,
        ),
        covers_until=f"max(date) filter ({FIGURE}) + interval 1 day",
        due="nyse_session",
    ),
)
