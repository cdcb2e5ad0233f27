"""The URLs of Farside's tables, and the lines of a table from a web page or from the site's WordPress API.

Where the web page is refused, the same table is requested once as JSON: an object from `/wp-json/wp/v2/pages/1321`, a
list of one from `/wp-json/wp/v2/pages?slug=btc`, or, where that list is empty (the ether page may be a post), from
`/wp-json/wp/v2/posts?slug=eth`; the table is in `content.rendered`.
Not here: the meaning of the cells (`orchestration.sources.farside`).
"""

import re
from dataclasses import replace

from selectolax.lexbor import LexborHTMLParser, LexborNode

from orchestration.sources.shared.contract import BotChallenge, Request, Response, SourceRejected, SourceUnavailable
from orchestration.sources.shared.parsing import InvalidRecord, describe_request, expect_object, json_body, member, text

WORDPRESS = "/wp-json/wp/v2"
ALL_DATA = {"btc": "/bitcoin-etf-flow-all-data/", "eth": "/ethereum-etf-flow-all-data/"}
"""SOL and HYPE have no such page that is confirmed."""
PAGE_IDS = {ALL_DATA["btc"]: "1321"}
"""The id in the page itself (`article.post-1321`); the other pages are requested by the last word of their path."""
MIN_PAGE_BYTES = 5_000
CHALLENGE = re.compile(rb"Just a moment|challenge-form|cf-chl|Attention Required|Enable JavaScript and cookies")
TABLE_START = re.compile(rb"<table[^>]*\betf\b")


def as_json(page: str, subject: str) -> Request:
    """The request for the same table from the WordPress API."""
    if page in PAGE_IDS:
        return Request(f"{WORDPRESS}/pages/{PAGE_IDS[page]}", subject=subject)
    return Request(f"{WORDPRESS}/pages", {"slug": page.strip("/")}, subject)


def is_whole_history(request: Request) -> bool:
    """True for a page of all data, as a web page or as JSON."""
    return any(
        request.path == page or request.path.endswith(f"/pages/{PAGE_IDS.get(page)}")
        or request.params.get("slug") == page.strip("/")
        for page in ALL_DATA.values()
    )  # fmt: skip


def posts_after_pages(response: Response) -> Request | None:
    """The request for the post of a name, after an empty list of pages of that name; None otherwise."""
    request = response.request
    has_no_page = request.path == f"{WORDPRESS}/pages" and json_body(response) == []
    return replace(request, path=f"{WORDPRESS}/posts") if has_no_page else None


def table_lines(response: Response) -> list[list[str]] | None:
    """The texts of the table's cells, row by row; None for the empty list after which the post is requested.

    Raises BotChallenge for a bot check, SourceUnavailable for an incomplete body, and SourceRejected for a complete
    page without the table.
    """
    page = _page(response)
    if page is None:
        return None
    return [cells for cells in (_cells(row) for row in _table(response, page).css("tr")) if cells]


def _page(response: Response) -> bytes | None:
    """The page in a response; None for the empty list after which the post is requested (`posts_after_pages`)."""
    path = response.request.path
    if not path.startswith(WORDPRESS) or response.body.lstrip()[:1] == b"<":
        return response.body
    body = json_body(response)
    if isinstance(body, list):
        if not body and path == f"{WORDPRESS}/pages":
            return None
        body = body[0] if len(body) == 1 else body
    try:
        content = expect_object(response, member(expect_object(response, body, "the page"), "content"), "content")
        return text(member(content, "rendered"), "rendered").encode()
    except InvalidRecord as reason:
        raise SourceRejected(f"{describe_request(response)}: {reason}; the format has changed") from None


def _table(response: Response, page: bytes) -> LexborNode:
    """The flow table of the page, which has other tables for navigation."""
    table = LexborHTMLParser(page).css_first("table.etf")
    if table is None:
        if len(page) < MIN_PAGE_BYTES or CHALLENGE.search(page):
            raise BotChallenge(
                f"{describe_request(response)}: a bot check came instead of the page; try from another network"
            )
        raise SourceRejected(f"{describe_request(response)}: the page has no table.etf; the layout has changed")
    start = TABLE_START.search(page)
    if start is None or page.find(b"</table", start.end()) < 0:
        raise SourceUnavailable(f"{describe_request(response)}: the table is incomplete; run again")
    return table


def _cells(row: LexborNode) -> list[str]:
    """The texts of a row's own cells, with white space (also non-breaking) collapsed."""
    return [" ".join(cell.text().split()) for cell in row.iter() if cell.tag in ("td", "th")]
