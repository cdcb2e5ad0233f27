"""A day as people write it on a command line: 2025-05-08, yesterday, 8may, "8 May 2025"."""

from datetime import date, datetime, timedelta

RELATIVE = {"today": 0, "yesterday": 1}
WITH_YEAR = ("%Y-%m-%d", "%d.%m.%Y", "%d%b%Y", "%d%B%Y", "%b%d%Y", "%B%d%Y")
WITHOUT_YEAR = ("%d%b", "%d%B", "%b%d", "%B%d", "%d.%m.")
LEAP_YEAR = "2000"
YEARS_BACK = 8
"""A leap day comes again within so many years."""


class UnknownDay(ValueError):
    """A text that names no day; the message is a sentence."""


def parse_day(text: str, today: date) -> date:
    """The UTC day that `text` names. A day without a year is the last one of that name up to `today`.

    Raises UnknownDay for anything else.
    """
    words = text.strip().lower()
    if words in RELATIVE:
        return today - timedelta(days=RELATIVE[words])
    letters = words.replace(" ", "").replace(",", "")
    for form in WITH_YEAR:
        if found := _read(letters, form):
            return found
    for form in WITHOUT_YEAR:
        if named := _read(f"{letters}|{LEAP_YEAR}", f"{form}|%Y"):
            return _last(named, today)
    raise UnknownDay(f"{text!r} names no day: write 2025-05-08, 8may or yesterday")


def _read(text: str, form: str) -> date | None:
    try:
        return datetime.strptime(text, form).date()
    except ValueError:
        return None


def _last(named: date, today: date) -> date:
    """The newest day up to `today` with the month and day of `named`."""
    years = range(today.year, today.year - YEARS_BACK - 1, -1)
    days = (found for year in years if (found := _read(f"{year}-{named.month}-{named.day}", "%Y-%m-%d")))
    return next(day for day in days if day <= today)
