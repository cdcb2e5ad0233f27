"""The raw tables as the loader makes them, filled from figures instead of responses.

Here belongs what a test needs to stand in for extraction: rows of the bundled sample, and rows that a test makes up.
Not here: any rule of the models.
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb
import exchange_calendars

from orchestration.raw.working_file import prepare
from orchestration.sources.shared.registry import datasets

FIGURES = Path(__file__).parents[2] / "orchestration" / "sample" / "figures"

VERSIONED_TABLES = tuple(dataset.table for dataset in datasets())
"""The raw table of every dataset there is."""

MONDAY_MORNING = datetime(2025, 5, 12, 6)
"""When the run is whose raw rows are made up."""


def create_raw_tables(connection: duckdb.DuckDBPyConnection) -> None:
    """Makes every raw table, empty, as a run does before it asks anybody."""
    prepare(connection, datasets())


def add_versions(
    connection: duckdb.DuckDBPyConnection, table: str, observed_at: datetime, rows: Iterable[Mapping[str, Any]]
) -> None:
    """Appends rows, given as column → value, to a versioned raw table as seen at `observed_at` (UTC)."""
    for row in rows:
        names = [*row, "observed_at", "response_id"]
        values = [*row.values(), observed_at, "made-up"]
        marks = ", ".join("?" for _ in names)
        connection.execute(f"insert into raw.{table} ({', '.join(names)}) values ({marks})", values)


def add_response(
    connection: duckdb.DuckDBPyConnection, dataset: str, subject: str, window: tuple[datetime, datetime], at: datetime
) -> None:
    """Records a response of `dataset` ('<source> <name>') at `at` that covers all of `subject` in a window."""
    source, name = dataset.split()
    (count,) = connection.execute("select count(*) from raw.responses").fetchall()[0]
    connection.execute(
        "insert into raw.responses (response_id, source, dataset, subject, url, params, status, byte_count, sha256, "
        "path, fetched_at, observed_at, window_start, window_end, covered_from, covered_until) "
        "values (?, ?, ?, ?, '', '{}', 200, 0, '', '', ?, ?, ?, ?, ?, ?)",
        [f"made-up-{count}", source, name, subject, at, at, *window, *window],
    )


def add_nyse_sessions(connection: duckdb.DuckDBPyConnection, first: date, last: date) -> None:
    """Fills the calendar of the New York Stock Exchange for the days `first`..`last`."""
    calendar = exchange_calendars.get_calendar("XNYS", start=first.isoformat(), end=last.isoformat())
    early = set(calendar.early_closes)
    rows = [
        (day.date(), opens.tz_localize(None).to_pydatetime(), closes.tz_localize(None).to_pydatetime(), day in early)
        for day, opens, closes in calendar.schedule[["open", "close"]].itertuples()
    ]
    connection.executemany("insert into raw.nyse_sessions values (?, ?, ?, ?)", rows)


def load_sample(connection: duckdb.DuckDBPyConnection, now: datetime) -> None:
    """Fills every raw table with the bundled figures as a run at `now` (UTC) sees them.

    Windows that are not closed at `now` are left out, restated liquidations arrive on the days they were seen.
    """
    # Each commit waits for the disk: of a thousand rows one by one, three seconds.
    connection.begin()
    add_nyse_sessions(connection, date(2023, 1, 3), date(2026, 12, 31))
    seen = f"timestamp '{now}', 'sample'"
    cell = (
        "case when musd is null then '-' when musd < 0 then format('({:.1f})', -musd) else format('{:.1f}', musd) end"
    )
    klines = "open, high, low, close, volume, epoch_ms(opened_at) + length_ms - 1, quote_volume, trade_count"
    taker = "taker_buy_volume, taker_buy_quote_volume"
    statements = {
        "binance_klines_1d": f"""
            select symbol, epoch_ms(opened_at), {klines}, {taker}, {seen}
            from (select *, trade_date::timestamp as opened_at, 86400000 as length_ms
                  from read_csv('{FIGURES}/binance_klines_1d.csv'))
            where opened_at + interval 1 day <= timestamp '{now}'""",
        "binance_klines_1h": f"""
            select symbol, epoch_ms(opened_at), {klines}, {taker}, {seen}
            from (select * exclude (open_at), open_at as opened_at, 3600000 as length_ms
                  from read_csv('{FIGURES}/binance_klines_1h.csv', types = {{'open_at': 'TIMESTAMP'}}))
            where opened_at + interval 1 hour <= timestamp '{now}'""",
        "coinbase_candles_1d": f"""
            select product_id, epoch(trade_date::timestamp)::bigint, low, high, open, close, volume, {seen}
            from read_csv('{FIGURES}/coinbase_candles_1d.csv')
            where trade_date + 1 <= timestamp '{now}'""",
        "defillama_etf_flows": f"""
            select case asset when 'BTC' then 'bitcoin' else 'ethereum' end,
                strftime(trade_date, '%Y-%m-%dT00:00:00.000Z'), net_flow_usd, {seen}
            from read_csv('{FIGURES}/etf_total_flows.csv')""",
        "farside_flows": f"""
            with funds as (
                select asset, trade_date, fund_ticker, net_flow_musd as musd
                from read_csv('{FIGURES}/etf_fund_flows.csv', types = {{'net_flow_musd': 'DOUBLE'}})
            ), totals as (
                select asset, trade_date, 'Total' as fund_ticker, net_flow_usd / 1e6 as musd
                from read_csv('{FIGURES}/etf_total_flows.csv')
                semi join funds using (asset, trade_date)
            )
            select asset, trade_date, fund_ticker, {cell}, {seen} from (from funds union all from totals)""",
        "coinglass_liquidations_1d": f"""
            with first_seen as (
                select asset, trade_date, long_usd, short_usd, timestamp '2025-05-12 06:00:00' as seen_at
                from read_csv('{FIGURES}/binance_liquidations_1d.csv')
            ), seen_again as (
                select asset, trade_date, long_usd, short_usd, observed_on + interval 6 hour as seen_at
                from read_csv('{FIGURES}/binance_liquidations_revisions.csv')
                where observed_on > date '2025-05-12'
            )
            select asset, 'Binance', epoch_ms(trade_date::timestamp), long_usd, short_usd, seen_at, 'sample'
            from (from first_seen union all from seen_again) where seen_at <= timestamp '{now}'""",
        "coinmarketcap_global_metrics": f"""
            select strftime(as_of_at, '%Y-%m-%dT%H:%M:%S.000Z'), total_usd, ex_btc_usd, btc_dominance_pct, null, {seen}
            from read_csv('{FIGURES}/global_market_caps.csv', types = {{'as_of_at': 'TIMESTAMP'}})""",
        "tradingview_bars_1d": f"""
            select 'CRYPTOCAP:TOTAL2', trade_date::varchar, open_usd, high_usd, low_usd, close_usd, null, {seen}
            from read_csv('{FIGURES}/tradingview_total2_1d.csv')""",
    }
    for table, statement in statements.items():
        connection.execute(f"insert into raw.{table} {statement}")
    connection.commit()
