"""The sample market through the first half of the pipeline: fetched, stored, loaded; restated, faulty, in halves."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from orchestration.ingest.extract import extract
from orchestration.ingest.extraction import Extraction
from orchestration.ingest.http import HttpClient
from orchestration.raw.batch import Loaded
from orchestration.raw.load import load
from orchestration.raw.working_file import connect, prepare
from orchestration.sample import faults
from orchestration.sample.figures import figures, instant
from orchestration.sample.server import SampleMarket, wires
from orchestration.settings import SAMPLE_NOW, Settings
from orchestration.sources.shared.contract import Dataset, Window
from orchestration.sources.shared.registry import datasets, symbols

MAY_8 = int(datetime(2025, 5, 8, tzinfo=UTC).timestamp() * 1000)


class Run:
    """The first half of the pipeline on the sample: every dataset is fetched, stored and loaded."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.extractions: dict[str, Extraction] = {}
        self.loads: dict[str, Loaded] = {}

    def at(self, now: datetime, faulty: list[faults.Fault] | None = None, window: Window | None = None) -> "Run":
        with SampleMarket(now) as market:
            market.faults = faulty or []
            market.imports(self.home)
            settings = Settings.load({**market.environment(), "WAREHOUSE_HOME": str(self.home)})
            client = HttpClient(settings, pause=lambda _: None)
            with connect(settings.working_file) as connection:
                prepare(connection, datasets())
                for dataset in bundled():
                    names = symbols(dataset.provider.name)
                    extraction = extract(dataset, settings, client, names, now, window)
                    self.extractions[dataset.table] = extraction
                    self.loads[dataset.table] = load(connection, dataset, extraction.responses, settings.landing)
        return self

    def query(self, sql: str) -> list[Any]:
        with connect(self.home / "warehouse.duckdb", read_only=True) as connection:
            return connection.execute(sql).fetchall()


def bundled() -> list[Dataset]:
    """The datasets of the bundled sample; no other is requested."""
    providers = {wire.provider for wire in wires() if wire.bundled}
    return [dataset for dataset in datasets() if dataset.provider.name in providers or dataset.file_pattern]


def closed(name: str, column: str, now: datetime, span: timedelta = timedelta(days=1)) -> int:
    return sum(instant(line[column]) + span <= now for line in figures(name))


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """What one untroubled run stores, to be looked at."""
    return Run(tmp_path_factory.mktemp("clean")).at(SAMPLE_NOW)


def test_every_closed_figure_of_the_sample_reaches_its_raw_table_and_a_second_run_adds_nothing(tmp_path: Path) -> None:
    run = Run(tmp_path).at(SAMPLE_NOW)
    assert {table: extraction.outcome for table, extraction in run.extractions.items()} == {
        dataset.table: "complete" for dataset in bundled()
    }
    assert {table: loaded.rows_new for table, loaded in run.loads.items()} == {
        "binance_klines_1d": closed("binance_klines_1d", "trade_date", SAMPLE_NOW),
        "binance_klines_1h": closed("binance_klines_1h", "open_at", SAMPLE_NOW, timedelta(hours=1)),
        "coinbase_candles_1d": closed("coinbase_candles_1d", "trade_date", SAMPLE_NOW),
        "coinglass_liquidations_1d": len(figures("binance_liquidations_1d")),
        "coinmarketcap_global_metrics": len(figures("global_market_caps")),
        "defillama_etf_flows": len(figures("etf_total_flows")),
        "farside_flows": len(figures("etf_fund_flows")) + 2 * 16,
        "tradingview_bars_1d": len(figures("tradingview_total2_1d")),
    }
    assert run.query("from raw.rejected_records") == []
    assert {loaded.rows_new for loaded in run.at(SAMPLE_NOW).loads.values()} == {0}


def test_all_digits_of_the_figures_are_loaded(clean: Run) -> None:
    (bar,) = clean.query(f"from raw.binance_klines_1d where symbol = 'BTCUSDT' and open_time = {MAY_8}")
    (line,) = [
        line
        for line in figures("binance_klines_1d")
        if line["symbol"] == "BTCUSDT" and line["trade_date"] == "2025-05-08"
    ]
    assert bar[2:7] == tuple(Decimal(line[name]) for name in ("open", "high", "low", "close", "volume"))
    assert bar[8:12] == (
        Decimal(line["quote_volume"]),
        int(line["trade_count"]),
        Decimal(line["taker_buy_volume"]),
        Decimal(line["taker_buy_quote_volume"]),
    )
    cells = dict(
        clean.query("select ticker, cell from raw.farside_flows where asset = 'BTC' and date = date '2025-05-08'")
    )
    assert (cells["IBIT"], cells["Total"]) == ("69.0", "117.4")
    totals = clean.query(
        "select total_flow_usd from raw.defillama_etf_flows where gecko_id = 'bitcoin' and day < '2025-05-09'"
    )
    assert sum(total for (total,) in totals) == Decimal("40806100000")


def test_restated_liquidations_become_versions(tmp_path: Path) -> None:
    run = Run(tmp_path)
    for now in (SAMPLE_NOW, datetime(2025, 6, 11, 6, tzinfo=UTC), datetime(2025, 8, 29, 6, tzinfo=UTC)):
        run.at(now)
    versions = run.query(
        f"select observed_at::date, aggregated_short_liquidation_usd from raw.coinglass_liquidations_1d "
        f"where symbol = 'BTC' and time = {MAY_8} order by observed_at"
    )
    assert versions == [
        (date(2025, 5, 12), Decimal("57781833.61")),
        (date(2025, 6, 11), Decimal("30931070.31")),
        (date(2025, 8, 29), Decimal("56294140.75")),
    ]
    assert run.loads["coinglass_liquidations_1d"].rows_new == 11, "only the eleven restated days of May"


def test_two_halves_of_a_window_equal_one_run(tmp_path: Path) -> None:
    first, middle, last = date(2024, 12, 1), date(2025, 2, 11), date(2025, 5, 11)
    whole = Run(tmp_path / "whole").at(SAMPLE_NOW, window=Window.of_days(first, last))
    halves = Run(tmp_path / "halves").at(SAMPLE_NOW, window=Window.of_days(first, middle - timedelta(days=1)))
    halves.at(SAMPLE_NOW, window=Window.of_days(middle, last))
    for dataset in bundled():
        rows = f"select {', '.join(dataset.columns)} from raw.{dataset.table} order by all"
        assert whole.query(rows) == halves.query(rows), dataset.table


@pytest.mark.parametrize(
    ("apply", "failed"),
    # A bot check instead of Farside's page has a fallback.
    [(faults.too_many_requests, 0), (faults.cut_short, 6), (faults.web_page, 5), (faults.slow(0.1), 0)],
    ids=["429 once", "cut short", "web page", "slow"],
)
def test_faulty_responses_fail_or_recover_and_never_become_rows(
    clean: Run, tmp_path: Path, apply: Any, failed: int
) -> None:
    prefixes = ("binance", "coinbase", "farside", "defillama", "coinglass", "coinmarketcap")
    run = Run(tmp_path).at(SAMPLE_NOW, [faults.Fault(f"/{prefix}", apply) for prefix in prefixes])
    faulty = [run.extractions[table] for table in run.extractions if run.extractions[table].outcome != "complete"]
    assert len(faulty) == failed
    healed = Run(tmp_path).at(SAMPLE_NOW)
    for dataset in bundled():
        rows = f"select {', '.join(dataset.columns)} from raw.{dataset.table} order by all"
        assert healed.query(rows) == clean.query(rows), dataset.table


def test_farside_totals_are_the_published_totals(clean: Run) -> None:
    printed = clean.query("select asset, date, cell from raw.farside_flows where ticker = 'Total'")
    published = {
        (line["asset"], line["trade_date"]): Decimal(line["net_flow_usd"]) for line in figures("etf_total_flows")
    }
    assert len(printed) == 32
    for asset, trade_date, cell in printed:
        millions = Decimal(cell.strip("()").replace(",", "")) * (-1 if cell.startswith("(") else 1)
        assert millions * 1_000_000 == published[asset, trade_date.isoformat()]
