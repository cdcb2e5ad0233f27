"""The brief as a page, as text and as a site: readers can distinguish its parts, and no text becomes markup."""

import json
import re
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from xml.etree import ElementTree

import duckdb
import pytest

from orchestration.report.brief import (
    Brief,
    ChangedClaim,
    Claim,
    DaySentence,
    KeyFigure,
    Provider,
    SourceIssue,
    Statement,
)
from orchestration.report.brief_site import write_days
from orchestration.report.brief_tables import Grid
from orchestration.report.brief_text import markdown, plain, sparkline
from orchestration.report.brief_tiles import Tile
from orchestration.report.charts import line_styles, market_cap_chart
from orchestration.report.page import SHOWN, embedded_json, spark_path, write_page
from orchestration.report.pictures import Picture
from orchestration.report.series import CapPoint

SCOPES = ("coingecko_all", "coinmarketcap_all", "coinpaprika_all", "tradingview_top125")
POINTS = [
    CapPoint(date(2025, 5, day), scope, measure, 1e12 + day, is_final=True)
    for scope in SCOPES
    for measure in ("total", "ex_btc")
    for day in (8, 9)
]
HOSTILE = '<script>alert("x")</script> [click](https://example.org) **bold** `code` | cell'


@pytest.fixture
def brief() -> Brief:
    """A day on which every text is hostile and every list is long."""
    reported = [Statement(f"{HOSTILE} {number}", "price_usd", HOSTILE) for number in range(SHOWN + 3)]
    return Brief(
        day=date(2025, 5, 8),
        known_at=datetime(2025, 5, 12, 6),
        version=HOSTILE,
        headline=[HOSTILE],
        tiles=[Tile(HOSTILE, HOSTILE, HOSTILE, (("1 day", HOSTILE),), (1.0, None, 3.0, 2.0), "price_usd", HOSTILE)],
        grids=[Grid(HOSTILE, ("Fund", HOSTILE), [["IBIT", HOSTILE]], HOSTILE, ("price_usd",), HOSTILE)],
        sentences=[DaySentence(HOSTILE, "price_usd", HOSTILE, "BTC", HOSTILE, HOSTILE, is_missing=False)],
        records=reported,
        restatements=reported[:1],
        gaps=reported,
        troubles=[SourceIssue("failed", HOSTILE, "coinglass liquidations_1d", datetime(2025, 5, 12, 6))],
        claims=[Claim("mine", HOSTILE, "refuted", HOSTILE, "no_such_metric", HOSTILE, "javascript:alert(1)", "user")],
        metrics=[KeyFigure("price_usd", "spot price", "usd", HOSTILE, "positive", HOSTILE, HOSTILE, HOSTILE)],
        changed_claims=[ChangedClaim(HOSTILE, "confirmed", "refuted")],
        providers=[Provider("Binance", "https://www.binance.com")],
    )


def test_no_two_lines_of_the_market_caps_look_the_same() -> None:
    styles = line_styles(POINTS)
    assert len(styles) == 8
    assert len(set(styles.values())) == 8


def test_the_legend_names_every_line_as_it_is_drawn(brief: Brief, tmp_path: Path) -> None:
    styles, spec = line_styles(POINTS), market_cap_chart(POINTS)
    page = tmp_path / "brief.html"
    write_page(page, brief, [Picture("Caps", spec, ("price_usd",), "select 1", styles)])
    text = page.read_text()
    drawn = json.dumps(spec)
    for name, style in styles.items():
        assert f"{name}</span>" in text
        assert style.colour in drawn
    assert 'stroke-dasharray="6 3"' in text
    assert "US dollars</span>" in text


def test_hostile_text_stays_text_on_the_page(brief: Brief, tmp_path: Path) -> None:
    page = tmp_path / "folder" / "brief.html"
    write_page(page, brief, [])
    text = page.read_text()
    assert "<script" not in text
    assert "&lt;script&gt;alert(&#34;x&#34;)&lt;/script&gt;" in text
    assert re.findall(r'href="(?!#)([^"]*)', text) == ["https://www.binance.com"], "no other link leaves the page"
    assert set(re.findall(r'href="#([^"]+)"', text)) <= set(re.findall(r'id="([^"]+)"', text))
    assert '<span class="own">yours</span>' in text
    assert "no metric is called no_such_metric" in text
    assert text.count("3 more</summary>") == 1


def test_hostile_text_stays_text_in_a_chart(brief: Brief, tmp_path: Path) -> None:
    """A name in the specification can't end the script element that it stands in."""
    page = tmp_path / "brief.html"
    write_page(page, brief, [Picture(HOSTILE, {"title": "</script><script>alert(1)</script>"})])
    text = page.read_text()
    assert "alert(1)</script>" not in text
    (spec,) = re.findall(r'<script type="application/json" id="chart-1">(.*?)</script>', text)
    assert json.loads(spec) == {"title": "</script><script>alert(1)</script>"}
    assert "<" not in embedded_json("</script>")


def test_hostile_text_stays_text_in_markdown(brief: Brief) -> None:
    text = markdown(brief)
    assert "<script" not in text.replace(r"\<script", "")
    assert "[click](" not in text.replace(r"\[click\](", "")
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert len(rows) == 6
    assert [len(re.findall(r"(?<!\\)\|", row)) for row in rows] == [5, 5, 5, 3, 3, 3]
    assert "[Binance](https://www.binance.com)" in text


def test_every_list_of_the_text_has_a_heading_and_names_what_it_left_out(brief: Brief) -> None:
    text = plain(brief, 200)
    for heading in ("Key figures", "Records of the day", "Restated since yesterday", "Missing", "Claims that changed"):
        assert f"\n{heading}\n" in text
    assert '… and 7 more: warehouse sql "from rpt_records"' in text
    assert "failed: " in text
    assert "(coinglass liquidations_1d; attempted 12 May 2025 06:00 UTC)" in text
    assert "refuted, was confirmed" in text


def test_an_empty_list_is_named_as_such(brief: Brief, tmp_path: Path) -> None:
    empty = replace(brief, records=[], restatements=[], gaps=[], troubles=[], changed_claims=[])
    assert plain(empty).count("\n  nothing") == 4
    assert markdown(empty).count("\n- nothing") == 4
    write_page(tmp_path / "brief.html", empty, [])
    text = (tmp_path / "brief.html").read_text()
    for words in ("No provider changed an earlier figure.", "Every series has its figure", "No verdict changed"):
        assert words in text


def test_the_last_restatements_are_named_where_the_day_has_none(brief: Brief) -> None:
    quiet = replace(
        brief, restatements=[], last_restatements=[Statement("BRRR was restated.", "price_usd", "select 1")]
    )
    assert "  nothing\n  last before that: BRRR was restated." in plain(quiet)


@pytest.mark.parametrize("width", [40, 80, 120])
def test_no_line_is_wider_than_the_terminal(brief: Brief, width: int) -> None:
    """Sentences are wrapped; of a table the last columns are left out."""
    sessions = [f"{day} May" for day in range(1, 12)]
    wide = Grid("Flows", ("Fund", "Issuer", *sessions), [["IBIT", "BlackRock", *["1,349.0"] * 11]], "", (), "", 2)
    lines = plain(replace(brief, tiles=[], grids=[wide]), width).splitlines()
    assert max(len(line) for line in lines) <= width
    (head,) = [line for line in lines if line.startswith("  Fund")]
    assert "1 May" in head
    assert ("11 May" in head) == (width == 120)


def test_a_line_of_blocks_has_the_shape_of_the_days() -> None:
    assert sparkline([1, 2, None, 8]) == "▁▂ █"
    assert sparkline([1, None, None, 2]) == ""
    assert sparkline([5, 5, 5]) == "▁▁▁"
    assert spark_path([0, None, 1, 0.5]).count("L") == 2
    assert spark_path([None, 1.0]) == ""


def read_site(folder: Path, brief: Brief, days: int, newest: date, url: str = "") -> int:
    """A site of briefs of the given one's text; the charts find no figure."""
    tables = """
        create schema marts;
        create table marts.fct_daily_market (asset text, trade_date date, price_source text, liquidation_scope text,
            derivatives_scope text);
        create table marts.fct_daily_metrics (metric text, asset text, scope text, time_window text, statistic text,
            trade_date date, value double, is_final boolean);
    """
    with duckdb.connect() as connection:
        connection.execute(tables)
        return write_days(folder, connection, newest, days, url, lambda day: replace(brief, day=day))


def test_a_site_keeps_the_pages_of_earlier_days_and_links_neighbours(brief: Brief, tmp_path: Path) -> None:
    assert read_site(tmp_path, brief, 2, date(2025, 5, 8)) == 2
    assert read_site(tmp_path, brief, 2, date(2025, 5, 9)) == 2
    assert sorted(path.name for path in tmp_path.glob("2025*.html")) == [f"2025-05-0{day}.html" for day in (7, 8, 9)]
    middle = (tmp_path / "2025-05-08.html").read_text()
    assert 'href="2025-05-07.html" rel="prev"' in middle
    assert 'href="2025-05-09.html" rel="next"' in middle
    assert 'rel="next"' not in (tmp_path / "2025-05-09.html").read_text()
    index = (tmp_path / "index.html").read_text()
    assert [index.index(f"2025-05-0{day}.html") for day in (9, 8, 7)] == sorted(
        index.index(f"2025-05-0{day}.html") for day in (9, 8, 7)
    )
    assert "<script" not in index


def test_the_feeds_of_a_site_are_valid_and_hold_the_headline(brief: Brief, tmp_path: Path) -> None:
    read_site(tmp_path, brief, 2, date(2025, 5, 8), "https://briefs.example.org/")
    feed = json.loads((tmp_path / "feed.json").read_text())
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert [item["url"] for item in feed["items"]] == [
        "https://briefs.example.org/2025-05-08.html",
        "https://briefs.example.org/2025-05-07.html",
    ]
    assert feed["items"][0]["content_text"] == HOSTILE
    assert feed["items"][0]["date_published"] == "2025-05-09T00:00:00+00:00"
    items = ElementTree.parse(tmp_path / "feed.xml").getroot().findall("channel/item")
    assert [item.findtext("link") for item in items] == [item["url"] for item in feed["items"]]
    assert items[0].findtext("description") == HOSTILE
    assert items[0].findtext("pubDate") == "Fri, 09 May 2025 00:00:00 +0000"
    stored = json.loads((tmp_path / "2025-05-08.json").read_text())
    assert stored["day"] == "2025-05-08"
    assert stored["headline"] == [HOSTILE]
