"""A home with made-up events, hours and days, for the models of much volume: 200,000 events in four venues' formats.

Among them are events at one instant with the same figures, events at the edges of days, contracts and coins, values
beyond the limit, products of thirty digits, and versions that correct earlier ones.
"""

from datetime import datetime, timedelta
from pathlib import Path

from bench.made_up_history import History
from orchestration.raw.working_file import connect

FIRST = datetime(2025, 1, 1)
DAYS = 40
EVENTS = 50_000
"""Per venue."""
EXCHANGES = 20
"""Of Coinalyze, with a contract each."""

INSTANT = "epoch_ms(timestamp '{first}') + (i % 20011) * (86400000::bigint * {days} // 20011) // 500 * 500"
QUANTITY = "(1 + hash(i % 40009, 3) % 1000000007)::decimal(28, 10) / 977"
PRICE = "(1 + hash(i % 40009, 4) % 99999989)::decimal(28, 10) / 1009"
VERSION = "timestamp '{seen}' + to_seconds(i % 3) as observed_at, 'r' || (i % 7) as response_id"
STREAM = f"""
    select {{symbols}}[1 + (hash(i % 40009) % 3)::bigint] as symbol, {INSTANT} as event_time,
        {INSTANT} + 7 as pushed_at,
        if(hash(i % 40009, 2) % 2 = 0, 'buy', 'sell') as side, {QUANTITY} as quantity, {PRICE} as price,
        {PRICE} + i % 2 as average_price, 1 + i % 2 as occurrence, {VERSION}
"""
TABLES = {
    "aster_stream_liquidations": STREAM.replace("{symbols}", "['BTCUSDT', 'ADAUSDT', '1000SHIBUSDT']"),
    "bitget_stream_liquidations": STREAM.replace("{symbols}", "['BTCUSDT', 'ADAUSDT', 'NOTHING']"),
    "bitfinex_liquidations": f"""
        select i % 40009 as pos_id, {INSTANT} as mts, if(hash(i, 6) % 2 = 0, 1, -1) * {QUANTITY} as amount,
            (i % 5 > 0)::integer as is_match, ['tBTCF0:USTF0', 'tADAF0:USTF0'][1 + i % 2] as symbol,
            {PRICE} as base_price, {PRICE} as price_acquired, {VERSION}
    """,
    "binance_archive_coinm_liquidation_snapshot": f"""
        select ['BTCUSD_PERP', 'ADAUSD_PERP'][1 + i % 2] as symbol, {INSTANT} as time,
            if(i % 3 = 0, 'BUY', 'SELL') as side,
            'LIMIT' as order_type, 'IOC' as time_in_force, 1 + i % 977 as original_quantity, {PRICE} as price,
            {PRICE} as average_price, 'FILLED' as order_status, 1 + i % 13 as last_fill_quantity,
            1 + i % 977 as accumulated_fill_quantity, {VERSION}
    """,
    "coinalyze_exchanges": f"select 'c' || i as code, 'Exchange ' || i as name, {VERSION}",
    "coinalyze_history_1d": f"""
        select 'liquidation-history' as endpoint, 'BTC_PERP.c' || i % {EXCHANGES} as symbol,
            epoch(timestamp '{{first}}')::bigint + i // {EXCHANGES} % {{days}} * 86400 as t, 'BTC' as base_asset,
            {QUANTITY} as l, {PRICE} as s, {VERSION}
    """,
}
ROWS = {"coinalyze_exchanges": EXCHANGES, "coinalyze_history_1d": 2 * EXCHANGES * DAYS}
RESPONSES = """
    select source || day as response_id, source, 'liquidations' as dataset, 'ALL' as subject,
        'https://example.org/' as url,
        '{{}}' as params, 200 as status, 1000 as byte_count, '' as sha256, '' as path,
        timestamp '{seen}' as fetched_at, timestamp '{seen}' as observed_at,
        day as window_start, day + interval 1 day as window_end, day as covered_from,
        day + interval 1 day as covered_until
    from (select unnest(['aster_stream', 'bitget_stream', 'bitfinex', 'binance_archive_coinm']) as source),
        (select timestamp '{first}' + to_days(i::integer) as day from range({days}) as numbers (i))
"""


def fill(home: Path) -> datetime:
    """Write the home's working file and origin; returns the instant at which all of it is known (naive UTC)."""
    history = History(FIRST, FIRST + timedelta(days=DAYS), FIRST + timedelta(days=DAYS, hours=1))
    history.write(home / "warehouse.duckdb")
    (home / "origin").write_text("live\n")
    values = {"first": FIRST, "days": DAYS, "seen": history.seen_at}
    with connect(home / "warehouse.duckdb") as connection:
        for table, select in TABLES.items():
            rows = f"{select.format(**values)} from range({ROWS.get(table, EVENTS)}) as numbers (i)"
            connection.execute(f"insert into raw.{table} by name {rows}")
        connection.execute(f"insert into raw.responses by name {RESPONSES.format(**values)}")
    return history.seen_at + timedelta(hours=1)
