"""A known day through every source: whatever instant a provider stamps it with, it comes out as the day it closes.

Each body is written in the provider's shape with a published figure in it, loaded as a run would, and read in staging.
Where no figure of the source itself is known, its day carries that of another venue, as near as venues are.
"""

import csv
import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from orchestration.ingest.landing import Landing
from orchestration.raw.load import load
from orchestration.raw.working_file import prepare
from orchestration.sources.shared.contract import Request, Window
from orchestration.sources.shared.registry import dataset
from tests.recordings import KNOWN_DAYS, needs_recordings

SEEN = datetime(2026, 11, 1, 6, tzinfo=UTC)
EVER = Window(datetime(2010, 1, 1, tzinfo=UTC), SEEN)
BITCOINS_CLOSE = "103253.49"
BITCOIN_AT_BINANCE = "102971.99"


def opens(day: date) -> int:
    """Seconds since 1970 at the start of a UTC day."""
    return (day - date(1970, 1, 1)).days * 86_400


@dataclass(frozen=True)
class Known:
    """A figure at a source: what it returns, where staging has it, and which day and instant are right."""

    source: str
    body: Callable[[date, str], bytes]
    model: str
    """The staging view, without its suffix `_versions`."""
    column: str
    day: date
    figure: str
    as_of: str
    """The column of the instant, or an expression for it."""
    instant: datetime
    fact: str | None = None
    path: str = "/"
    params: tuple[tuple[str, str], ...] = ()


def midnight_after(day: date) -> datetime:
    return datetime.combine(day, datetime.min.time()) + timedelta(days=1)


def text(value: object) -> bytes:
    return json.dumps(value).encode()


def kline(day: date, close: str, unit: int = 1_000) -> list[object]:
    first = opens(day) * unit
    last = first + 86_400 * unit - 1
    return [first, close, close, close, close, "1", last, "1", 1, "1", "1", "0"]


def binance(day: date, close: str) -> bytes:
    return text([kline(day, close)])


def binance_archive(day: date, close: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        line = ",".join(str(value) for value in kline(day, close, unit=1_000_000))
        archive.writestr(f"BTCUSDT-1d-{day}.csv", line + "\n")
    return packed.getvalue()


def coinbase(day: date, close: str) -> bytes:
    return text([[opens(day), *[float(close)] * 4, 1]])


def kraken(day: date, close: str) -> bytes:
    bar = [opens(day), *[close] * 5, "1.0", 7]
    return text({"error": [], "result": {"XXBTZUSD": [bar], "last": opens(day)}})


def bitstamp(day: date, close: str) -> bytes:
    bar = {"timestamp": str(opens(day)), **dict.fromkeys(("open", "high", "low", "close"), close), "volume": "1"}
    return text({"data": {"pair": "BTC/USD", "ohlc": [bar]}})


def okx(day: date, close: str) -> bytes:
    return text({"code": "0", "msg": "", "data": [[str(opens(day) * 1000), *[close] * 4, "1", "1", "1", "1"]]})


def coinmetrics(day: date, price: str) -> bytes:
    return text({"data": [{"asset": "btc", "time": f"{day}T00:00:00.000000000Z", "PriceUSD": price}]})


def defillama(seconds_off: int) -> Callable[[date, str], bytes]:
    def body(day: date, price: str) -> bytes:
        point = {"timestamp": opens(day) + 86_400 + seconds_off, "price": float(price)}
        return text({"coins": {"coingecko:bitcoin": {"symbol": "BTC", "confidence": 0.99, "prices": [point]}}})

    return body


FIRST_FACT = datetime(2025, 5, 9, 1, 42, 59, 999_000)
"""When CoinMarketCap reported the market without Bitcoin: the end of 8 May."""
EX_BTC = "1175189916810.50"
TOTAL = "3216774448504.00"


def coinmarketcap(day: date, ex_btc: str) -> bytes:
    written = "2025-05-09T01:42:59.999Z"
    dollars = {"total_market_cap": float(TOTAL), "altcoin_market_cap": float(ex_btc), "timestamp": written}
    quote = {"timestamp": written, "btc_dominance": 63.47, "eth_dominance": 8.5, "quote": {"USD": dollars}}
    return text({"status": {"error_code": 0}, "data": {"quotes": [quote]}})


def coinmarketcap_public(day: date, ex_btc: str) -> bytes:
    dollars = {"total_market_cap": float(TOTAL), "altcoin_market_cap": float(ex_btc)}
    data = {"quote": {"USD": dollars}, "btc_dominance": 63.47, "eth_dominance": 8.5}
    data |= {"last_updated": "2025-05-09T01:42:59.999Z"}
    return text({"status": {"error_code": "0"}, "data": data})


def coinmarketcap_web(day: date, ex_btc: str) -> bytes:
    """Stamped with the start of the next day, taken two minutes later."""
    starts = day + timedelta(days=1)
    dollars = {"name": "2781", "totalMarketCap": float(TOTAL), "altcoinMarketCap": float(ex_btc)}
    dollars |= {"originalScore": str(opens(starts) + 120)}
    quote = {"timestamp": f"{starts}T00:00:00.000Z", "btcDominance": 63.47, "ethDominance": 8.5, "quote": [dollars]}
    return text({"status": {"error_code": "0"}, "data": {"quotes": [quote]}})


def coingecko(day: date, total: str) -> bytes:
    taken = opens(day + timedelta(days=1)) + 6179
    shares = {"btc": 63.0, "eth": 8.5}
    data = {"total_market_cap": {"usd": float(total)}, "market_cap_percentage": shares, "updated_at": taken}
    return text({"data": data})


def coinpaprika(day: date, total: str) -> bytes:
    taken = opens(day + timedelta(days=1)) + 6179
    told = {"market_cap_usd": int(float(total)), "bitcoin_dominance_percentage": 63.0, "last_updated": taken}
    return text(told)


def tradingview(day: date, close: str) -> bytes:
    return f"time,open,high,low,close\n{day},{close},{close},{close},{close}".encode()


MAY_8, MAY_9 = date(2025, 5, 8), date(2025, 5, 9)
QUARTER_TO_TWO = datetime(2025, 5, 9, 1, 42, 59)
KNOWN = [
    Known("binance klines_1d", binance, "stg_binance__daily_klines", "close_usd", MAY_9, BITCOIN_AT_BINANCE,
          "closes_at", midnight_after(MAY_9), "F016", params=(("symbol", "BTCUSDT"),)),
    Known("binance_archive klines_1d", binance_archive, "stg_binance__daily_klines", "close_usd", MAY_9,
          BITCOIN_AT_BINANCE, "closes_at", midnight_after(MAY_9), "F016",
          "/data/spot/daily/klines/BTCUSDT/1d/BTCUSDT-1d-2025-05-09.zip"),
    Known("coinbase candles_1d", coinbase, "stg_coinbase__daily_candles", "close_usd", MAY_8, BITCOINS_CLOSE,
          "closes_at", midnight_after(MAY_8), "F076", "/products/BTC-USD/candles"),
    Known("kraken ohlc_1d", kraken, "stg_kraken__daily_bars", "close_usd", MAY_8, BITCOINS_CLOSE,
          "closes_at", midnight_after(MAY_8), params=(("pair", "XBTUSD"),)),
    Known("bitstamp ohlc_1d", bitstamp, "stg_bitstamp__daily_bars", "close_usd", MAY_8, BITCOINS_CLOSE,
          "closes_at", midnight_after(MAY_8), path="/api/v2/ohlc/btcusd/"),
    Known("okx candles_1d", okx, "stg_okx__daily_candles", "close_usd", MAY_9, BITCOIN_AT_BINANCE,
          "closes_at", midnight_after(MAY_9), params=(("instId", "BTC-USDT"),)),
    Known("coinmetrics asset_metrics_1d", coinmetrics, "stg_coinmetrics__asset_metrics", "price_usd",
          date(2013, 11, 30), "1119.296715", "as_of_at", datetime(2013, 12, 1), "F081"),
    Known("defillama_coins chart_1d", defillama(-168), "stg_defillama__coin_prices", "price_usd", MAY_8,
          BITCOINS_CLOSE, "as_of_at", datetime(2025, 5, 8, 23, 57, 12), path="/chart/coingecko:bitcoin"),
    Known("defillama_coins chart_1d", defillama(133), "stg_defillama__coin_prices", "price_usd", MAY_8,
          BITCOINS_CLOSE, "as_of_at", datetime(2025, 5, 9, 0, 2, 13), path="/chart/coingecko:bitcoin"),
    Known("coinmarketcap global_metrics", coinmarketcap, "stg_coinmarketcap__global_metrics", "ex_btc_usd", MAY_8,
          EX_BTC, "snapshot_at", FIRST_FACT, "F156"),
    Known("coinmarketcap_public global_metrics", coinmarketcap_public, "stg_coinmarketcap__latest_metrics",
          "ex_btc_usd", MAY_8, EX_BTC, "snapshot_at", FIRST_FACT, "F156"),
    Known("coinmarketcap_web global_metrics", coinmarketcap_web, "stg_coinmarketcap__web_metrics", "ex_btc_usd", MAY_8,
          EX_BTC, "snapshot_at", datetime(2025, 5, 9, 0, 2)),
    Known("coingecko global", coingecko, "stg_coingecko__global", "total_usd", MAY_8, TOTAL, "snapshot_at",
          QUARTER_TO_TWO),
    Known("coinpaprika global", coinpaprika, "stg_coinpaprika__global", "total_usd", MAY_8, TOTAL, "snapshot_at",
          QUARTER_TO_TWO),
    Known("tradingview bars_1d", tradingview, "stg_tradingview__daily_bars", "close_usd", date(2024, 12, 7),
          "1611756076000", "closes_at", datetime(2024, 12, 8), "F146", "CRYPTOCAP_TOTAL2, 1D.csv"),
]  # fmt: skip


@pytest.mark.parametrize("known", KNOWN, ids=lambda known: f"{known.source} {known.instant:%H%M}")
def test_a_known_day_is_the_day_that_it_closes(
    known: Known, tampered: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    asked = dataset(*known.source.split())
    tampered.execute("set timezone = 'UTC'")
    prepare(tampered, [asked])
    for table in tampered.execute("select table_name from duckdb_tables() where schema_name = 'raw'").fetchall():
        tampered.execute(f"delete from raw.{table[0]}")
    request = Request(known.path, dict(known.params), "BTC", EVER)
    stored = Landing(tmp_path).store(asked, request, "u", 200, known.body(known.day, known.figure), SEEN)
    loaded = load(tampered, asked, [stored], tmp_path)
    assert (loaded.rows_new, loaded.rejected) == (1, 0)
    staged = f"staging.{known.model}_versions"
    rows = tampered.execute(f"select trade_date, {known.column}, {known.as_of} from {staged}").fetchall()
    assert rows == [(known.day, Decimal(known.figure), known.instant)]


@needs_recordings
def test_the_figures_are_the_published_ones() -> None:
    with KNOWN_DAYS.open(newline="") as file:
        facts = {line["fact_id"]: line for line in csv.DictReader(file)}
    for known in KNOWN:
        if known.fact:
            unit = 10**9 if facts[known.fact]["unit"] == "billion USD" else 1
            assert float(facts[known.fact]["value"]) * unit == pytest.approx(float(known.figure), rel=1e-9)


def test_every_source_of_prices_and_market_caps_has_a_known_day() -> None:
    from orchestration.sources.shared.registry import datasets

    groups = {"prices", "reference_prices", "market_caps"}
    needed = {f"{found.provider.name} {found.name}" for found in datasets() if found.subject_group in groups}
    # Hours are stamped as days are; Tether's bars are those of their venues; a record has its instant.
    same_stamps = {"binance klines_1h", "binance_archive klines_1h", "coinbase_quotes candles_1d"}
    same_stamps |= {"coingecko all_time_highs"}
    assert needed - same_stamps - {"kraken_quotes ohlc_1d"} == {known.source for known in KNOWN}
