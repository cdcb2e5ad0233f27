"""The brief's page: what a reader must be able to tell apart."""

from datetime import date
from pathlib import Path

from orchestration.report.answers import Answer
from orchestration.report.charts import SIZES, line_styles, market_cap_chart
from orchestration.report.page import Picture, write_page
from orchestration.report.series import CapPoint

SCOPES = ("coingecko_all", "coinmarketcap_all", "coinpaprika_all", "tradingview_top125")
POINTS = [
    CapPoint(date(2025, 5, day), scope, measure, 1e12 + day, is_final=True)
    for scope in SCOPES
    for measure in ("total", "ex_btc")
    for day in (8, 9)
]


def test_no_two_lines_of_the_market_caps_look_the_same() -> None:
    styles = line_styles(POINTS)
    assert len(styles) == 8
    assert len(set(styles.values())) == 8


def test_the_legend_names_every_line_as_it_is_drawn(tmp_path: Path) -> None:
    styles = line_styles(POINTS)
    sizes = {size.name: market_cap_chart(POINTS, size) for size in SIZES}
    brief = Answer(
        ("brief_date", "asset", "sentence", "definition", "figures", "example_sql"),
        [(date(2025, 5, 8), "ALL", "a < b", "d", "f", "q")],
    )
    page = tmp_path / "brief.html"
    write_page(page, brief, Answer(("claim_text", "verdict", "explanation"), []), {"Caps": Picture(sizes, styles)})
    text = page.read_text()
    for name, style in styles.items():
        assert f"{name}</span>" in text
        assert all(style.colour in svg for svg in sizes.values())
    assert 'stroke-dasharray="6 3"' in text
    assert "a &lt; b" in text
