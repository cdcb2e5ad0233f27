"""The brief's page in a real browser: the charts drew, in both colour schemes, on a desk and on a phone, from one file.

A probe of a few lines is added to a copy of the page: it measures what the browser laid out and leaves it in the page,
which Chromium then prints.
"""

import html
import json
import os
import re
import shutil
import subprocess
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest
from altair import load_schema
from altair.utils.schemapi import validate_jsonschema

from orchestration.release.open import PublishedFile, open_file
from orchestration.report.brief import read_brief
from orchestration.report.page import write_page
from orchestration.report.pictures import draw
from tests.warehouse.conftest import Warehouse

CHROMIUM = shutil.which("chromium")
DAY = date(2025, 5, 8)
SCHEMES = {"light": 1, "dark": 0}
WIDTHS = {"wide": 1000, "narrow": 500}
"""Window widths in CSS pixels; headless Chromium makes no narrower window than 500."""

PROBE = """
<script>
const box = (mark) => { const b = mark.getBoundingClientRect(); return b.width + b.height; };
const look = () => {
const charts = [...document.querySelectorAll("figure")].map((figure) => ({
  title: figure.getAttribute("aria-label"), width: figure.getBoundingClientRect().width,
  drawn: [...figure.querySelectorAll(".mark-line path, .mark-area path, .mark-rect path, .mark-symbol path")].filter(
    (mark) => box(mark) > 0 && mark.getAttribute("opacity") !== "0" && mark.getAttribute("d")).map((mark) => {
      const style = getComputedStyle(mark); return style.fill === "none" ? style.stroke : style.fill; }),
  told: [...figure.querySelectorAll("[aria-label]")].filter((mark) => box(mark) > 0).length,
}));
const day = [...document.querySelectorAll("figure path[aria-label]")].filter(
  (mark) => /^[0-9]+ [A-Z][a-z]+ 2025: /.test(mark.getAttribute("aria-label"))).pop();
const spot = day.getBoundingClientRect();
const where = { bubbles: true, clientX: spot.x + spot.width / 2, clientY: spot.y + spot.height / 2 };
for (const kind of ["pointerover", "pointermove"]) day.dispatchEvent(new PointerEvent(kind, where));
const tip = document.getElementById("vg-tooltip-element");
const lines = (id) => document.querySelectorAll(`#${id} details:not(.more)`).length;
const sections = Object.fromEntries([...document.querySelectorAll("section")].map((part) => [part.id, lines(part.id)]));
const links = [...document.querySelectorAll("main a, nav a")].filter((link) => link.hash);
const lost = links.filter((link) => !document.querySelector(link.hash)).map((link) => link.href);
const bare = [...document.querySelectorAll("main details:not(.more)")].filter(
  (part) => !part.querySelector("a[href^='#']") || !part.querySelector("pre")).map((part) => part.textContent);
document.querySelectorAll("details").forEach((part) => { part.open = true; });
const luminance = (colour) => { const [r, g, b] = colour.match(/[0-9.]+/g).map((v) => v / 255).map(
  (v) => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
const ground = luminance(getComputedStyle(document.body).backgroundColor);
const texts = [...document.querySelectorAll("main *, header *")].filter(
  (part) => !part.closest("svg") && !part.closest("script"));
const faint = texts.filter((part) => {
  const text = luminance(getComputedStyle(part).color);
  const ratio = (Math.max(text, ground) + 0.05) / (Math.min(text, ground) + 0.05);
  return ratio < 4.5; }).map((part) => part.outerHTML.slice(0, 90));
const seen = { sections, lost, bare, faint, charts, inner: innerWidth, tip: tip ? tip.textContent : "",
  dark: matchMedia("(prefers-color-scheme: dark)").matches,
  whole: document.documentElement.scrollWidth, text: getComputedStyle(document.body).color,
  requests: performance.getEntriesByType("resource").map((entry) => entry.name) };
document.body.setAttribute("data-seen", JSON.stringify(seen));
};
setTimeout(look, 1500);
</script></body>
"""


@dataclass(frozen=True)
class Chart:
    """A chart as laid out: its width, the colours of the marks that show, and the columns that tell a day's figures."""

    title: str
    width: float
    drawn: list[str]
    told: int


@dataclass(frozen=True)
class Seen:
    """What the browser made of the page."""

    dark: bool
    inner: int
    whole: int
    text: str
    requests: list[str]
    charts: list[Chart]
    sections: dict[str, int]
    """Sentences of each section."""
    lost: list[str]
    """Links that lead nowhere."""
    bare: list[str]
    """Sentences without a definition or without a query."""
    faint: list[str]
    """Text with less contrast than 4.5 to 1."""
    tip: str
    """What the page shows at a day that is pointed at."""


@pytest.fixture(scope="module")
def page(sample: Warehouse, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of 8 May 2025."""
    path = tmp_path_factory.mktemp("page") / "brief.html"
    with closing(open_file(PublishedFile(sample.release_file, "test"))) as connection:
        brief = read_brief(connection, DAY)
        assert brief is not None
        write_page(path, brief, draw(connection, DAY))
    return path


def test_every_chart_is_valid_vega_lite(sample: Warehouse) -> None:
    with closing(open_file(PublishedFile(sample.release_file, "test"))) as connection:
        pictures = draw(connection, DAY)
    assert len(pictures) > 5
    for picture in pictures:
        validate_jsonschema(picture.spec, load_schema())


def look(page: Path, scheme: str, width: int) -> Seen:
    """Opens the page with the probe in Chromium."""
    if CHROMIUM is None:
        assert "CI" not in os.environ, "chromium is missing where the page must be looked at"
        pytest.skip("no chromium on this machine: install it to look at the page")
    probed = page.with_name(f"{scheme}-{width}.html")
    # The page forbids every script; the copy lets the probe in.
    unlocked = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", page.read_text())
    before, _, after = unlocked.rpartition("</body>")
    probed.write_text(before + PROBE + after)
    printed = subprocess.run(
        [
            *(CHROMIUM, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"),
            *(f"--blink-settings=preferredColorScheme={SCHEMES[scheme]}", f"--window-size={width},900"),
            *(
                f"--user-data-dir={page.parent / 'profile'}",
                "--virtual-time-budget=8000",
                "--dump-dom",
                probed.as_uri(),
            ),
        ],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
    )
    found = re.search(r'data-seen="([^"]*)"', printed.stdout)
    assert found, printed.stderr[-2000:]
    seen = json.loads(html.unescape(found.group(1)))
    return Seen(**seen | {"charts": [Chart(**chart) for chart in seen["charts"]]})


@pytest.mark.parametrize("size", WIDTHS)
@pytest.mark.parametrize("scheme", SCHEMES)
def test_every_chart_drew(page: Path, scheme: str, size: str) -> None:
    seen = look(page, scheme, WIDTHS[size])
    assert seen.dark == (scheme == "dark")
    assert seen.requests == []
    assert seen.whole <= seen.inner, "the page is wider than the window"
    assert seen.lost == []
    assert seen.bare == [], "a number without its definition or its SQL"
    assert seen.faint == []
    sections = {"figures", "tables", "charts", "day", "records", "restated", "missing", "claims", "definitions"}
    assert seen.sections.keys() == sections
    assert seen.sections["records"] >= 12
    assert seen.sections["claims"] >= 25
    shown = [chart for chart in seen.charts if chart.width > 0]
    assert len(shown) == 9, "the market, and four of each of two assets"
    for chart in shown:
        assert chart.width > 0.6 * seen.inner, chart.title
        # A mark a day or a line over them; and a column per day that tells its figures.
        assert chart.drawn, chart.title
        assert chart.told >= 2, chart.title
        assert "BTC" in chart.title or "ETH" in chart.title or "Market" in chart.title
    assert re.search(r"day\d+ \w+ 2025.*\d", seen.tip), f"no exact figure at a day: {seen.tip!r}"


def test_the_two_schemes_differ_in_every_mark(page: Path) -> None:
    """A colour that was written into a chart instead of taken from the page would stay the same."""
    light, dark = (look(page, scheme, WIDTHS["wide"]) for scheme in SCHEMES)
    assert light.text != dark.text
    for in_light, in_dark in zip(light.charts, dark.charts, strict=True):
        assert in_light.title == in_dark.title
        assert not set(in_light.drawn) & set(in_dark.drawn), in_light.title
