"""The briefs as a static site for any host: a page a day, an index, previous and next, and two feeds.

`index.html`, `2025-05-08.html` and `2025-05-08.json` per day, `feed.json` (JSON Feed 1.1), `feed.xml` (RSS 2.0) and
`vega.js`, which all pages share. A page keeps its address for ever: pages of days that are not written again stay, and
the index lists them. Nothing is loaded from another host. Not here: what is in a brief (`brief`) and its page (`page`).
"""

import json
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, time, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree

from orchestration.report.brief import Brief
from orchestration.report.page import VEGA_FILE, Surroundings, environment, vega, write_page
from orchestration.report.pictures import draw
from orchestration.report.wording import long_day_text

if TYPE_CHECKING:
    import duckdb

TITLE = "Crypto market brief"
DESCRIPTION = "The day in the crypto market: every number with its definition, its source, and when it was known."
IN_FEEDS = 30


def write_days(
    folder: Path,
    connection: "duckdb.DuckDBPyConnection",
    newest: date,
    days: int,
    url: str,
    read: Callable[[date], Brief | None],
) -> int:
    """Write the pages of the last `days` days up to `newest`, the index and the feeds. Returns how many pages it wrote.

    `url` is the site's own address; without one the links of the feeds are relative.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / VEGA_FILE).write_text(vega(), encoding="utf-8")
    wanted = [newest - timedelta(days=back) for back in range(days - 1, -1, -1)]
    briefs = [brief for day in wanted if (brief := read(day)) is not None and brief.day == day]
    all_days = sorted({*(brief.day for brief in briefs), *_existing(folder)})
    for brief in briefs:
        (folder / f"{brief.day}.json").write_text(_as_json(brief), encoding="utf-8")
        write_page(folder / f"{brief.day}.html", brief, draw(connection, brief.day), _around(brief.day, all_days))
    entries = [_entry(folder, day) for day in reversed(all_days)]
    index = environment().get_template("index.html.j2").render(title=TITLE, description=DESCRIPTION, entries=entries)
    (folder / "index.html").write_text(index, encoding="utf-8")
    _write_feeds(folder, entries[:IN_FEEDS], url.rstrip("/"))
    return len(briefs)


@dataclass(frozen=True)
class Entry:
    """A day of the index and of the feeds."""

    day: date
    headline: Sequence[str]

    @property
    def page(self) -> str:
        return f"{self.day}.html"

    @property
    def title(self) -> str:
        return f"Market brief: {long_day_text(self.day)}"

    @property
    def published_at(self) -> datetime:
        """When the day had ended."""
        return datetime.combine(self.day + timedelta(days=1), time(), UTC)


def _existing(folder: Path) -> list[date]:
    """The days of which the folder has a page."""
    found = []
    for path in folder.glob("????-??-??.html"):
        with suppress(ValueError):
            found.append(date.fromisoformat(path.stem))
    return found


def _around(day: date, days: Sequence[date]) -> Surroundings:
    before, after = [other for other in days if other < day], [other for other in days if other > day]
    return Surroundings(str(before[-1]) if before else None, str(after[0]) if after else None, is_in_site=True)


def _entry(folder: Path, day: date) -> Entry:
    """The entry of a page, with the headline that stands beside it."""
    with suppress(OSError, ValueError, KeyError, TypeError):
        stored = json.loads((folder / f"{day}.json").read_text(encoding="utf-8"))
        return Entry(day, [str(sentence) for sentence in stored["headline"]])
    return Entry(day, [])


def _as_json(brief: Brief) -> str:
    """All that the page shows as one object; days and instants (UTC) as ISO texts."""
    fields = asdict(brief) | {"missing": brief.missing}
    return json.dumps(fields, ensure_ascii=False, indent=1, default=lambda value: value.isoformat()) + "\n"


def _write_feeds(folder: Path, entries: Sequence[Entry], url: str) -> None:
    items = [
        {
            "id": f"{_at(url, entry.page)}",
            "url": _at(url, entry.page),
            "title": entry.title,
            "content_text": "\n".join(entry.headline) or entry.title,
            "date_published": entry.published_at.isoformat(),
        }
        for entry in entries
    ]
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": TITLE,
        "description": DESCRIPTION,
        "home_page_url": _at(url, "index.html"),
        "feed_url": _at(url, "feed.json"),
        "items": items,
    }
    (folder / "feed.json").write_text(json.dumps(feed, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    rss = ElementTree.Element("rss", version="2.0")
    channel = ElementTree.SubElement(rss, "channel")
    for name, text in (("title", TITLE), ("link", _at(url, "index.html")), ("description", DESCRIPTION)):
        ElementTree.SubElement(channel, name).text = text
    for entry in entries:
        item = ElementTree.SubElement(channel, "item")
        link = _at(url, entry.page)
        for name, text in (
            ("title", entry.title),
            ("link", link),
            ("description", " ".join(entry.headline) or entry.title),
            ("pubDate", format_datetime(entry.published_at)),
        ):
            ElementTree.SubElement(item, name).text = text
        ElementTree.SubElement(item, "guid", isPermaLink="true" if url else "false").text = link
    ElementTree.indent(rss)
    ElementTree.ElementTree(rss).write(folder / "feed.xml", encoding="utf-8", xml_declaration=True)


def _at(url: str, page: str) -> str:
    return f"{url}/{page}" if url else page
