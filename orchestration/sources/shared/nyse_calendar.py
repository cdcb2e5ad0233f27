"""Sessions of the New York Stock Exchange: the days on which US ETFs have flows.

From the exchange_calendars library (calendar XNYS), which has every holiday, early close and unscheduled closure, so
nothing is requested. Farside's dated rows equal these sessions exactly since 2024-01-11.
"""

from datetime import date, datetime

from orchestration.sources.shared.contract import Row

FIRST_DATE = date(2009, 1, 2)
"""The session before Bitcoin's first block."""


def sessions(now: datetime) -> list[Row]:
    """Rows (session_date, opens_at, closes_at, is_early_close), oldest first, to the end of the year after `now`.

    Instants are naive and in UTC; holidays and weekends are absent. Future sessions change when a closure is announced.
    """
    # The library imports pandas, which takes a second: only this call pays for it.
    from exchange_calendars import get_calendar

    calendar = get_calendar("XNYS", start=FIRST_DATE.isoformat(), end=date(now.year + 1, 12, 31).isoformat())
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
