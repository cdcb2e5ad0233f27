"""The stored response beside a row that a data check names."""

from contextlib import closing
from datetime import datetime
from pathlib import Path

import duckdb
import pytest

from data_checks.results import CheckResult, Report
from orchestration.release.evidence import with_stored_responses

RESPONSES = (
    ("binance", "klines_1d", "BTC", 200, "binance/klines_1d/old.zst", "2025-05-01", "2025-05-10"),
    ("binance", "klines_1d", "BTC", 200, "binance/klines_1d/new.zst", "2025-05-05", "2025-05-12"),
    ("binance", "klines_1h", "BTC", 200, "binance/klines_1h/new.zst", "2025-05-05", "2025-05-12"),
    ("binance", "klines_1d", "BTC", 451, "binance/klines_1d/blocked.zst", "2025-05-05", "2025-05-12"),
    ("farside", "flows", "BTC", 200, "farside/flows/page.zst", None, None),
    ("coingecko", "global", "ALL", 200, "coingecko/global/now.zst", None, None),
)


@pytest.fixture
def working_file(tmp_path: Path) -> Path:
    file = tmp_path / "warehouse.duckdb"
    with closing(duckdb.connect(str(file))) as connection:
        connection.execute("create schema raw")
        connection.execute(
            "create table raw.responses (source varchar, dataset varchar, subject varchar, status integer, "
            "path varchar, window_start timestamp, window_end timestamp, fetched_at timestamp)"
        )
        for hour, response in enumerate(RESPONSES):
            connection.execute(
                "insert into raw.responses values (?, ?, ?, ?, ?, ?, ?, ?)",
                [*response, datetime(2025, 5, 12, hour)],
            )
    return file


def report(table: str, *examples: dict[str, str], success: bool = False) -> Report:
    result = CheckResult("it_holds", table, "warning", "because.", success, len(examples), "rows", list(examples))
    return Report(Path("release.duckdb"), datetime(2025, 5, 12, 6), [result])


@pytest.mark.parametrize(
    ("table", "row", "path"),
    [
        ("fct_daily_prices", {"asset": "BTC", "venue": "binance", "trade_date": "2025-05-08"}, "klines_1d/new.zst"),
        ("fct_hourly_prices", {"asset": "BTC", "venue": "binance", "trade_date": "2025-05-08"}, "klines_1h/new.zst"),
        ("fct_daily_prices", {"asset": "BTC", "source": "binance", "trade_date": "2025-05-02"}, "klines_1d/old.zst"),
        ("fct_daily_prices", {"asset": "BTC", "source": "binance", "trade_date": "2024-05-02"}, None),
        ("fct_daily_prices", {"asset": "ETH", "source": "binance", "trade_date": "2025-05-08"}, None),
        ("fct_daily_etf_totals", {"asset": "BTC", "source": "farside", "trade_date": "2024-01-11"}, "flows/page.zst"),
        ("fct_daily_market_caps", {"scope": "coingecko_all", "source": "coingecko"}, "global/now.zst"),
        ("fct_daily_prices", {"asset": "BTC", "trade_date": "null"}, None),
    ],
)
def test_a_row_names_the_newest_stored_response_of_its_day(
    working_file: Path, table: str, row: dict[str, str], path: str | None
) -> None:
    [result] = with_stored_responses(report(table, row), working_file).results
    found = result.examples[0].get("stored_response")
    assert found == (path and f"{row.get('source') or row['venue']}/{path}")


def test_a_working_file_that_cannot_be_read_changes_no_verdict(tmp_path: Path) -> None:
    reported = report("fct_daily_prices", {"asset": "BTC", "source": "binance"})
    assert with_stored_responses(reported, tmp_path / "nowhere.duckdb") == reported
