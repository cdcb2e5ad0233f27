"""Binance's archive: zipped CSV files, spot klines without a header, and a checksum for each.

The figures are those of the API in the sample market (`wire_binance.py`), in microseconds since 2025; whole months
appear on the first Monday after them, days on the day after. Some figures are synthetic, so the full market only.
"""

import hashlib
import io
import re
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache

from orchestration.sample.figures import instant
from orchestration.sample.synthetic import Line, binance_hours, days
from orchestration.sample.wire import Wire, WireRequest, WireResponse
from orchestration.sample.wire_binance_archive_futures import csv_lines

FILE = re.compile(
    r"/data/spot/(?:monthly|daily)/klines/(?P<symbol>[A-Z0-9]+)/(?P<interval>1d|1h)/"
    r"(?P=symbol)-(?P=interval)-(?P<date>\d{4}-\d{2}(?:-\d{2})?)\.zip"
)
PUBLISHED = re.compile(r"/data/\w+/(?:\w\w/)?(?P<period>monthly|daily)/.*-(?P<date>\d{4}-\d{2}(?:-\d{2})?)\.zip")
CHECKSUM = ".CHECKSUM"
DAY = timedelta(days=1)
SPANS = {"1d": DAY, "1h": timedelta(hours=1)}
MICROSECONDS_SINCE = datetime(2025, 1, 1, tzinfo=UTC)
ABSENT = (
    b'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>NoSuchKey</Code>'
    b"<Message>The specified key does not exist.</Message></Error>"
)


def respond(request: WireRequest) -> WireResponse:
    """A file, its checksum, or the bucket's 404."""
    path = request.path.removesuffix(CHECKSUM)
    match = PUBLISHED.fullmatch(path)
    body = zipped(path) if match and _is_published(match["period"], match["date"], request.now) else b""
    if not body:
        return WireResponse(ABSENT, 404, "application/xml")
    if request.path.endswith(CHECKSUM):
        name = path.rpartition("/")[2]
        return WireResponse(
            f"{hashlib.sha256(body).hexdigest()}  {name}\n".encode(), content_type="binary/octet-stream"
        )
    return WireResponse(body, content_type="application/zip")


def _is_published(period: str, timestamp: str, now: datetime) -> bool:
    if period == "daily":
        return len(timestamp) == 10 and instant(timestamp) + 2 * DAY <= now
    next_month = (instant(f"{timestamp[:7]}-01") + 32 * DAY).replace(day=1)
    first_monday = next_month + timedelta(days=-next_month.weekday() % 7)
    return len(timestamp) == 7 and first_monday <= now


@cache
def zipped(path: str) -> bytes:
    """The zip file of a path, always with the same bytes; empty where it has no line."""
    match = FILE.fullmatch(path)
    lines = list(_csv_lines(match["symbol"], match["interval"], match["date"])) if match else csv_lines(path)
    if not lines:
        return b""
    name = path.rpartition("/")[2].replace(".zip", ".csv")
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo(name, (2025, 1, 1, 0, 0, 0)), "\n".join(lines) + "\n", zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def _csv_lines(symbol: str, interval: str, timestamp: str) -> Iterator[str]:
    bars = days("binance", symbol) if interval == "1d" else binance_hours(symbol)
    for bar in bars:
        written = bar["trade_date"] if interval == "1d" else bar["open_at"]
        if written.startswith(timestamp):
            yield _csv_line(bar, instant(written), SPANS[interval])


def _csv_line(bar: Line, opens: datetime, span: timedelta) -> str:
    unit = 1_000_000 if opens >= MICROSECONDS_SINCE else 1_000
    values = {name: f"{Decimal(bar[name]):.8f}" for name in bar if name not in ("symbol", "trade_date", "open_at")}
    prices = (values[name] for name in ("open", "high", "low", "close", "volume"))
    taker = (values["taker_buy_volume"], values["taker_buy_quote_volume"], "0")
    closes = int((opens + span).timestamp()) * unit - 1
    first = (str(int(opens.timestamp()) * unit), *prices, str(closes), values["quote_volume"])
    return ",".join((*first, bar["trade_count"], *taker))


WIRE = Wire("binance_archive", respond, lambda url: {"BINANCE_ARCHIVE_BASE_URL": url}, bundled=False)
