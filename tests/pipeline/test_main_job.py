"""The whole way on real figures: providers' wire formats in, published copy out."""

import re
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
from dagster import AssetKey, DagsterEventType, EventRecordsFilter

from orchestration.defs.instance import dagster_instance
from orchestration.home import WrongHome
from orchestration.run import RunRequest
from orchestration.settings import Settings
from tests.pipeline.conftest import Runner

Rows = Callable[[Path, str], list[tuple[object, ...]]]
pytestmark = pytest.mark.slow


def test_the_sample_is_published_with_all_marts(sample_home: Path, rows_of: Rows) -> None:
    tables = {
        name for (name,) in rows_of(sample_home, "select table_name from duckdb_tables() where schema_name = 'marts'")
    }
    assert {
        "dim_assets", "dim_etf_funds", "dim_venues", "dim_dates", "dim_metrics", "dim_titles", "dim_market_events",
        "fct_hourly_prices", "fct_daily_venue_prices", "fct_daily_prices", "fct_daily_etf_flows",
        "fct_daily_etf_totals", "fct_daily_liquidations", "fct_daily_market_caps", "fct_daily_market",
        "fct_rolling_24h", "fct_daily_metrics", "fct_daily_records", "fct_revisions", "rpt_claims", "rpt_market_brief",
    } <= tables  # fmt: skip
    assert (sample_home / "published" / "parquet" / "fct_daily_prices" / "fct_daily_prices.parquet").exists()


def test_the_ui_shows_the_brief_and_links_to_the_results_of_the_checks(sample_home: Path) -> None:
    """The published asset holds the brief as Markdown; every check links to a page that exists and is complete."""
    with dagster_instance(Settings.load({"WAREHOUSE_HOME": str(sample_home)})) as instance:
        published = instance.get_latest_materialization_event(AssetKey(["published", "crypto_market"]))
        events = instance.get_event_records(EventRecordsFilter(DagsterEventType.ASSET_CHECK_EVALUATION))
    assert published is not None
    assert published.asset_materialization is not None
    brief = published.asset_materialization.metadata["brief"].value
    assert str(brief).startswith("# Market brief: Sunday, 11 May 2025 (UTC)")
    assert "## Records of the day" in str(brief)
    checks = [event.event_log_entry.dagster_event.asset_check_evaluation_data for event in events]
    pages = {str(check.metadata["page"].value) for check in checks if "page" in check.metadata}
    assert len(pages) > 80
    (file,) = {str(check.metadata["page_file"].value) for check in checks if "page_file" in check.metadata}
    text = Path(file).read_text()
    places = {page.removeprefix("http://127.0.0.1:3001/#") for page in pages}
    assert [place for place in places if f'id="{place}"' not in text] == []
    assert "Fit to publish" in text
    assert not re.search(r"""(src|href)\s*=\s*["']?(https?:)?//|@import|url\(""", text)


def test_every_source_has_an_outcome(sample_home: Path, rows_of: Rows) -> None:
    outcomes = dict(rows_of(sample_home, "select outcome, count(*) from marts.rpt_source_status group by all"))
    assert outcomes["complete"] >= 8
    assert outcomes.keys() == {"complete", "skipped"}
    silent = "select count(*) from marts.rpt_source_status where outcome = 'skipped' and reason is null"
    assert rows_of(sample_home, silent) == [(0,)]


def test_nothing_but_marts_and_the_seeds_of_their_macros_is_published(sample_home: Path, rows_of: Rows) -> None:
    assert rows_of(sample_home, "select distinct schema_name from duckdb_tables() order by 1") == [
        ("marts",),
        ("seeds",),
    ]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (
            "select high_usd::double, close_usd::double from marts.fct_daily_prices "
            "where asset = 'BTC' and trade_date = '2025-05-08'",
            [(104145.76, 103261.60)],
        ),
        (
            "select highest_since_date::varchar from marts.fct_daily_records where metric = 'price_usd' "
            "and asset = 'BTC' and scope = 'binance' and trade_date = '2025-05-08' "
            "and statistic in ('close', 'high') order by statistic",
            [("2025-01-30",), ("2025-01-31",)],
        ),
        (
            "select cumulative_net_flow_usd::double / 1e6, net_flow_usd::double / 1e6 from marts.fct_daily_etf_totals "
            "where asset = 'BTC' and trade_date = '2025-05-08'",
            [(40806.1, 117.4)],
        ),
        (
            "select round(short_usd::double / 1e6, 2), round(long_usd::double / 1e6, 2) "
            "from marts.fct_daily_liquidations "
            "where asset = 'BTC' and scope = 'binance' and trade_date = '2025-05-08'",
            [(57.78, 6.75)],
        ),
        (
            "select round(ex_btc_usd::double / 1e9, 1) from marts.fct_daily_market_caps "
            "where scope = 'coinmarketcap_all' and trade_date in ('2025-05-07', '2025-05-08') order by trade_date",
            [(1074.6,), (1175.2,)],
        ),
    ],
)
def test_the_figures_of_the_article(
    sample_home: Path, rows_of: Rows, query: str, expected: list[tuple[object, ...]]
) -> None:
    assert rows_of(sample_home, query) == expected


def test_an_unfinished_day_is_not_published(sample_home: Path, rows_of: Rows) -> None:
    assert rows_of(sample_home, "select max(trade_date)::varchar from marts.fct_daily_prices") == [("2025-05-11",)]
    assert rows_of(sample_home, "select max(hour_at)::varchar from marts.fct_hourly_prices") == [
        ("2025-05-12 05:00:00",)
    ]


def test_a_mart_that_lost_history_is_blocked_and_the_published_version_is_kept(
    home: Path, run_in: Runner, rows_of: Rows, capsys: pytest.CaptureFixture[str]
) -> None:
    version = (home / "published" / "current").readlink()
    with duckdb.connect(str(home / "warehouse.duckdb")) as connection:
        connection.execute("delete from raw.binance_klines_1d where open_time < epoch_ms(timestamp '2025-03-01')")
    outcome = run_in(home, RunRequest(source="sample", only=("farside",)))
    assert outcome.exit_code == 1
    assert outcome.report is not None
    blocking = outcome.report.blocking
    assert blocking
    assert any(result.examples for result in blocking)
    assert outcome.failures == (), "what the checks found is reported from the report"
    assert (home / "published" / "current").readlink() == version
    reported = capsys.readouterr().err
    assert re.findall(r"^ +(\w+): complete", reported, re.MULTILINE) == ["farside_flows"], "no other source was fetched"
    assert max(len(line) for line in reported.splitlines()) < 300, "Dagster's lists of steps help nobody"


def test_a_home_never_mixes_two_origins(home: Path, run_in: Runner) -> None:
    with pytest.raises(WrongHome, match="never mixed"):
        run_in(home, RunRequest(source="live"))


def test_no_key_is_found_anywhere_in_the_home(sample_home: Path) -> None:
    from orchestration.sample import wire_coinglass, wire_coinmarketcap

    keys = [wire_coinglass.KEY.encode(), wire_coinmarketcap.KEY.encode()]
    files = [path for path in sample_home.rglob("*") if path.is_file()]
    assert len(files) > 50
    assert not [path for path in files for key in keys if key in path.read_bytes()]
