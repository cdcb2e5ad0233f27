"""TradingView chart exports: daily bars of CRYPTOCAP indices, from files that the user puts into the imports folder.

TradingView has no API for its indices, and its terms forbid reading its web socket; "Export chart data…" is allowed.
The daily chart of CRYPTOCAP:TOTAL2 becomes `CRYPTOCAP_TOTAL2, 1D.csv`: the symbol is in the name, the first line is
`time,open,high,low,close` and one more column per study on the chart (`Volume` and others). `time` is the UTC day, as
an ISO date or in seconds, as chosen in the export dialogue. Values are US dollars. TOTAL2 is the top 125 coins without
Bitcoin, TOTAL3 without Ether besides, stablecoins included; past days change a little when TradingView recomputes them.
BTC.D is Bitcoin's share of the top 125 in percent (`CRYPTOCAP_BTC.D, 1D.csv`).
Definitions: https://www.tradingview.com/support/solutions/43000550480

The last bar of an export may be unfinished, and the file does not mark it: a day counts as closed when it ended before
the file was read, so export after midnight UTC.
"""

import csv
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from orchestration.sources.shared.contract import Dataset, Parsed, Request, Response, Row, Slice, SourceRejected
from orchestration.sources.shared.figures import DAY, NOT_NEGATIVE, Bar, Timestamp, prices_of
from orchestration.sources.shared.parsing import MILLISECONDS_FROM, InvalidRecord, number, parse_records, unknown_column
from orchestration.sources.shared.provider import Provider, Rate

FILE_NAME = re.compile(r"(?P<exchange>[A-Z]+)_(?P<index>[A-Z0-9.]+), 1D(?:[ _].*)?\.csv")
"""Browsers add ' (1)' to a second download, TradingView sometimes a suffix after '_'."""
PRICES = ("open", "high", "low", "close")
DOMINANCE = ".D"
"""The suffix of indices that are shares in percent."""

PROVIDER = Provider(
    name="tradingview",
    title="TradingView chart exports",
    default_url="imports:",
    licence="The user's own export: TradingView's terms allow personal use and forbid redistribution.",
    limitations="No API: the days in your export.",
    rate=Rate(1, 1),
)


def plan_nothing(wanted: Slice) -> Iterator[Request]:
    """No request, because the user's files are the responses."""
    yield from ()


def parse_bars(response: Response) -> Parsed:
    """One row per closed UTC day of the file, oldest first; `time` as an ISO date, other days are absent."""
    name = response.request.path
    symbol = _symbol(name)
    try:
        lines = [line for line in csv.reader(response.body.decode("utf-8-sig").splitlines()) if line]
    except (UnicodeDecodeError, csv.Error):
        lines = []
    header = [column.strip().lower() for column in lines[0]] if lines else []
    if header[:5] != ["time", *PRICES]:
        raise SourceRejected(
            f"imports/{name} does not begin with time,open,high,low,close: export the chart again as CSV"
        )
    parsed = parse_records(lines[1:], lambda line: _row(response, symbol, header, line), key_width=2)
    studies = ", ".join(sorted(set(header[5:]) - {"volume"}))
    notice = [unknown_column(studies)] if studies else []
    return Parsed(parsed.rows, [*parsed.rejected, *notice])


def _symbol(name: str) -> str:
    """'CRYPTOCAP:TOTAL2' from 'CRYPTOCAP_TOTAL2, 1D.csv'."""
    match = FILE_NAME.fullmatch(name)
    if match is None:
        raise SourceRejected(
            f"imports/{name} is not named as TradingView names an export: 'CRYPTOCAP_TOTAL2, 1D.csv' was expected"
        )
    return f"{match['exchange']}:{match['index']}"


def _row(response: Response, symbol: str, header: list[str], line: list[str]) -> Row | None:
    if len(line) != len(header):
        raise InvalidRecord(f"the line has {len(line)} values where the header has {len(header)}")
    day = _day(line[0])
    if day > response.latest_timestamp:
        written = f"{response.fetched_at:%Y-%m-%d %H:%M} UTC"
        raise InvalidRecord(f"time lies in the future of the file, which was written at {written}")
    prices = [number(value, name, text_allowed=True) for name, value in zip(PRICES, line[1:5], strict=True)]
    if symbol.endswith(DOMINANCE) and max(prices) >= 100:
        raise InvalidRecord(f"{symbol} is {max(prices)}, no share in percent")
    volume = _volume(line[header.index("volume")]) if "volume" in header else None
    if day + timedelta(days=1) > response.as_of:
        return None
    return (symbol, f"{day:%Y-%m-%d}", *prices, volume)


def _day(written: str) -> datetime:
    if written.isdecimal() and len(written) > 8:
        if int(written) >= MILLISECONDS_FROM:
            raise InvalidRecord("time is in milliseconds; seconds were expected")
        day = datetime.fromtimestamp(int(written), UTC)
    else:
        try:
            day = datetime.fromisoformat(written)
        except ValueError:
            raise InvalidRecord(f"time is {written!r}, neither an ISO date nor seconds since 1970") from None
        day = day.replace(tzinfo=UTC) if day.tzinfo is None else day.astimezone(UTC)
    if day != day.replace(hour=0, minute=0, second=0, microsecond=0):
        raise InvalidRecord("time is no midnight in UTC: set the chart to UTC before the export")
    return day


def _volume(written: str) -> Decimal | None:
    """TradingView leaves the cell empty or writes NaN where a study has no value."""
    return None if written in ("", "NaN") else number(written, "volume", text_allowed=True)


DATASETS = (
    Dataset(
        provider=PROVIDER,
        name="bars_1d",
        title="Daily bars of TradingView's CRYPTOCAP indices, imported from chart exports",
        subject_group="market_caps",
        columns={
            "symbol": "varchar",
            "time": "varchar",
            "open": "decimal(24,6)",
            "high": "decimal(24,6)",
            "low": "decimal(24,6)",
            "close": "decimal(24,6)",
            "volume": "decimal(24,6)",
        },
        key=("symbol", "time"),
        read=parse_bars,
        plan=plan_nothing,
        figures=prices_of(Bar()) | {"volume": NOT_NEGATIVE.or_missing},
        bar=Bar(),
        timestamps={"time": Timestamp("text", every=DAY)},
        covers_until="max(left(time, 10)::date) + interval 1 day",
        per_asset=False,
        file_pattern="CRYPTOCAP_*, 1D*.csv",
    ),
)
