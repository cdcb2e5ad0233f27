"""Sessions of the New York Stock Exchange: the days on which US ETFs have flows.

From the exchange_calendars library (calendar XNYS), which has every holiday, early close and unscheduled closure, so
nothing is requested. Farside's dated rows equal these sessions exactly since 2024-01-11.
"""

import json
import os
from contextlib import suppress
from datetime import date, datetime
from importlib.metadata import version
from pathlib import Path

from orchestration.sources.shared.contract import Row

FIRST_DATE = date(2009, 1, 2)
"""The session before Bitcoin's first block."""


def sessions(now: datetime) -> list[Row]:
    """Rows (session_date, opens_at, closes_at, is_early_close), oldest first, to the end of the year after `now`.

    Instants are naive and in UTC; holidays and weekends are absent. Future sessions change when a closure is announced.
    """
    # The library imports pandas, which takes a second: only this call pays for it.
    from exchange_calendars import get_calendar

    calendar = get_calendar("XNYS", start=FIRST_DATE.isoformat(), end=_last_date(now).isoformat())
    early = set(calendar.early_closes)
    return [
        (
            session.date(),
            opens.tz_convert("UTC").tz_localize(None).to_pydatetime(),
            closes.tz_convert("UTC").tz_localize(None).to_pydatetime(),
            session in early,
        )
        for session, opens, closes in zip(calendar.sessions, calendar.opens, calendar.closes, strict=True)
    ]


def kept_sessions(now: datetime, folder: Path) -> list[Row]:
    """As `sessions`, read from a file in `folder` where this version of the library has made them already.

    The library takes half a second for them. They are made again where the file can't be read or written.
    """
    file = folder / f"nyse_sessions.{version('exchange_calendars')}.{FIRST_DATE}.{_last_date(now)}.json"
    with suppress(OSError, ValueError, TypeError):
        return [
            (date.fromisoformat(day), datetime.fromisoformat(opens), datetime.fromisoformat(closes), is_early)
            for day, opens, closes, is_early in json.loads(file.read_text())
        ]
    made = sessions(now)
    with suppress(OSError):
        unfinished = file.with_name(f"{file.name}.{os.getpid()}")
        unfinished.write_text(json.dumps(made, default=str))
        os.replace(unfinished, file)
    return made


def _last_date(now: datetime) -> date:
    return date(now.year + 1, 12, 31)
