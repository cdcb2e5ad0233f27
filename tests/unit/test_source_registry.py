"""The list of sources, and the contract that each of them keeps."""

import re
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import pytest

from orchestration.raw.row_rules import rules, timestamps_in_milliseconds
from orchestration.sample.figures import figures
from orchestration.sources.shared import nyse_calendar
from orchestration.sources.shared.contract import ArrayRows, Dataset, ZippedCsv
from orchestration.sources.shared.nyse_calendar import sessions
from orchestration.sources.shared.registry import dataset, datasets, symbols


def test_the_series_of_the_sample_exist() -> None:
    assert {found.table for found in datasets()} >= {
        "binance_klines_1d",
        "binance_klines_1h",
        "coinbase_candles_1d",
        "coinglass_liquidations_1d",
        "coinmarketcap_global_metrics",
        "defillama_etf_flows",
        "farside_flows",
        "tradingview_bars_1d",
    }


def test_a_new_module_with_datasets_is_found_without_naming_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import orchestration.sources

    (tmp_path / "newcomer.py").write_text(
        "from orchestration.sources.coinbase import DATASETS as OTHERS\nDATASETS = OTHERS\n"
    )
    monkeypatch.setattr(orchestration.sources, "__path__", [*orchestration.sources.__path__, str(tmp_path)])
    datasets.cache_clear()
    try:
        assert [found.table for found in datasets()].count("coinbase_candles_1d") == 2
    finally:
        datasets.cache_clear()


def test_the_error_about_an_unknown_dataset_lists_the_known_ones() -> None:
    assert dataset("farside", "flows").table == "farside_flows"
    with pytest.raises(KeyError, match=r"there are: .*binance klines_1d, "):
        dataset("binance", "trades")


def test_symbols_come_from_the_seed() -> None:
    assert symbols("binance")["BTC"] == "BTCUSDT"
    assert symbols("farside")["ETH"] == "eth"
    assert symbols("tradingview") == {}


@pytest.mark.parametrize("found", datasets(), ids=lambda found: found.table)
def test_every_dataset_is_complete(found: Dataset) -> None:
    assert set(found.key) <= set(found.columns)
    assert list(found.columns)[: len(found.key)] == list(found.key), "parsers sort by the leading columns"
    assert all(re.fullmatch(r"[a-z][a-z0-9_]*", column) for column in found.columns)
    assert found.provider.licence.endswith(".")
    expected = "imports:" if found.file_pattern else "wss://" if found.is_collected else "https://"
    assert found.provider.default_url.startswith(expected)
    hash(found.provider)
    if isinstance(found.read, ZippedCsv):
        assert set(found.read.fields) | set(found.read.from_response) == set(found.columns)
        assert max(found.read.fields.values()) < found.read.width
    if isinstance(found.read, ArrayRows):
        assert set(found.read.fields) | set(found.read.params) == set(found.columns)
        assert max(found.read.fields.values()) < found.read.width
    with duckdb.connect() as connection:
        connection.execute(f"create table made ({', '.join(f'{name} {kind}' for name, kind in found.columns.items())})")


def test_sessions_respect_holidays_early_closes_and_the_clock_change() -> None:
    rows = {row[0]: row[1:] for row in sessions(datetime(2025, 5, 12, 6, tzinfo=UTC))}
    assert min(rows) == date(2009, 1, 2)
    assert max(rows) == date(2026, 12, 31)
    assert rows[date(2025, 5, 8)] == (datetime(2025, 5, 8, 13, 30), datetime(2025, 5, 8, 20, 0), False)
    assert rows[date(2025, 1, 2)] == (datetime(2025, 1, 2, 14, 30), datetime(2025, 1, 2, 21, 0), False)
    assert rows[date(2024, 11, 29)] == (datetime(2024, 11, 29, 14, 30), datetime(2024, 11, 29, 18, 0), True)
    for closed in (date(2025, 1, 9), date(2025, 4, 18), date(2025, 5, 10), date(2025, 5, 26)):
        assert closed not in rows
    flow_days = {
        date.fromisoformat(line["trade_date"]) for line in figures("etf_total_flows") if line["asset"] == "BTC"
    }
    assert {day for day in rows if date(2024, 1, 11) <= day <= date(2025, 5, 9)} == flow_days


def test_sessions_are_made_once_per_version_of_the_library_and_year(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = datetime(2025, 5, 12, 6, tzinfo=UTC)
    made = nyse_calendar.kept_sessions(now, tmp_path)
    (file,) = tmp_path.iterdir()
    assert made == sessions(now)
    for damaged in ("[[", "[1]", "2"):
        file.write_text(damaged)
        assert nyse_calendar.kept_sessions(now, tmp_path) == made, "a damaged file is made again"
    assert nyse_calendar.kept_sessions(now, tmp_path / "missing") == made, "and nothing needs the folder"
    monkeypatch.setattr(nyse_calendar, "sessions", lambda _: [])
    assert nyse_calendar.kept_sessions(now, tmp_path) == made
    assert nyse_calendar.kept_sessions(now.replace(year=2026), tmp_path) == []
    monkeypatch.setattr(nyse_calendar, "version", lambda _: "99.0")
    assert nyse_calendar.kept_sessions(now, tmp_path) == []


def test_the_example_of_settings_lists_every_variable_of_every_source_and_no_other() -> None:
    listed = re.findall(r"^([A-Z_]+)=", Path(".env.example").read_text(), re.MULTILINE)
    providers = {found.provider for found in datasets() if found.file_pattern is None}
    needed = {
        "WAREHOUSE_HOME",
        "WAREHOUSE_DAGSTER_HOME",
        "WAREHOUSE_ASSETS",
        "WAREHOUSE_NOW",
        "WAREHOUSE_CLOCK",
        "WAREHOUSE_ALERT_WEBHOOK",
        "WAREHOUSE_POSTGRES_URL",
        "WAREHOUSE_RESULTS_URL",
        "WAREHOUSE_LAKE",
        "WAREHOUSE_LAKE_DATA",
        "WAREHOUSE_SPARK",
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_ENDPOINT_URL",
        "AWS_REGION",
        "WAREHOUSE_BI_PORT",
        "WAREHOUSE_BI_PASSWORD",
    }
    needed |= {provider.url_variable for provider in providers}
    needed |= {provider.api_key_variable for provider in providers if provider.api_key_variable}
    needed |= {provider.opt_in_variable for provider in providers if provider.opt_in_variable}
    needed |= {option for provider in providers for option in provider.options}
    assert len(set(listed)) == len(listed)
    assert set(listed) == needed


@pytest.mark.parametrize("found", datasets(), ids=lambda found: found.table)
def test_every_number_of_every_dataset_is_declared(found: Dataset) -> None:
    """Every source declares the valid range of every column."""
    numeric = {column for column, kind in found.columns.items() if re.match(r"decimal|double|.*int", kind)}
    instants = {column for column, kind in found.columns.items() if kind in ("date", "timestamp")}
    assert numeric | instants <= found.figures.keys() | found.timestamps.keys()
    assert found.figures.keys() | found.timestamps.keys() <= found.columns.keys()
    assert not found.figures.keys() & found.timestamps.keys()
    assert set(found.figures) <= numeric
    if found.covers_until is not None:
        assert found.timestamps, "a dataset with an end has a timestamp"


@pytest.mark.parametrize("found", datasets(), ids=lambda found: found.table)
def test_a_dataset_with_four_prices_declares_its_bar(found: Dataset) -> None:
    has_prices = {"open", "high", "low", "close"} <= found.columns.keys()
    if has_prices:
        assert found.bar is not None
    if found.bar is not None:
        assert {found.bar.open, found.bar.high, found.bar.low, found.bar.close} <= found.figures.keys()


@pytest.mark.parametrize("found", datasets(), ids=lambda found: found.table)
def test_the_rules_of_every_dataset_are_expressions_over_its_rows(found: Dataset) -> None:
    """DuckDB binds each of them to the columns that the loader provides."""
    columns = [f"null::{kind} as {column}, null::varchar as text_{column}" for column, kind in found.columns.items()]
    timestamps = [f"{expression} as {name}" for name, expression in timestamps_in_milliseconds(found).items()]
    given = [*columns, "true as is_whole", "null::timestamp as fetched_at", "null::timestamp as requested_from"]
    row = (
        f"(select {', '.join(['*', *timestamps])} from (select {', '.join(given)}, null::timestamp as requested_until))"
    )
    for rule in rules(found):
        described = duckdb.sql(f"select {rule.fails} as fails, {rule.reason} as reason from {row}")
        assert described.types == ["BOOLEAN", "VARCHAR"]
