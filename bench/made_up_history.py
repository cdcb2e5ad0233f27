"""Homes whose raw tables hold years of made-up figures, written in bulk by DuckDB.

They are those of keyless venues: hourly and daily bars, derivatives, reference prices and ETF flows. Every figure
is a function of its asset and hour, so days can be added later: a price is a sum of waves and of a hash, and each bar
opens where the one before closed. Nothing of it ever happened.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb

from orchestration.project import SEEDS
from orchestration.raw.working_file import prepare, replace_sessions
from orchestration.sources.shared.nyse_calendar import sessions
from orchestration.sources.shared.registry import datasets

REAL_ASSETS = ("BTC", "ETH", "SOL", "XRP", "BNB", "DOGE", "ADA", "LINK", "AVAX", "LTC")
ETF_LAUNCH = datetime(2024, 1, 11)
"""There are no flows before it, however long the history is."""
FUTURES_LAUNCH = datetime(2019, 9, 1)
"""The first derivatives: a data check finds figures of earlier days impossible, as those of real venues would be."""
FUTURES_SOURCES = frozenset({"bybit", "binance_futures", "okx_futures", "gate"})

HOURS = """
create or replace temp table hours as
with assets as (
    select unnest({assets}) as asset, unnest(range(1, len({assets}) + 1)) as number
), closes as (
    select asset, number, hour_at,
        60000 / number ** 2 * exp(
            0.6 * sin(epoch(hour_at) / 86400 / 190 + number) + 0.15 * sin(epoch(hour_at) / 86400 / 17 + 2 * number)
            + 0.02 * sin(epoch(hour_at) / 86400 / 1.7 + number) + 0.004 * (hash(asset, hour_at) % 1000) / 1000
        ) as close
    from assets, (
        select unnest(generate_series(
            timestamp '{first}' - interval 1 hour, timestamp '{end}' - interval 1 hour, interval 1 hour
        )) as hour_at
    )
), bars as (
    select *, lag(close) over (partition by asset order by hour_at) as open from closes
)
select asset, number, hour_at, cast(hour_at as date) as day, open::decimal(18,8) as open, close::decimal(18,8) as close,
    (greatest(open, close) * (1 + (hash(asset, hour_at, 1) % 100) / 50000))::decimal(18,8) as high,
    (least(open, close) * (1 - (hash(asset, hour_at, 2) % 100) / 50000))::decimal(18,8) as low,
    (10 + hash(asset, hour_at, 3) % 1000)::decimal(28,8) as volume
from bars where open is not null
"""
DAYS = """
create or replace temp table days as
select asset, number, day, min_by(open, hour_at) as open, max(high) as high, min(low) as low,
    max_by(close, hour_at) as close, sum(volume)::decimal(28,8) as volume
from hours group by all
"""

KLINE = (
    "symbol, epoch_ms({at}), open, high, low, close, volume, epoch_ms({at} + interval '{length}') - 1, volume * close, "
    "1000, volume / 2, volume * close / 2"
)
DAY_BAR = "epoch(day)::bigint, low, high, open, close, volume"
FUNDINGS = "(from hours where hour(hour_at) % 8 = 0) as hours"
RATE = "((hash(asset, hour_at, 4) % 200)::bigint - 50) / 1e6"
RATIO = "(80 + hash(asset, day, 5) % 80) / 100"
COINS = "(1e6 * number + hash(asset, day, 6) % 50000)"
LIQUIDATED = "(hash(asset, hour_at, {side}) % 100000)"

TABLES = {
    "binance_klines_1h": ("binance", "hours", KLINE.format(at="hour_at", length="1 hour")),
    "binance_klines_1d": ("binance", "days", KLINE.format(at="day::timestamp", length="1 day")),
    "coinbase_candles_1d": ("coinbase", "days", f"symbol, {DAY_BAR}"),
    "kraken_ohlc_1d": ("kraken", "days", "symbol, epoch(day)::bigint, open, high, low, close, close, volume, 1000"),
    "bitstamp_ohlc_1d": ("bitstamp", "days", "symbol, epoch(day)::bigint, open, high, low, close, volume"),
    "okx_candles_1d": (
        "okx",
        "days",
        "symbol, epoch_ms(day::timestamp), open, high, low, close, volume, volume * close, volume * close",
    ),
    "defillama_coins_chart_1d": ("defillama_coins", "days", "symbol, epoch(day + 1)::bigint, close"),
    "coinmetrics_asset_metrics_1d": (
        "coinmetrics",
        "days",
        "symbol, strftime(day, '%Y-%m-%dT00:00:00.000000000Z'), close, close * 1e6, close * 1e6, 1e6",
    ),
    "bybit_open_interest_1d": ("bybit", "days", f"symbol, epoch_ms(day::timestamp), {COINS}, null"),
    "bybit_account_ratio_1d": (
        "bybit",
        "days",
        f"symbol, epoch_ms(day::timestamp), {RATIO} / (1 + {RATIO}), 1 / (1 + {RATIO})",
    ),
    "bybit_mark_prices_1d": ("bybit", "days", "symbol, epoch_ms(day::timestamp), open, high, low, close"),
    "bybit_funding_history": ("bybit", FUNDINGS, f"symbol, epoch_ms(hour_at), {RATE}"),
    "binance_futures_funding_rate": ("binance_futures", FUNDINGS, f"symbol, epoch_ms(hour_at), {RATE}, open"),
    "okx_futures_funding_history": ("okx_futures", FUNDINGS, f"symbol, epoch_ms(hour_at), {RATE}, {RATE}"),
    "okx_futures_account_ratio_1d": ("okx_futures", "days", f"symbol, epoch_ms(day::timestamp), {RATIO}"),
    "okx_futures_open_interest_1d": (
        "okx_futures",
        "days",
        f"symbol, epoch_ms(day::timestamp), {COINS} * 10, {COINS}, {COINS} * close",
    ),
    "gate_contract_stats_1h": (
        "gate",
        "hours",
        f"symbol, epoch(hour_at)::bigint, 1, {RATIO}, 1, 1, {LIQUIDATED.format(side=7)}, {LIQUIDATED.format(side=7)}, "
        f"1, 1, {LIQUIDATED.format(side=8)}, {LIQUIDATED.format(side=8)}, {COINS}, {COINS} * close, 1, 1, 1, 1, 1, 1, "
        "1, 1, 1, 1, close, 0.0001",
    ),
}
"""Per raw table the source in `asset_symbols`, its hours or days, and the columns before the version's own."""

FLOWS = """
insert into raw.farside_flows
with cells as (
    select asset, session_date, fund_ticker, (hash(fund_ticker, session_date) % 4000)::integer - 1800 as tenths
    from raw.nyse_sessions inner join read_csv('{funds}') as funds on session_date >= first_trade_date
    where asset in ('BTC', 'ETH') and session_date >= date '{first}' and session_date < date '{end}'
), shown as (
    from cells union all
    select asset, session_date, 'Total', sum(tenths)::integer from cells group by all
)
select asset, session_date, fund_ticker,
    if(tenths < 0, format('({{:.1f}})', -tenths / 10), format('{{:.1f}}', tenths / 10)), {version}
from shown
"""
RESPONSE_DAYS = 100
RESPONSES = """
insert into raw.responses
with windows as (
    select unnest(generate_series(timestamp '{first}', timestamp '{end}' - interval 1 second, interval '{days} days'))
        as start_at
)
select md5(concat(source, dataset, asset, start_at))[:24], source, dataset, asset, 'https://example.org/', '{{}}', 200,
    1000, '', '', timestamp '{seen}', timestamp '{seen}', start_at,
    least(start_at + interval '{days} days', timestamp '{end}'), null, null
from windows, (select unnest({assets}) as asset), (select unnest({names}) as pair),
    lateral (select pair[1] as source, pair[2] as dataset)
"""


@dataclass(frozen=True)
class History:
    """Made-up figures of the days `first` … `end` (exclusive, midnights in naive UTC), as learned at `seen_at`.

    `seeds` maps `assets` to the symbols of their sources.
    """

    first: datetime
    end: datetime
    seen_at: datetime
    assets: tuple[str, ...] = REAL_ASSETS
    seeds: Path = SEEDS

    def write(self, working_file: Path) -> int:
        """Add the rows to the raw tables of a working file, which is made where there is none; returns their number."""
        working_file.parent.mkdir(parents=True, exist_ok=True)
        with duckdb.connect(str(working_file)) as connection:
            connection.execute("set timezone = 'UTC'")
            # DuckDB takes a spawned process for one at a prompt.
            connection.execute("set enable_progress_bar = false")
            prepare(connection, datasets())
            replace_sessions(connection, sessions(self.seen_at))
            limits = {"first": self.first, "end": self.end, "assets": list(self.assets)}
            connection.execute(HOURS.format(**limits))
            connection.execute(DAYS)
            count = sum(self._fill(connection, table) for table in TABLES)
            connection.execute(
                FLOWS.format(
                    funds=self.seeds / "etf_funds.csv",
                    first=max(self.first, ETF_LAUNCH) - timedelta(days=3),
                    end=self.end - timedelta(days=1),
                    version=self._version,
                )
            )
            connection.execute(
                RESPONSES.format(**limits, days=RESPONSE_DAYS, seen=self.seen_at, names=self._dataset_names())
            )
        return count

    @property
    def _version(self) -> str:
        return f"timestamp '{self.seen_at}', 'made up'"

    def _fill(self, connection: duckdb.DuckDBPyConnection, table: str) -> int:
        source, relation, columns = TABLES[table]
        first = FUTURES_LAUNCH if source in FUTURES_SOURCES else self.first
        return int(
            connection.execute(
                f"insert into raw.{table} select {columns}, {self._version} from {relation} "
                f"inner join (from read_csv('{self.seeds / 'asset_symbols.csv'}', all_varchar = true) "
                f"where source = '{source}') as symbols using (asset) where day >= date '{first}'"
            ).fetchall()[0][0]
        )

    def _dataset_names(self) -> list[list[str]]:
        return [[dataset.provider.name, dataset.name] for dataset in datasets() if dataset.table in TABLES]


def history_of(years: int, end: datetime) -> History:
    """`years` of figures up to the midnight `end`, learned an hour later."""
    return History(end - timedelta(days=365 * years), end, end + timedelta(hours=1))


def next_day(history: History) -> History:
    """The day after `history`, learned by the next run."""
    end = history.end + timedelta(days=1)
    return replace(history, first=history.end, end=end, seen_at=end + timedelta(hours=1))


def instant(history: History) -> datetime:
    """The instant of the run that learned it, in UTC."""
    return history.seen_at.replace(tzinfo=UTC)
