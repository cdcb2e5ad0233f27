"""`warehouse claims`: verdict, text, what was measured, and the interpretation that flips the verdict."""

from collections.abc import Iterator

import duckdb
import pytest

from orchestration.cli.claims import claims_text, listed_claims
from orchestration.project import DBT_PROJECT
from orchestration.report.terminal import Terminal

ROWS = """
create table rpt_claims as select * from (values
    ('high', 'confirmed', 'Bitcoin reached 104,000 dollars, the highest since 31 January',
     'Confirmed: measured 104,145.76 USD; claimed at least 104,000.00 USD. Another interpretation flips it: close, '
     'okx: 103,230.62 USD, refuted; close, kraken: 103,263.82 USD, refuted.',
     'close, okx: 103,230.62 USD, refuted; close, kraken: 103,263.82 USD, refuted', '[{}, {}, {}]', 'shipped'),
    ('day', 'refuted', 'Spot ETFs took in 40 billion on 8 May',
     'Refuted: measured 117.4 million USD; claimed more than 40.00 billion USD.', null, null, 'shipped'),
    ('mine', 'confirmed', 'Ether closed above 2,000', 'Confirmed: measured 2,207.39 USD; claimed above 2,000.00 USD.',
     null, null, 'user'),
    ('all', 'undecidable', 'About 22 million dollars of longs were liquidated',
     'Undecidable: no source of the scope coinglass_all gives this figure.', null, null, 'shipped')
) as t (claim_id, verdict, claim_text, explanation, flips_with, flips_with_figures, origin)
"""


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as opened:
        opened.execute(ROWS)
        yield opened


@pytest.mark.parametrize("width", [60, 80, 120])
def test_every_claim_is_shown_whole(connection: duckdb.DuckDBPyConnection, width: int) -> None:
    text = claims_text(listed_claims(connection), Terminal(width=width))
    assert max(map(len, text.splitlines())) <= width
    flat = " ".join(text.split())
    for (claim,) in connection.execute("select claim_text from rpt_claims").fetchall():
        assert claim in flat
    assert flat.startswith("4 claims: 2 confirmed, 1 refuted, 1 undecidable confirmed Ether closed above 2,000 (yours)")
    assert "measured 117.4 million USD; claimed more than 40.00 billion USD day" in flat
    assert "no source of the scope all venues of CoinGlass gives this figure all" in flat


def test_the_first_interpretation_that_flips_a_claim_is_shown(connection: duckdb.DuckDBPyConnection) -> None:
    text = claims_text(listed_claims(connection), Terminal(width=120))
    assert "another interpretation: close, okx: 103,230.62 USD, refuted (and 2 more)\n" in text
    assert text.count("another interpretation") == 1
    assert "flips it" not in text


def test_the_users_own_come_first_then_the_refuted_the_undecidable_and_the_confirmed(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    text = claims_text(listed_claims(connection), Terminal(width=120))
    verdicts = [line.split()[0] for line in text.splitlines() if line and not line.startswith((" ", "4", "`"))]
    assert verdicts == ["confirmed", "refuted", "undecidable", "confirmed"]


def test_the_columns_above_are_those_of_the_mart() -> None:
    contract = (DBT_PROJECT / "models" / "reports" / "rpt_claims.yml").read_text()
    for column in ("claim_id", "verdict", "claim_text", "explanation", "flips_with", "flips_with_figures", "origin"):
        assert f"- name: {column}\n" in contract
