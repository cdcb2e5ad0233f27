"""The brief as a page and as text: readers can distinguish its parts, and no text becomes markup."""

import re
from datetime import date, datetime
from pathlib import Path

import pytest

from orchestration.report.axes import SIZES
from orchestration.report.brief import Brief, Claim, DaySentence, KeyFigure, SourceIssue, Statement
from orchestration.report.brief_text import markdown, plain
from orchestration.report.charts import line_styles, market_cap_chart
from orchestration.report.page import SHOWN, write_page
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
        sentences=[DaySentence(HOSTILE, "price_usd", HOSTILE, "BTC", HOSTILE, HOSTILE, is_missing=False)],
        records=reported,
        restatements=reported[:1],
        gaps=reported,
        troubles=[SourceIssue("failed", HOSTILE, "coinglass liquidations_1d", datetime(2025, 5, 12, 6))],
        claims=[Claim("mine", HOSTILE, "refuted", HOSTILE, "no_such_metric", HOSTILE, "javascript:alert(1)", "user")],
        metrics=[KeyFigure("price_usd", "spot price", "usd", HOSTILE, "positive", HOSTILE, HOSTILE, HOSTILE)],
    )


def test_no_two_lines_of_the_market_caps_look_the_same() -> None:
    styles = line_styles(POINTS)
    assert len(styles) == 8
    assert len(set(styles.values())) == 8


def test_the_legend_names_every_line_as_it_is_drawn(brief: Brief, tmp_path: Path) -> None:
    styles = line_styles(POINTS)
    sizes = {size.name: market_cap_chart(POINTS, size) for size in SIZES}
    page = tmp_path / "brief.html"
    write_page(page, brief, [Picture("Caps", sizes, ("price_usd",), "select 1", styles)])
    text = page.read_text()
    for name, style in styles.items():
        assert f"{name}</span>" in text
        assert all(style.colour in svg for svg in sizes.values())
    assert 'stroke-dasharray="6 3"' in text


def test_hostile_text_stays_text_on_the_page(brief: Brief, tmp_path: Path) -> None:
    page = tmp_path / "folder" / "brief.html"
    write_page(page, brief, [])
    text = page.read_text()
    assert "<script" not in text
    assert "&lt;script&gt;alert(&#34;x&#34;)&lt;/script&gt;" in text
    assert not re.findall(r'href="(?!#)', text), "every link stays on the page"
    assert set(re.findall(r'href="#([^"]+)"', text)) <= set(re.findall(r'id="([^"]+)"', text))
    assert '<span class="own">yours</span>' in text
    assert "no metric is called no_such_metric" in text
    assert text.count("3 more</summary>") == 2


def test_hostile_text_stays_text_in_markdown(brief: Brief) -> None:
    text = markdown(brief)
    assert "<script" not in text.replace(r"\<script", "")
    assert "[click](" not in text.replace(r"\[click\](", "")
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert len(rows) == 3
    assert all(len(re.findall(r"(?<!\\)\|", row)) == 4 for row in rows)
    assert "(yours)" in text


def test_every_list_of_the_text_has_a_heading_and_names_what_it_left_out(brief: Brief) -> None:
    text = plain(brief)
    for heading in ("Records of the day", "Restated since yesterday", "Missing", "Incomplete sources"):
        assert f"\n{heading}\n" in text
    assert '… and 5 more: warehouse sql "from rpt_records"' in text
    assert "failed: " in text
    assert "(coinglass liquidations_1d; attempted 12 May 2025 06:00 UTC)" in text


def test_an_empty_list_is_named_as_such(brief: Brief, tmp_path: Path) -> None:
    empty = Brief(brief.day, brief.sentences, [], [], [], [], [], [])
    assert plain(empty).count("\n  nothing") == 3
    assert "every source is complete" in plain(empty)
    write_page(tmp_path / "brief.html", empty, [])
    for words in ("No provider changed an earlier figure.", "Every source is complete.", "Every series has its figure"):
        assert words in (tmp_path / "brief.html").read_text()
