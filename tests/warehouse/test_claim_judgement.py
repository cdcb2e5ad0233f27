"""How one claim is judged: every comparator, every kind of record, and every reason for which nothing can be told."""

from collections.abc import Iterator

import duckdb
import pytest

from tests.warehouse.conftest import Warehouse, copied
from tests.warehouse.replaying import CLAIMS, rerun

CONFIRMED, REFUTED, UNDECIDABLE = "confirmed", "refuted", "undecidable"


@pytest.fixture(scope="module")
def tampered(sample: Warehouse, tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """The sample's files for all tests: each states its claim alone, and makes anew all that is judged of it."""
    with copied(sample, tmp_path_factory.mktemp("judged")) as connection:
        yield connection


def said(**changes: str | None) -> dict[str, str | None]:
    """A claim that is true, with some columns changed."""
    return {
        "claim_id": "said",
        "claim_text": "O'Brien: bitcoin closed above 100,000",
        "metric": "price_usd",
        "asset": "BTC",
        "scope": "binance",
        "time_window": "utc_day",
        "statistic": "close",
        "claim_date": "2025-05-08",
        "comparator": "above",
        "threshold": "100000",
    } | changes


@pytest.mark.parametrize(
    ("changes", "verdict", "words"),
    [
        ({}, CONFIRMED, "measured 103,261.60 USD"),
        ({"comparator": "below"}, REFUTED, "claimed less than 100,000.00 USD"),
        ({"comparator": "at_most", "threshold": "103261.60"}, CONFIRMED, "at most"),
        ({"comparator": "at_least", "threshold": "103261.60"}, CONFIRMED, "at least"),
        ({"comparator": "above", "threshold": "103261.60"}, REFUTED, "more than"),
        ({"comparator": "about", "threshold": "100000", "tolerance_ratio": "0.03"}, REFUTED, "about"),
        ({"comparator": "about", "threshold": "100000", "tolerance_ratio": "0.04"}, CONFIRMED, "about"),
        ({"comparator": "beyond"}, UNDECIDABLE, "no comparator is called beyond"),
        ({"metric": "price_eur"}, UNDECIDABLE, "no metric is called price_eur"),
        ({"scope": "binance' or true --"}, UNDECIDABLE, "no source of the scope"),
        ({"statistic": "median"}, UNDECIDABLE, "gives this figure"),
        ({"claim_date": "2024-10-01"}, UNDECIDABLE, "the series begins on 1 November 2024"),
        ({"claim_date": None, "claim_at": "2025-05-09 04:00"}, CONFIRMED, "103,261.60"),
        ({"record_direction": "highest", "since_date": "2025-01-30"}, CONFIRMED, "the highest since 30 January 2025"),
        ({"record_direction": "highest", "since_date": "2025-01-29"}, REFUTED, "the highest since 30 January 2025"),
        (
            {"record_direction": "highest", "since_date": "2025-01-01", "since_precision": "month"},
            CONFIRMED,
            "the highest since January 2025",
        ),
        ({"record_direction": "highest", "since_date": "2024-01-01", "since_precision": "year"}, REFUTED, "since 2024"),
        ({"record_direction": "lowest", "since_date": "2025-05-07"}, CONFIRMED, "the lowest since 7 May 2025"),
        ({"record_direction": "highest"}, REFUTED, "a record"),
        ({"record_direction": "sideways"}, UNDECIDABLE, "no direction of a record is called sideways"),
        (
            {"claim_date": "2025-01-21", "record_direction": "highest"},
            UNDECIDABLE,
            "the history begins on 1 November 2024, too late to tell",
        ),
        (
            {"claim_date": "2025-01-21", "record_direction": "highest", "history_from_date": "2024-12-01"},
            CONFIRMED,
            "the highest of a history that begins on 1 November 2024",
        ),
        (
            {"claim_date": "2025-01-21", "record_direction": "highest", "since_date": "2021-11-10"},
            UNDECIDABLE,
            "too late to tell",
        ),
        (
            {"claim_date": "2025-01-21", "record_direction": "highest", "since_date": "2024-12-17"},
            REFUTED,
            "the highest of a history",
        ),
        (
            {"scope": "us_spot_etfs", "metric": "etf_net_flow_usd", "time_window": "nyse_session", "statistic": "sum"}
            | {"claim_date": "2025-05-03"},
            UNDECIDABLE,
            "the day was no NYSE session",
        ),
        (
            {"metric": "price_return_ratio", "statistic": "change", "time_window": "rolling_24h", "threshold": "0"},
            UNDECIDABLE,
            "a rolling window needs the instant at which it ends",
        ),
    ],
)
def test_how_a_claim_is_judged(
    sample: Warehouse,
    tampered: duckdb.DuckDBPyConnection,
    changes: dict[str, str | None],
    verdict: str,
    words: str,
) -> None:
    row = said(**changes)
    marks = ", ".join("?" for _ in row)
    tampered.execute("use warehouse")
    tampered.execute("delete from seeds.claims")
    tampered.execute(f"insert into seeds.claims ({', '.join(row)}) values ({marks})", list(row.values()))
    rerun(sample, tampered, *CLAIMS)
    (found,) = tampered.execute(
        "select verdict, explanation, measured_value, example_sql from release.marts.rpt_claims"
    ).fetchall()
    assert found[0] == verdict, found[1]
    assert words in found[1]
    tampered.execute("use release")
    rows = tampered.execute(found[3]).fetchall()
    assert found[2] is None or len(rows) == 1, "its query runs, whatever the words were, and shows the figure"
