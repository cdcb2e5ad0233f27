"""Binance's archive of futures data: zips with headers and checksums of metrics, funding and liquidations. Synthetic.

Metrics and funding are the figures of `wire_binance_futures.py`. Liquidations of coin-margined contracts end before the
bundled figures begin, so a file has a few contracts at its own price, each line twice.
The archives share one URL, which `wire_binance_archive.py` sets; it calls `csv_lines` for these paths.
"""

import hashlib
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal

from orchestration.sample.figures import instant
from orchestration.sample.synthetic import price_ratio
from orchestration.sample.synthetic_futures import DAY, HOUR, asset_of, epoch_ms, hours
from orchestration.sample.wire import Wire, not_found

FILE = re.compile(
    r"/data/futures/(?P<market>um|cm)/(?:monthly|daily)/(?P<kind>metrics|fundingRate|liquidationSnapshot)/"
    r"(?P<symbol>[A-Z_]+)/(?P=symbol)-(?P=kind)-(?P<date>\d{4}-\d{2}(?:-\d{2})?)\.zip"
)
HEADERS = {
    "metrics": "create_time,symbol,sum_open_interest,sum_open_interest_value,count_toptrader_long_short_ratio,"
    "sum_toptrader_long_short_ratio,count_long_short_ratio,sum_taker_long_short_vol_ratio",
    "fundingRate": "calc_time,funding_interval_hours,last_funding_rate",
    "liquidationSnapshot": "time,side,order_type,time_in_force,original_quantity,price,average_price,order_status,"
    "last_fill_quantity,accumulated_fill_quantity",
}
FIRST_SNAPSHOT, LAST_SNAPSHOT = "2023-06-25", "2024-10-14"
PRICES = {"BTC": Decimal(60_000), "ETH": Decimal(2_500)}
FIVE_MINUTES = timedelta(minutes=5)


def csv_lines(path: str) -> list[str]:
    """The lines of the file of a path, header first; empty where there is no such file."""
    match = FILE.fullmatch(path)
    if match is None:
        return []
    kind, symbol, timestamp = match["kind"], match["symbol"], match["date"]
    asset = asset_of("binance_archive_coinm" if match["market"] == "cm" else "binance_archive_futures", symbol)
    if asset is None:
        return []
    lines = {"metrics": _metrics, "fundingRate": _rates, "liquidationSnapshot": _snapshots}[kind](
        asset, symbol, timestamp
    )
    found = list(lines)
    return [HEADERS[kind], *found] if found else []


def _metrics(asset: str, symbol: str, day: str) -> Iterator[str]:
    """Every five minutes after 00:00, up to the next midnight."""
    for hour in hours("binance", asset):
        if hour.opens.date().isoformat() != day:
            continue
        coins = f"{hour.open_interest_usd / hour.price:.10f},{hour.open_interest_usd:.10f}"
        for part in range(1, 13):
            at = hour.opens + part * FIVE_MINUTES
            yield f"{at:%Y-%m-%d %H:%M:%S},{symbol},{coins},1.40000000,1.10000000,{hour.ratio:.8f},1.05000000"


def _rates(asset: str, symbol: str, month: str) -> Iterator[str]:
    for hour in hours("binance", asset):
        at = hour.opens + HOUR
        if at.hour % 8 == 0 and f"{at:%Y-%m}" == month:
            yield f"{epoch_ms(at) + hour.opens.day % 9},8,{hour.funding}"


def _snapshots(asset: str, symbol: str, day: str) -> Iterator[str]:
    if not FIRST_SNAPSHOT <= day <= LAST_SNAPSHOT:
        return
    leader, ratio = price_ratio(asset)
    for number, byte in enumerate(hashlib.sha256(f"{symbol} {day}".encode()).digest()[:8]):
        at: datetime = instant(day) + number * DAY / 8 + timedelta(seconds=byte)
        price = (PRICES[leader] * ratio * (1 + Decimal(byte - 128) / 10_000)).quantize(Decimal("0.0001"))
        side = "SELL" if byte % 2 else "BUY"
        line = f"{epoch_ms(at)},{side},LIMIT,IOC,{byte + 1},{price},{price},FILLED,{byte + 1},{byte + 1}"
        yield from (line, line)


WIRE = Wire("binance_archive_futures", lambda request: not_found(), lambda url: {}, bundled=False)
