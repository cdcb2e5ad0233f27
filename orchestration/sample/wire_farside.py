"""Farside's pages: three header rows on the recent pages, one on the all-data pages.

The oddities are those of the real pages: a stray `<tr>` before the first row, a stray `</table>` after the last, other
tables for navigation, outflows in parentheses inside a span, footers that look like rows, and on the ether pages no
word over the column of totals. WordPress has the same content as JSON. The all-data pages have the sessions of the
sample, which are those of the recent pages. The synthetic page of SOL exists in the full market from its launch on.
Of two sessions of February 2025 the pages of the next mornings are known (`etf_fund_prints`): before the sample's own
sessions a page has these.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from decimal import Decimal

from orchestration.sample.figures import figures, instant
from orchestration.sample.synthetic_flows import sol_flows
from orchestration.sample.wire import Wire, WireRequest, WireResponse, json_response
from orchestration.sample.wire_defillama import has_reported

FUNDS = {
    "BTC": {
        "IBIT": ("Blackrock", "0.25%"),
        "FBTC": ("Fidelity", "0.25%"),
        "BITB": ("Bitwise", "0.20%"),
        "ARKB": ("Ark", "0.21%"),
        "BTCO": ("Invesco", "0.25%"),
        "EZBC": ("Franklin", "0.19%"),
        "BRRR": ("Valkyrie", "0.25%"),
        "HODL": ("VanEck", "0.20%"),
        "BTCW": ("WTree", "0.25%"),
        "GBTC": ("Grayscale", "1.50%"),
        "BTC": ("Grayscale", "0.15%"),
    },
    "ETH": {
        "ETHA": ("Blackrock", "0.25%"),
        "FETH": ("Fidelity", "0.25%"),
        "ETHW": ("Bitwise", "0.20%"),
        "TETH": ("21Shares", "0.21%"),
        "ETHV": ("VanEck", "0.20%"),
        "QETH": ("Invesco", "0.25%"),
        "EZET": ("Franklin", "0.19%"),
        "ETHE": ("Grayscale", "2.50%"),
        "ETH": ("Grayscale", "0.15%"),
    },
    "SOL": {
        "BSOL": ("Bitwise", "0.20%"),
        "VSOL": ("VanEck", "0.30%"),
        "FSOL": ("Fidelity", "0.25%"),
        "TSOL": ("21Shares", "0.21%"),
        "SOEZ": ("Franklin", "0.19%"),
        "GSOL": ("Grayscale", "0.35%"),
    },
}
"""The columns in order, with the issuer of each and its fee."""
PAGES = {
    "/btc/": ("BTC", "Bitcoin ETF Flow (US$m)", True),
    "/eth/": ("ETH", "Ethereum ETF Flow (US$m)", True),
    "/sol/": ("SOL", "Solana ETF Flow (US$m)", True),
    "/bitcoin-etf-flow-all-data/": ("BTC", "Bitcoin ETF Flow - All Data (US$m)", False),
    "/ethereum-etf-flow-all-data/": ("ETH", "Ethereum ETF Flow - All Data (US$m)", False),
}
WORDPRESS = "/wp-json/wp/v2/"
IDS = {
    "/btc/": "997",
    "/eth/": "1570",
    "/sol/": "1572",
    "/bitcoin-etf-flow-all-data/": "1321",
    "/ethereum-etf-flow-all-data/": "1571",
}
"""Ids in WordPress; those of the bitcoin pages are the real ones."""
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
ROLLING_ROWS = 12
"""The rows on the page of SOL."""
ROW_APPEARS_AFTER = timedelta(hours=12)
PAGE_SPAN = timedelta(days=21)
"""How far back a recent page goes."""
Flows = list[Decimal | None]
"""One session in millions: a flow per fund (None: not reported), and the total."""


def respond(request: WireRequest) -> WireResponse:
    """A page with the sessions that began by `now`, all dashes until the last fund has reported."""
    if request.path.startswith(WORDPRESS):
        return _from_wordpress(request)
    if request.path not in PAGES or (request.path == "/sol/" and not request.is_full):
        missing = _page("Page not found", "<p>The page you were looking for could not be found.</p>")
        return WireResponse(missing, 404, "text/html")
    _, title, _ = PAGES[request.path]
    return WireResponse(_page(title, _content(request.path, request)), content_type="text/html; charset=UTF-8")


def _from_wordpress(request: WireRequest) -> WireResponse:
    """The same content as JSON: a page by its id, or a list of the pages (for the ether page: posts) of a name."""
    kind, _, number = request.path.removeprefix(WORDPRESS).partition("/")
    found = [
        _in_wordpress(path, request)
        for path in PAGES
        if kind == ("posts" if path == "/eth/" else "pages")
        and (IDS[path] == number if number else path.strip("/") == request.params.get("slug"))
    ]
    if not number:
        return json_response(found)
    return json_response(found[0]) if found else json_response({"code": "rest_post_invalid_id"}, 404)


def _in_wordpress(path: str, request: WireRequest) -> dict[str, object]:
    _, title, _ = PAGES[path]
    return {
        "id": int(IDS[path]),
        "modified": "2024-10-30T09:55:49",
        "slug": path.strip("/"),
        "status": "publish",
        "title": {"rendered": title},
        "content": {"rendered": _content(path, request), "protected": False},
    }


def _content(path: str, request: WireRequest) -> str:
    asset, _, is_recent = PAGES[path]
    days = _days(asset, request)
    return f"""<figure>
<table class="etf">
<thead>
{_recent_header(asset) if is_recent else _all_data_header(asset)}
</thead>
<tbody>
<tr>

{"".join(_day(written, flows, is_newest=written == list(days)[-1]) for written, flows in days.items())}
{_footers(list(days.values()))}
</tbody>
</table>
</table>
</figure>
<p style="font-size:12px">Source: Farside Investors<br>Note: The above table is generated automatically, in real time. \
Farside Investors is not liable for any errors or inaccuracies in the data.</p>"""


def _days(asset: str, request: WireRequest) -> dict[str, Flows]:
    """Sessions by printed date, oldest first; of SOL only the newest."""
    flows: dict[str, dict[str, Decimal]] = {}
    for line in sol_flows(request.now) if asset == "SOL" else (*_prints(request.now), *figures("etf_fund_flows")):
        if line["asset"] == asset and instant(line["trade_date"]) + ROW_APPEARS_AFTER <= request.now:
            session = flows.setdefault(line["trade_date"], {})
            if line["net_flow_musd"] and has_reported(line["trade_date"], request.now):
                session[line["fund_ticker"]] = Decimal(line["net_flow_musd"])
    shown = sorted(flows.items())[-ROLLING_ROWS if asset == "SOL" else 0 :]
    return {
        _printed(trade_date): [*(funds.get(ticker) for ticker in FUNDS[asset]), sum(funds.values(), Decimal(0))]
        for trade_date, funds in shown
    }


def _prints(now: datetime) -> Iterator[Mapping[str, str]]:
    """The figures of the newest known page of the days before `now`, as it was printed."""
    known = [line for line in figures("etf_fund_prints") if now - PAGE_SPAN < instant(line["observed_at"]) <= now]
    newest = max((line["observed_at"] for line in known), default="")
    return (line for line in known if line["observed_at"] == newest)


def _printed(trade_date: str) -> str:
    """'08 May 2025', whatever the locale."""
    year, month, day = trade_date.split("-")
    return f"{day} {MONTHS[int(month) - 1]} {year}"


def _day(written: str, flows: Flows, *, is_newest: bool) -> str:
    style = ' style="background-color: #99ff99 !important;"' if is_newest else ""
    return f'\n <tr{style}> \t\n\t<td><span class="tabletext">{written}</span></td>\n{_cells(flows)}</tr>\n'


def _footers(days: list[Flows]) -> str:
    columns = [[flow or Decimal(0) for flow in column] for column in zip(*days, strict=True)]
    footers: dict[str, Flows] = {
        "Total": [sum(column, Decimal(0)) for column in columns],
        "Average": [sum(column, Decimal(0)) / len(column) for column in columns],
        "Maximum": [max(column) for column in columns],
        "Minimum": [min(column) for column in columns],
    }
    return "".join(
        f'\n<tr style="background-color: #eaeffa !important;">\n\t<td><span class="tabletext">{label}</span></td>\n'
        f"{_cells(flows)}</tr>\n"
        for label, flows in footers.items()
    )


def _cells(flows: Flows) -> str:
    cells = (f'<div align="right"><span class="tabletext">{_figure(flow)}</span></div>' for flow in flows)
    return "".join(f"\t<td>{cell}</td>\n" for cell in cells)


def _figure(flow: Decimal | None) -> str:
    if flow is None:
        return "-"
    return f"{flow:,.1f}" if flow >= 0 else f'<span class="redFont">({-flow:,.1f})</span>'


def _heads(words: list[str]) -> str:
    heads = "".join(f'\t<th><div align="right"><span class="tabletext">{word}</span></div></th>\n' for word in words)
    return f'<tr bgcolor="#eaeffa">\n{heads}</tr>\n'


def _recent_header(asset: str) -> str:
    """Issuers as pictures, tickers between two empty cells, fees."""
    funds = FUNDS[asset]
    pictures = [f'<img src="/wp-content/uploads/{issuer}.png" alt="{issuer}">' for issuer, _ in funds.values()]
    return (
        _heads(["", *pictures, _total_word(asset)])
        + _heads(["", *funds, ""])
        + _heads(["Fee", *(fee for _, fee in funds.values()), ""])
    )


def _all_data_header(asset: str) -> str:
    return _heads(["Date", *FUNDS[asset], _total_word(asset)])


def _total_word(asset: str) -> str:
    return "" if asset == "ETH" else "Total"


def _page(title: str, content: str) -> bytes:
    links = "".join(
        f'<li class="menu-item"><a href="/{name}/">{name.upper()} ETF Flow</a></li>\n' for name in ("btc", "eth", "sol")
    )
    return f"""<!DOCTYPE html>
<html class="no-js" lang="en-US">
<head>
    <meta charset="UTF-8">
    <title>{title} &#8211; Farside Investors</title>
</head>
<body class="page">
<table class="thead"><tr><td><ul class="primary-menu">
{links}</ul></td></tr></table>
<main id="site-content"><article><h1 class="entry-title">{title}</h1><div class="entry-content">
{content}
</div></article></main>
<table class="tfooter"><tr><td>How can we assist you?</td></tr></table>
<table class="tfooter"><tr><td>&copy; Farside Investors. All rights reserved.</td></tr></table>
</body>
</html>
""".encode()


WIRE = Wire("farside", respond, lambda url: {"FARSIDE_BASE_URL": url, "FARSIDE_PAGES": "recent"})
