"""The documentation as a site: it builds strictly, holds every table and provider, and loads nothing from elsewhere."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from selectolax.lexbor import LexborHTMLParser

from orchestration.build.parsing import ensure_manifest
from orchestration.docs.dictionary import Table, tables
from orchestration.docs.providers import providers
from tests.once import made_once

ROOT = Path(__file__).parents[2]
LOADED = "script[src], link[href], img[src], iframe[src], source[src]"
"""What a browser requests by itself; a link (`a`) is followed by a person."""


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built site. mkdocs ends with a failure for a page outside the navigation, a broken link or a lost anchor."""

    def build(folder: Path) -> None:
        command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder / "site")]
        finished = subprocess.run(
            command, cwd=ROOT, env=os.environ | {"NO_MKDOCS_2_WARNING": "1"}, capture_output=True, text=True
        )
        assert finished.returncode == 0, finished.stderr

    return made_once(tmp_path_factory, "docs_site", build) / "site"


@cache
def manifest() -> dict[str, Any]:
    return dict(json.loads(ensure_manifest().read_bytes()))


@cache
def published() -> list[Table]:
    return tables(manifest())


@cache
def page(file: Path) -> LexborHTMLParser:
    return LexborHTMLParser(file.read_text(encoding="utf-8"))


@cache
def anchors(file: Path) -> frozenset[str]:
    return frozenset(node.attributes["id"] or "" for node in page(file).css("[id]"))


def words(html: LexborHTMLParser) -> str:
    """The text of a page without its navigation and without the marks of its headings."""
    (article,) = html.css("article")
    return " ".join(article.text().replace("¶", " ").split())


def test_every_published_table_has_a_page_with_its_columns(site: Path) -> None:
    exposure = manifest()["exposures"]["exposure.crypto_market.parquet_files"]
    copied = {unique_id.split(".")[2] for unique_id in exposure["depends_on"]["nodes"]}
    assert {table.name for table in published()} == copied
    assert len(copied) > 40
    for table in published():
        file = site / "reference" / "tables" / f"{table.name}.html"
        assert {column.name for column in table.columns} <= anchors(file), table.name
        assert table.grain.split("`")[0].strip() in words(page(file))


def test_every_column_says_type_unit_null_and_meaning() -> None:
    for table in published():
        for column in table.columns:
            place = f"{table.name}.{column.name}"
            assert column.data_type, place
            assert column.unit, place
            assert len(column.meaning) > 5, place
            assert column.is_required == (not column.null), f"{place}: say in its YAML what null means"


def test_a_column_shows_its_unit_sign_and_null(site: Path) -> None:
    text = words(page(site / "reference" / "tables" / "fct_daily_etf_flows.html"))
    assert "net_flow_usd decimal(18,2) · US dollars · may be null Creations minus redemptions in USD" in text
    assert "Sign: positive is inflow. Null: unless the state is reported." in text
    price = words(page(site / "reference" / "tables" / "fct_daily_prices.html"))
    assert "close_usd decimal(18,8) · the quote asset · never null Last price of the day" in price


def test_a_table_shows_what_it_reads_and_who_reads_it(site: Path) -> None:
    rows = page(site / "reference" / "tables" / "fct_daily_etf_totals.html").css("tr")
    lineage = {cells[0].text(): cells[1] for row in rows if len(cells := row.css("td")) == 2}
    assert "fct_etf_total_versions" in lineage["reads"].text()
    assert "fct_daily_market" in lineage["read by"].text()
    links = [link.attributes["href"] for link in lineage["raw tables behind it"].css("a")]
    assert "../providers.html#farside" in links


def test_every_provider_is_shown_with_its_terms(site: Path) -> None:
    file = site / "reference" / "providers.html"
    text = words(page(file))
    assert len(providers()) > 30
    for provider in providers():
        assert provider.name in anchors(file)
        assert provider.limitations.endswith("."), (
            f"{provider.name}: say in `Provider.limitations` what its coverage lacks"
        )
        assert provider.licence in text
        assert provider.limitations.replace("`", "") in text
        assert (provider.api_key_variable or "") in text


def test_every_link_inside_the_site_leads_somewhere(site: Path) -> None:
    lost = [f"{file.relative_to(site)}: {link}" for file, link, target in links(site) if not leads(target)]
    assert not lost


def test_no_page_loads_anything_from_another_host(site: Path) -> None:
    loaded = [
        (file.name, node.html)
        for file in site.rglob("*.html")
        for node in page(file).css(LOADED)
        if urlsplit(node.attributes.get("src") or node.attributes.get("href") or "").netloc
    ]
    assert not loaded
    styles = "".join(file.read_text(encoding="utf-8") for file in site.rglob("*.css"))
    assert not re.findall(r"""(?:@import|url\()\s*["']?(?:https?:)?//[^)]*""", styles)


def test_columns_are_found_by_the_search(site: Path) -> None:
    index = json.loads((site / "search" / "search_index.json").read_text(encoding="utf-8"))
    titles = {(entry["location"], entry["title"]) for entry in index["docs"]}
    for table in published():
        for column in table.columns:
            assert (f"reference/tables/{table.name}.html#{column.name}", column.name) in titles


def links(site: Path) -> Iterator[tuple[Path, str, tuple[Path, str]]]:
    """Every link that stays in the site: its page, its text as written, and the file and anchor that it means."""
    for file in site.rglob("*.html"):
        if file.name == "404.html":
            continue
        for node in page(file).css("a[href]"):
            parts = urlsplit(node.attributes["href"] or "")
            if not parts.scheme and not parts.netloc:
                target = (file.parent / unquote(parts.path)).resolve() if parts.path else file
                yield file, node.attributes["href"] or "", (target, unquote(parts.fragment))


def leads(target: tuple[Path, str]) -> bool:
    file, anchor = target
    file = file / "index.html" if file.is_dir() else file
    return file.is_file() and (not anchor or anchor in anchors(file))
