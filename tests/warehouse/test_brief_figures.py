"""The figures of a brief against the marts: tiles, the table of ETF flows, derivatives, and what the headline says."""

from collections.abc import Iterator
from contextlib import closing
from datetime import date

import pytest

from orchestration.release.open import PublishedFile, open_file
from orchestration.report.brief import Brief, read_brief
from orchestration.report.brief_tables import Grid
from orchestration.report.brief_text import markdown, plain
from tests.warehouse.conftest import Warehouse

DAY = date(2025, 5, 8)


@pytest.fixture(scope="module")
def brief(sample: Warehouse) -> Iterator[Brief]:
    with closing(open_file(PublishedFile(sample.release_file, "test"))) as connection:
        found = read_brief(connection, DAY, "test", {"btc-104k-high": "refuted", "btc-104k-close": "refuted"})
        assert found is not None
        yield found


def grid(brief: Brief, title: str) -> Grid:
    (found,) = [grid for grid in brief.grids if grid.title == title]
    return found


def test_the_headline_begins_with_what_the_day_was_about(brief: Brief) -> None:
    assert brief.headline[0] == "Bitcoin rose 6.42 % to $103,261.60 on Binance, the highest close since 30 Jan 2025."
    assert "Ethereum rose 21.88 % to $2,207.39 on Binance, the highest close since 5 Mar 2025." in brief.headline


def test_a_tile_has_the_value_of_its_query(brief: Brief, sample: Warehouse) -> None:
    tiles = {tile.title: tile for tile in brief.tiles}
    assert tiles["Bitcoin"].value == "$103,261.60"
    assert dict(tiles["Bitcoin"].changes)["1 day"] == "+6.42 %"
    assert tiles["Bitcoin ETF flow"].value == "+$117.4 million"
    for tile in brief.tiles:
        newest = [row for row in sample.rows(tile.sql) if row[0] == DAY]
        assert newest or not tile.value, f"{tile.title}: the query does not show the day"


def test_the_market_comes_first_then_bitcoin(brief: Brief) -> None:
    assert brief.tiles[0].title == "Market cap"
    assert [row[0] for row in grid(brief, "Assets").rows] == ["Bitcoin", "Ethereum"]
    assert list(brief.assets) == ["ALL", "BTC", "ETH"]


def test_the_flows_of_the_funds_add_up_to_the_total_of_each_session(brief: Brief) -> None:
    flows = grid(brief, "US spot Bitcoin ETFs")
    assert flows.head[:3] == ("Fund", "Issuer", "8 May")
    rows = {row[0]: row for row in flows.rows}
    assert rows["IBIT"][1:3] == ["BlackRock", "69.0"]
    assert rows["All funds"][2] == "117.4"
    number = [[float(cell.replace("−", "-").replace(",", "")) for cell in row[2:]] for row in flows.rows]
    funds = [cells for cells, row in zip(number, flows.rows, strict=True) if " " not in row[0]]
    for column in range(len(funds[0])):
        assert sum(cells[column] for cells in funds) == pytest.approx(number[-1][column])
    both = [cells for cells, row in zip(number, flows.rows, strict=True) if row[0] in ("BTC", "GBTC")]
    assert [sum(pair) for pair in zip(*both, strict=True)] == [
        float(cell.replace("−", "-")) for cell in rows["BTC + GBTC"][2:]
    ]


def test_a_column_without_a_figure_is_left_out(brief: Brief) -> None:
    """The sample has no open interest and no funding."""
    derivatives = grid(brief, "Derivatives")
    assert "Open interest" not in derivatives.head
    assert derivatives.rows[0][:4] == ["Bitcoin", "$6.750 million", "$57.78 million", "bears"]


def test_a_claim_with_another_verdict_than_before_is_named(brief: Brief) -> None:
    assert [(claim.text, claim.was, claim.verdict) for claim in brief.changed_claims] == [
        ("Bitcoin reached 104,000 dollars, the highest since 31 January", "refuted", "confirmed")
    ]


def test_terminal_and_markdown_have_the_same_content(brief: Brief) -> None:
    text, marked = plain(brief, 200), markdown(brief).replace("\\", "")
    for sentence in (*brief.headline, *(tile.title for tile in brief.tiles), *(one.title for one in brief.grids)):
        assert sentence in text
        assert sentence in marked
    for venue in ("Binance", "Farside Investors", "CoinMarketCap"):
        assert venue in text
        assert venue in marked
    assert "coinmarketcap_all" not in text
    assert "us_spot_etfs" not in text
