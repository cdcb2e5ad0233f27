"""Flows of funds that are no flows: kept out of the marts with their reason, and back when the source corrects them."""

from datetime import timedelta

import duckdb
import pytest

from tests.warehouse.conftest import NOW, Warehouse
from tests.warehouse.replaying import rerun

STORED = ("int_etf_fund_cells", "int_etf_fund_sessions", "int_etf_total_candidates")
MARTS = ("fct_etf_flow_versions", "fct_etf_total_versions", "fct_daily_etf_flows", "fct_daily_etf_totals")


def reprint(tampered: duckdb.DuckDBPyConnection, asset: str, day: str, cell: str, ticker: str = "%") -> None:
    changed = tampered.execute(
        "update raw.farside_flows set cell = ? where asset = ? and date = ? and ticker like ? and ticker != 'Total'",
        [cell, asset, day, ticker],
    ).fetchall()
    assert changed[0][0] > 0


def withheld(tampered: duckdb.DuckDBPyConnection) -> list[tuple[object, ...]]:
    return tampered.execute(
        "select asset, scope, trade_date::varchar, source, value::double, reason "
        "from intermediate.int_withheld_etf_flows"
    ).fetchall()


def states(tampered: duckdb.DuckDBPyConnection, asset: str, day: str) -> set[tuple[object, ...]]:
    return set(
        tampered.execute(
            "select state, net_flow_usd is null from release.marts.fct_daily_etf_flows "
            "where asset = ? and trade_date = ?",
            [asset, day],
        ).fetchall()
    )


@pytest.mark.parametrize(
    ("cell", "value", "word"), [("125000.0", 125e9, "cents"), ("0.0001", 100.0, "millions taken for dollars")]
)
def test_a_flow_in_another_unit_is_withheld_and_the_rest_of_the_page_stands(
    sample: Warehouse, tampered: duckdb.DuckDBPyConnection, cell: str, value: float, word: str
) -> None:
    assert withheld(tampered) == []
    reprint(tampered, "BTC", "2025-05-08", cell, "IBIT")
    rerun(sample, tampered, *STORED, *MARTS)
    [(asset, scope, day, source, printed, reason)] = withheld(tampered)
    assert (asset, scope, day, source, printed) == ("BTC", "IBIT", "2025-05-08", "farside", value)
    assert word in str(reason)
    figures = tampered.execute(
        "select fund_ticker, net_flow_usd from release.marts.fct_daily_etf_flows "
        "where asset = 'BTC' and trade_date = '2025-05-08' and fund_ticker in ('IBIT', 'FBTC') order by 1"
    ).fetchall()
    assert figures == [("FBTC", 35_300_000), ("IBIT", None)]
    [(total, source)] = tampered.execute(
        "select net_flow_usd, source from release.marts.fct_daily_etf_totals "
        "where asset = 'BTC' and trade_date = '2025-05-08'"
    ).fetchall()
    assert (total, source) == (117_400_000, "defillama"), "the sum is not complete, and another source has the total"


def test_a_session_of_zeros_is_not_yet_reported(sample: Warehouse, tampered: duckdb.DuckDBPyConnection) -> None:
    reprint(tampered, "BTC", "2025-05-09", "0.0")
    rerun(sample, tampered, *STORED, *MARTS)
    assert len(withheld(tampered)) > 5
    assert states(tampered, "BTC", "2025-05-09") == {("pending", True)}


def test_zeros_become_facts_with_the_first_figure_of_the_session(
    sample: Warehouse, tampered: duckdb.DuckDBPyConnection
) -> None:
    reprint(tampered, "BTC", "2025-05-09", "0.0")
    tampered.execute(
        "insert into raw.farside_flows select * replace ('5.0' as cell, ?::timestamp as observed_at) "
        "from raw.farside_flows where asset = 'BTC' and date = '2025-05-09' and ticker = 'IBIT'",
        [NOW + timedelta(hours=1)],
    )
    assert withheld(tampered) == []


def test_a_session_without_any_flow_is_real_for_ether(sample: Warehouse, tampered: duckdb.DuckDBPyConnection) -> None:
    reprint(tampered, "ETH", "2025-05-09", "0.0")
    rerun(sample, tampered, *STORED, *MARTS)
    assert withheld(tampered) == []
    assert states(tampered, "ETH", "2025-05-09") == {("reported", False)}


def test_a_column_that_came_and_went_counts_in_no_sum(sample: Warehouse, tampered: duckdb.DuckDBPyConnection) -> None:
    """A fund that nobody describes, on a page that lacks it again by the next session."""
    totals = "from release.marts.fct_daily_etf_totals where asset = 'BTC' order by trade_date"
    before = tampered.execute(totals).fetchall()
    tampered.execute(
        "insert into raw.farside_flows select * replace ('NEWX' as ticker, '1.5' as cell) "
        "from raw.farside_flows where asset = 'BTC' and ticker = 'IBIT' and date between '2025-05-07' and '2025-05-08'"
    )
    rerun(sample, tampered, *STORED, *MARTS)
    assert tampered.execute(totals).fetchall() == before
    assert [(scope, day, value) for _, scope, day, _, value, _ in sorted(withheld(tampered))] == [
        ("NEWX", "2025-05-07", 1_500_000),
        ("NEWX", "2025-05-08", 1_500_000),
    ]
