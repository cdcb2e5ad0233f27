"""The sample's Farside pages at the wire: header rows, stray tags, dashes, and funds that report overnight."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import requests

from orchestration.raw.working_file import connect
from orchestration.sample.earlier import load_earlier
from orchestration.sample.figures import figures
from orchestration.sample.server import SampleMarket
from orchestration.sample.synthetic_flows import sol_flows
from orchestration.sample.wire_farside import FUNDS
from orchestration.settings import Settings

Get = Callable[[str], requests.Response]


@pytest.fixture(scope="module")
def get() -> Iterator[Get]:
    with SampleMarket() as market:
        yield lambda path: requests.get(market.url + path, timeout=10)


@pytest.mark.parametrize(("path", "funds"), [("/farside/btc/", 11), ("/farside/eth/", 9)])
def test_farside_pages_have_their_oddities(get: Get, path: str, funds: int) -> None:
    reply = get(path)
    page = reply.text
    head = page[page.index("<thead>") : page.index("</thead>")]
    assert reply.headers["Content-Type"] == "text/html; charset=UTF-8"
    assert len(reply.content) > 5_000
    assert page.count("<table") == 4
    assert "</table>\n</table>" in page
    assert "<tbody>\n<tr>\n\n" in page, "a row that is never closed"
    assert head.count("<tr") == 3
    assert len(re.findall("<img", head)) == funds
    assert (">Total<" in head) == (path == "/farside/btc/"), "the ether pages have no word over the totals"
    assert '<span class="redFont">(' in page
    assert [
        label
        for label in ("Total", "Average", "Maximum", "Minimum")
        if f'tabletext">{label}<' in page.split("<tbody>")[1]
    ]


def test_farside_header_has_every_fund_of_the_figures() -> None:
    lines = [*figures("etf_fund_flows"), *sol_flows(datetime(2026, 1, 2))]
    for asset, funds in FUNDS.items():
        assert {line["fund_ticker"] for line in lines if line["asset"] == asset} == set(funds)


def test_farside_prints_dashes_from_noon_until_the_last_fund_has_reported() -> None:
    def newest(now: datetime) -> str:
        with SampleMarket(now) as market:
            page = requests.get(f"{market.url}/farside/btc/", timeout=10).text
        row = re.findall(r"<tr style=\"background-color: #99ff99.*?</tr>", page, re.S)[0]
        return " ".join(re.findall(r">([^<>\s][^<>]*)<", row))

    assert newest(datetime(2025, 5, 9, 11, 59, tzinfo=UTC)).startswith("08 May 2025 69.0 ")
    assert newest(datetime(2025, 5, 9, 12, tzinfo=UTC)) == f"09 May 2025 {'- ' * 11}0.0"
    assert newest(datetime(2025, 5, 10, 4, 59, tzinfo=UTC)) == f"09 May 2025 {'- ' * 11}0.0"
    assert newest(datetime(2025, 5, 10, 5, tzinfo=UTC)).endswith(" 334.5")


def test_farside_has_no_page_of_missing_assets(get: Get) -> None:
    assert get("/farside/sol/").status_code == 404
    assert get("/farside/bitcoin-etf-flow-all-data/").text.count("<tr bgcolor") == 1


def test_wordpress_has_the_pages_as_json(get: Get) -> None:
    """The ether page is a post: there is no page of its name, and one post."""
    page = get("/farside/wp-json/wp/v2/pages/1321").json()
    assert page["content"]["rendered"] in get("/farside/bitcoin-etf-flow-all-data/").text
    assert [found["id"] for found in get("/farside/wp-json/wp/v2/pages?slug=btc").json()] == [997]
    assert get("/farside/wp-json/wp/v2/pages?slug=eth").json() == []
    assert [found["slug"] for found in get("/farside/wp-json/wp/v2/posts?slug=eth").json()] == ["eth"]
    assert get("/farside/wp-json/wp/v2/pages/1").status_code == 404


@pytest.mark.parametrize(
    ("day", "ark", "valkyrie", "total"), [(26, "-", "(25.2)", "(937.9)"), (27, "(126.2)", "(74.8)", "(1,113.7)")]
)
def test_farside_first_prints_of_february(day: int, ark: str, valkyrie: str, total: str) -> None:
    """The morning after, one fund had not reported and another one was restated later."""
    with SampleMarket(datetime(2025, 2, day, 6, tzinfo=UTC)) as market:
        page = requests.get(f"{market.url}/farside/btc/", timeout=10).text
    row = re.findall(r"<tr style=\"background-color: #99ff99.*?</tr>", page, re.S)[0]
    written, *cells = re.findall(r">([^<>\s][^<>]*)<", row)
    assert written == "25 Feb 2025"
    printed = dict(zip((*FUNDS["BTC"], "Total"), cells, strict=True))
    assert (printed["ARKB"], printed["BRRR"], printed["Total"]) == (ark, valkyrie, total)


def test_a_first_print_is_stored_with_an_instant_of_its_own(tmp_path: Path) -> None:
    """Once, whatever happens between storing and the end of the first run; nothing from after the run's instant."""
    settings = Settings.load({"WAREHOUSE_HOME": str(tmp_path)})
    load_earlier(settings, datetime(2025, 2, 26, 6, tzinfo=UTC))
    assert not settings.working_file.exists()
    for _ in range(2):
        load_earlier(settings, datetime(2025, 2, 28, tzinfo=UTC))
    with connect(settings.working_file) as connection:
        connection.execute("set timezone = 'UTC'")
        versions = connection.execute(
            "select ticker, cell, observed_at::date::varchar from raw.farside_flows "
            "where date = '2025-02-25' and ticker in ('ARKB', 'BRRR', 'IBIT', 'Total') order by 1, 3"
        ).fetchall()
    assert versions == [
        ("ARKB", "-", "2025-02-26"),
        ("ARKB", "(126.2)", "2025-02-27"),
        ("BRRR", "(25.2)", "2025-02-26"),
        ("BRRR", "(74.8)", "2025-02-27"),
        ("IBIT", "(164.4)", "2025-02-26"),
        ("Total", "(937.9)", "2025-02-26"),
        ("Total", "(1,113.7)", "2025-02-27"),
    ]
