"""Days, windows and "since" as texts write them, resolved against the day of the text.

Every day is a UTC day. A text of a day without an hour speaks of days that have ended: its default is the day before.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from orchestration.verify.amounts import COUNTS

MONTHS = {name: number for number, names in enumerate(
    ("january jan", "february feb", "march mar", "april apr", "may", "june jun", "july jul", "august aug",
     "september sept sep", "october oct", "november nov", "december dec"), start=1
) for name in names.split()}  # fmt: skip
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MONTH = (
    r"(?:Jan(?:uary|\.)?|Feb(?:ruary|\.)?|Mar(?:ch|\.)?|Apr(?:il|\.)?|May|June?\.?|July?\.?|"
    r"Aug(?:ust|\.)?|Sept?(?:ember|\.)?|Oct(?:ober|\.)?|Nov(?:ember|\.)?|Dec(?:ember|\.)?)"
)
DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
COUNT = rf"(?P<count>\d+|{'|'.join(COUNTS[1:])}|a|an|thirty|seven)"
MANY = COUNT.replace("?P<count>", "?:")
UNITS = {"day": 1, "session": 1, "week": 7, "month": 30, "quarter": 91, "year": 365}
ONE_DAY = timedelta(days=1)
SOON = timedelta(days=30)
SOON_AFTER = timedelta(days=7)
SATURDAY = 5
WEEK_IS_OVER = 4
"""From Friday on a week that 'closed' may be the one before or the present one."""


@dataclass(frozen=True)
class Time:
    """What a text says about time: a `day`, a `period` (its days, both included), or `rolling` 24 hours.

    `precision` is how exactly the words name the day: 'day', 'month' or 'year'. Other kinds: 'sessions' (the last
    `count` of them, up to `last` where it is named), 'launch' (since a fund's launch), 'first_day' (of a fund),
    'that_day', 'day_before' and 'day_after' (relative to a day named earlier), 'one_day' (some day), 'hours' (another
    number of them than 24), 'lasting' (how long something held), 'unknown' (a day that the calendar does not name),
    'unclear' (more than one period may be meant), and 'regular' ('weekly' or 'monthly', by its `precision`). A period
    of a few days has their `count`: of flows, sessions may be meant. The `precision` 'part' is some part of a month,
    as in 'early May'; 'any' are 24 hours that the words do not call the past ones.
    """

    kind: str
    first: date | None = None
    last: date | None = None
    precision: str = "day"
    count: int | None = None


@dataclass(frozen=True)
class Found:
    """A time and where it is in the text."""

    start: int
    end: int
    time: Time


@dataclass(frozen=True)
class Clock:
    """A full hour of a day, of UTC or of New York."""

    hour: int
    is_of_new_york: bool

    def on(self, day: date) -> datetime:
        """The naive UTC instant at which it is that hour of a day."""
        zone = ZoneInfo("America/New_York") if self.is_of_new_york else UTC
        local = datetime.combine(day, time(self.hour), zone)
        return local.astimezone(UTC).replace(tzinfo=None)


def clock_of(text: str) -> Clock | None:
    """The full hour that words such as '4 a.m. UTC' and '16:00 ET' name; None where they name none."""
    found = re.fullmatch(
        r"(?P<hour>\d{1,2})(?::00)? ?(?:(?P<half>[ap])\.?m\.?)? (?P<zone>UTC|GMT|ET|EST|EDT)", text, re.IGNORECASE
    )
    if found is None:
        return None
    hour = int(found["hour"])
    if found["half"]:
        hour = hour % 12 + (12 if found["half"].lower() == "p" else 0)
    return Clock(hour, found["zone"].upper() not in ("UTC", "GMT")) if hour < 24 else None


Rule = tuple[re.Pattern[str], Callable[["re.Match[str]", date], Time | None]]


def _day(day: date) -> Time:
    return Time("day", day, day)


def _period(first: date, last: date, precision: str = "day") -> Time:
    return Time("period", first, max(first, last), precision)


def _month_number(text: str) -> int:
    return MONTHS[text.lower().rstrip(".")]


def named_day(text_day: date, month: int, day: int, year: int | None) -> date | None:
    """The day of that name; without a year the last one up to the day of the text. None for a 31 April."""
    try:
        if year is not None:
            return date(year, month, day)
        found = date(text_day.year, month, day)
        # A day soon after the text is one that it could not know, not one of a year ago.
        return found if found <= text_day + SOON else date(text_day.year - 1, month, day)
    except ValueError:
        return None


def _named(found: "re.Match[str]", text_day: date) -> Time | None:
    year = int(found["year"]) if found["year"] else None
    if found["ago"]:
        year = text_day.year - 1
    day = named_day(text_day, _month_number(found["month"]), int(found["day"]), year)
    return _day(day) if day else None


def _month(found: "re.Match[str]", text_day: date) -> Time | None:
    month = _month_number(found["month"])
    year = int(found["year"]) if found["year"] else text_day.year
    if not found["year"]:
        year -= 1 if found["ago"] or month > text_day.month else 0
        year -= 1 if found["last"] and not found["ago"] and month == text_day.month else 0
    period = _month_of(date(year, month, 1), text_day)
    return replace(period, precision="part") if found.groupdict().get("part") else period


def _begun(found: "re.Match[str]", text_day: date) -> Time:
    """The period that 'the start of May' begins, as far as its days have ended."""
    if found["unit"]:
        return _to_date(found, text_day)
    if found["year"]:
        return _year_of(int(found["year"]), text_day)
    month = _month_number(found["month"])
    year = int(found["of"]) if found["of"] else text_day.year - int(month > text_day.month)
    return _month_of(date(year, month, 1), text_day)


def _days_of(found: "re.Match[str]", text_day: date) -> Time | None:
    """'In the first eight days of May'."""
    month = _month_number(found["month"])
    year = int(found["year"]) if found["year"] else text_day.year - int(month > text_day.month)
    whole, days = _month_of(date(year, month, 1), date.max), timedelta(days=_count(found["count"]) - 1)
    assert whole.first is not None
    assert whole.last is not None
    if found["side"].lower() == "first":
        return _period(whole.first, whole.first + days)
    return _period(whole.last - days, whole.last)


def _month_of(first: date, text_day: date) -> Time:
    after = (first + timedelta(days=32)).replace(day=1)
    last = after - ONE_DAY
    return _period(first, min(last, text_day - ONE_DAY) if first <= text_day else last, "month")


def _weekday(found: "re.Match[str]", text_day: date) -> Time:
    back = (text_day.weekday() - DAYS.index(found["weekday"].lower())) % 7
    return _day(text_day - timedelta(days=back or (7 if found["last"] else 0)))


def _span(found: "re.Match[str]", text_day: date) -> Time | None:
    unit = found["unit"].lower().rstrip("s")
    count = _count(found["count"] if "count" in found.groupdict() else None)
    days = UNITS[unit] * count
    if unit == "day" and count == 1:
        return Time("rolling")
    period = _period(text_day - timedelta(days=days), text_day - ONE_DAY)
    return replace(period, count=count) if unit == "day" and count < UNITS["week"] else period


def _sessions(found: "re.Match[str]", text_day: date) -> Time:
    return Time("sessions", count=_count(found["count"]))


def _sessions_to(found: "re.Match[str]", text_day: date) -> Time | None:
    last = _first_day(found["until"], text_day)
    return Time("sessions", last=last, count=_count(found["count"])) if last else None


def _weekend(found: "re.Match[str]", text_day: date) -> Time:
    """The last one that had ended; on a Saturday or Sunday the one before or the present one may be meant."""
    if text_day.weekday() >= SATURDAY:
        return Time("unclear")
    sunday = text_day - timedelta(days=text_day.weekday() + 1)
    return _period(sunday - ONE_DAY, sunday)


def _span_to(found: "re.Match[str]", text_day: date) -> Time | None:
    """'In the three days to Thursday', that day included."""
    last = _first_day(found["until"], text_day)
    if last is None:
        return None
    days = UNITS[found["unit"].lower().rstrip("s")] * _count(found["count"])
    return _period(last - timedelta(days=days - 1), last)


def _days_from(found: "re.Match[str]", text_day: date) -> Time | None:
    """'The day after May 7', 'two days before May 7'."""
    named = _first_day(found["day"], text_day)
    if named is None:
        return None
    days = timedelta(days=_count(found["count"]))
    return _day(named - days if found["side"].lower() == "before" else named + days)


def _first_day(text: str, text_day: date) -> date | None:
    """The day that a text names."""
    return next((one.time.first for one in times(text, text_day)), None)


def _count(text: str | None) -> int:
    word = (text or "one").lower()
    if word in ("a", "an"):
        return 1
    return int(word) if word.isdigit() else 30 if word == "thirty" else COUNTS.index(word)


def _week_of(text_day: date, back: int) -> Time:
    monday = text_day - timedelta(days=text_day.weekday() + 7 * back)
    last = monday + timedelta(days=6)
    return _period(monday, last if back else max(monday, text_day - ONE_DAY))


def _year_of(year: int, text_day: date) -> Time:
    return _period(date(year, 1, 1), min(date(year, 12, 31), text_day - ONE_DAY), "year")


def _quarter(found: "re.Match[str]", text_day: date) -> Time:
    names = {"first": 1, "second": 2, "third": 3, "fourth": 4}
    text = (found["quarter"] or found["named"]).lower()
    quarter = names.get(text, 0) or int(text)
    year = int(found["year"]) if found["year"] else text_day.year
    first = date(year, 3 * quarter - 2, 1)
    last = (first + timedelta(days=93)).replace(day=1) - ONE_DAY
    return _period(first, min(last, text_day - ONE_DAY), "month")


def _calendar(found: "re.Match[str]", text_day: date) -> Time:
    unit, is_last = found["unit"].lower(), found["which"].lower() in ("last", "previous")
    if unit == "week":
        return _week_of(text_day, int(is_last))
    if unit == "year":
        return _year_of(text_day.year - int(is_last), text_day)
    first = text_day.replace(day=1)
    return _month_of((first - ONE_DAY).replace(day=1) if is_last else first, text_day)


def regular_periods(unit: str, text_day: date, is_of_flows: bool) -> tuple[Time, ...]:
    """What 'weekly' and 'monthly' may mean, the nearest first: the period that has ended, the one so far, as many days.

    A move of a price is one of the period so far first, and so are flows on a weekend: the week has no more sessions.
    """
    first = text_day.replace(day=1)
    days = _period(text_day - timedelta(days=UNITS[unit]), text_day - ONE_DAY)
    if unit == "week":
        so_far, ended = _week_of(text_day, 0), _week_of(text_day, 1)
        is_over = text_day.weekday() >= SATURDAY
    else:
        so_far, ended = _month_of(first, text_day), _month_of((first - ONE_DAY).replace(day=1), text_day)
        is_over = False
    if text_day in (first, text_day - timedelta(days=text_day.weekday())) and so_far.last == text_day:
        # Of the period that the day begins no day has ended.
        so_far = ended
    periods = (so_far, ended) if is_over else (ended, so_far)
    return tuple(dict.fromkeys((*periods, days) if is_of_flows else (so_far, days, ended)))


def _to_date(found: "re.Match[str]", text_day: date) -> Time:
    unit = found["unit"].lower()
    if unit == "week":
        # Of the week that a Monday begins no day has ended.
        return _week_of(text_day, int(text_day.weekday() == 0))
    return _month_of(text_day.replace(day=1), text_day) if unit == "month" else _year_of(text_day.year, text_day)


def _ended(found: "re.Match[str]", text_day: date) -> Time:
    """'Closed the week at …': the last one that had ended, as long as no other can be meant."""
    unit = found["unit"].lower()
    if unit == "week":
        return _week_of(text_day, 1) if text_day.weekday() < WEEK_IS_OVER else Time("unclear")
    is_new = text_day.day <= SOON_AFTER.days and (unit == "month" or text_day.month == 1)
    if not is_new:
        return Time("unclear")
    first = (text_day.replace(day=1) - ONE_DAY).replace(day=1)
    return _month_of(first, text_day) if unit == "month" else _year_of(text_day.year - 1, text_day)


def _on_one_before(found: "re.Match[str]", text_day: date) -> Time:
    """'Week over week': the seven days to now. Of months it may be calendar months or the days since a month ago."""
    unit = (found["unit"] or {"w": "week", "y": "year"}.get(found["short"][0].lower(), "month")).lower()
    if unit in ("month", "quarter"):
        return Time("unclear")
    if unit == "day":
        return Time("one_day")
    return _period(text_day - timedelta(days=UNITS[unit]), text_day - ONE_DAY)


def _between(found: "re.Match[str]", text_day: date) -> Time | None:
    """'From Monday to Thursday', 'between May 5 and May 8': both days are included."""
    names = [found["a"] or found["c"], found["b"] or found["d"]]
    first, last = (_first_day(name, text_day) for name in names)
    if first is None or last is None:
        return None
    if first > last and names[0].lower() in DAYS:
        first -= timedelta(days=7)
    return _period(first, last, "span") if first <= last else Time("unclear")


def _days_between(found: "re.Match[str]", text_day: date) -> Time | None:
    """'May 5-8': both days are included."""
    year = int(found["year"]) if found["year"] else None
    month = _month_number(found["month"])
    first, last = (named_day(text_day, month, int(found[name]), year) for name in ("day", "last"))
    return _period(first, last, "span") if first and last and first < last else None


def _than_ago(found: "re.Match[str]", text_day: date) -> Time | None:
    """'Up 12 % from a week ago': the days since then. Of a day before, the change of a day is meant."""
    unit, count = found["unit"].lower().rstrip("s"), _count(found["count"])
    if unit == "day" and count == 1:
        return None
    return _period(text_day - timedelta(days=UNITS[unit] * count), text_day - ONE_DAY)


def _ago(found: "re.Match[str]", text_day: date) -> Time | None:
    """'A week ago' is a day; of months and years a day alone is not named."""
    unit, count = found["unit"].lower().rstrip("s"), _count(found["count"])
    if unit == "day" and count == 1 and not found[0].lower().endswith("ago"):
        return None
    return _day(text_day - timedelta(days=UNITS[unit] * count)) if unit in ("day", "week") else Time("unclear")


def _week_to(found: "re.Match[str]", text_day: date) -> Time | None:
    named = _named(found, text_day)
    if named is None or named.first is None:
        return None
    if found["of"]:
        return _period(named.first, named.first + timedelta(days=6))
    return _period(named.first - timedelta(days=6), named.first)


def _rule(pattern: str, make: Callable[["re.Match[str]", date], Time | None], is_exact: bool = False) -> Rule:
    return re.compile(pattern if is_exact else rf"(?i){pattern}"), make


DATE = (
    rf"(?:(?P<month>{MONTH})\s{DAY}(?:,?\s(?P<year>\d{{4}})\b)?(?P<ago>\s(?:last year|of last year|a "
    rf"year ago))?)(?![\d%,]*\d|\s?%)"
)
DATE_2 = (
    rf"(?:{DAY}\s(?:of\s)?(?P<month>{MONTH})\b(?:,?\s(?P<year>\d{{4}})\b)?(?P<ago>\s(?:last year|of "
    rf"last year|a year ago))?)"
)
LEAD = r"(?:(?:in|over|during|within|for|across|throughout)\s)?(?:just\s|only\s)?(?:the\s)?"
BIG = r"(?:so far\s)?(?:in\s|during\s|for\s|of\s|throughout\s)?"

ONE = rf"(?:{'|'.join(DAYS)}|{MONTH}\s\d{{1,2}}(?!\d|[,.]\d)|\d{{1,2}}\s{MONTH})(?:,?\s20\d\d)?"
AGO = rf"{COUNT} (?P<unit>days?|weeks?|months?|years?) (?:ago|earlier|before|prior)"
PAST = r"(?:past|last|previous|preceding|trailing) "
OVER = r"(?:in|over|during|within|across) (?:just |only |about |the |its |their )*"
PERIODS = r"days?|weeks?|months?|years?"
MOVES = r"(?:gains?|loss(?:es)?|rises?|drops?|falls?|declines?|change|return|(?:net )?(?:inflows?|outflows?|flows?))"
SOME = r"(?:(?:the|more than|less than|over|under|about|around|nearly|almost|at least|some) )*"
SESSIONS = r"(?:(?:trading|business|working)[ -](?:days|sessions)|sessions)"
TO = r"(?:to|through|until|ended|ending)"
AND_NO_MORE = rf"(?! (?:{TO} {ONE}|(?:from|after|before|since|following) (?!\$)|(?:ago|earlier|later|of)\b))"
"""Else what follows says which days are meant."""
THAN = r"(?:from|compared (?:with|to)|versus|vs\.?|against|than)"

SINCE_START = re.compile(
    rf"(?i)the (?:start|beginning) of (?:(?:the|this) (?P<unit>year|month|week)|(?P<month>{MONTH})(?: (?P<of>20\d\d))?"
    r"|(?P<year>20\d\d))\b"
)

RULES: tuple[Rule, ...] = (
    (
        re.compile(rf"(?<=[Ss]ince ){SINCE_START.pattern[4:]}", re.IGNORECASE),
        lambda found, text_day: _begun(found, text_day),
    ),
    _rule(
        rf"\b(?:(?:from|between|on|over|in) )?(?P<month>{MONTH}) (?P<day>\d{{1,2}}) ?[-–] ?(?P<last>\d{{1,2}})\b"
        r"(?![,.]?\d)(?:,? (?P<year>20\d\d))?",
        lambda found, text_day: _days_between(found, text_day),
    ),
    _rule(
        rf"\b(?:from|between) (?P<a>{ONE}) (?:to|and|through|until) (?P<b>{ONE})"
        rf"|\b(?P<c>{ONE}) (?:through|until) (?P<d>{ONE})",
        lambda found, text_day: _between(found, text_day),
    ),
    _rule(rf"\b(?:the )?{COUNT}?[ -]?days? (?P<side>after|before|following) (?P<day>{ONE})", _days_from),
    _rule(
        rf"\b(?:the |{MANY} )+days? (?:(?:after|following) (?=\w)"
        r"|before (?=(?:the|an?|its?|their|they|\w+ing|(?-i:[A-Z])\w+)\b))",
        lambda found, text_day: Time("unknown"),
    ),
    _rule(rf"\b{THAN} {AGO}\b", lambda found, text_day: _than_ago(found, text_day)),
    _rule(rf"\b{AGO}\b", lambda found, text_day: _ago(found, text_day)),
    _rule(rf"week (?:to|ended|ending|through)\s(?P<of>\b\B)?{DATE}", _week_to),
    _rule(rf"week (?:to|ended|ending|through)\s(?P<of>\b\B)?{DATE_2}", _week_to),
    _rule(rf"week (?P<of>of)\s{DATE}", _week_to),
    _rule(rf"week (?P<of>of)\s{DATE_2}", _week_to),
    _rule(r"\b(?P<iso>20\d\d-\d\d-\d\d)\b", lambda found, text_day: _iso(found["iso"])),
    _rule(DATE, _named, True),
    _rule(DATE_2, _named, True),
    _rule(
        rf"\b(?:in |during |over |for |of )?the (?P<side>first|last|final) {COUNT} days of (?P<month>{MONTH})"
        r"(?: (?P<year>20\d\d))?",
        lambda found, text_day: _days_of(found, text_day),
    ),
    _rule(
        rf"\b(?:in |during |over |for )?the (?:first|second|third|fourth|last|final|latter|opening) "
        rf"(?:week|weeks|days|weekend|half|fortnight|third|part) of {MONTH}(?: 20\d\d)?",
        lambda found, text_day: Time("unclear"),
    ),
    _rule(
        (
            rf"\b(?P<last>last\s)?(?P<part>(?:early|mid|late)[ -])?(?P<month>{MONTH})\b(?:,? "
            rf"(?P<year>20\d\d))?(?P<ago> (?:of )?last year)?"
        ),
        _month,
        True,
    ),
    _rule(
        (
            rf"\b{LEAD}(?P<past>(?:past|last|previous|preceding)\s)?(?:24|twenty-four)[ -]?(?:hours?|hrs?|h)\b(?: "
            rf"period)?"
        ),
        lambda found, text_day: Time("rolling", precision="day" if found["past"] else "any"),
    ),
    _rule(
        (
            rf"\b(?:in|over|during|within|for|the|past|last|every|per)\s(?:(?:the|just|only|past|last|previous|preceding|"
            rf"single|same)\s)*(?:{COUNT}[ -]?)?(?:hours?|hrs?|minutes?)\b|\b\d{{1,2}}[ -]?(?:h|hours?|hrs?|minutes?)\b"
        ),
        lambda found, text_day: Time("hours"),
    ),
    _rule(
        (
            r"\bovernight\b|\b(?:(?:in|during|early|late|morning|afternoon)\s)*(?:Asian?|European?|US|American|London|"
            r"New York)(?:['’]s)? (?:(?:morning|afternoon|trading|early|late|business)\s?)+(?:hours|session)?\b"
        ),
        lambda found, text_day: Time("hours"),
    ),
    _rule(
        r"\b(?P<unit>day|week|month|quarter|year)[- ](?:over|on)[- ](?P=unit)\b|\b(?P<short>wow|mom|qoq|yoy)\b",
        lambda found, text_day: _on_one_before(found, text_day),
    ),
    _rule(rf"\b{LEAD}past (?P<unit>day)\b", _span),
    _rule(r"\b(?:over|in) the last (?P<unit>day)\b", _span),
    _rule(
        r"\b(?:in|over|within) (?:just |only )?(?:one|a|a single) day\b|\bin one session\b",
        lambda found, text_day: Time("one_day"),
    ),
    _rule(rf"\b(?:in|over|during|for) the {COUNT} (?P<unit>days?|weeks?) {TO} (?P<until>{ONE})", _span_to),
    _rule(rf"\b(?:in|over|during|for) the {COUNT} {SESSIONS} {TO} (?P<until>{ONE})", _sessions_to),
    _rule(r"\b(?:(?:over|during|in|at|on|for|this|last|past|the) )*weekend(?:['’]s)?(?! of\b)", _weekend),
    _rule(
        rf"\b(?:{LEAD}{PAST}|{OVER}){COUNT}[ -](?:straight |consecutive |successive |full )?{SESSIONS}\b{AND_NO_MORE}",
        _sessions,
    ),
    _rule(rf"\b{LEAD}{PAST}{COUNT}[ -](?P<unit>{PERIODS})\b", _span),
    _rule(rf"\b{OVER}{COUNT} (?P<unit>{PERIODS})\b{AND_NO_MORE}", _span),
    _rule(rf"\b{OVER}{COUNT} (?:{PERIODS})\b(?! (?:ago|earlier|later))", lambda found, text_day: Time("unclear")),
    _rule(rf"\b{COUNT}[- ](?P<unit>day|week|month|year) (?={MOVES}\b)", _span),
    _rule(rf"\b(?:for|spent|spending) {SOME}{COUNT} (?:{PERIODS})\b", lambda found, text_day: Time("lasting")),
    _rule(rf"\b{LEAD}past (?P<unit>week|month|year|quarter)\b", _span),
    _rule(
        r"\b(?P<unit>week|month|year)[- ]to[- ]date\b|\b(?P<ytd>ytd|mtd|wtd)\b",
        lambda found, text_day: _to_date_short(found, text_day),
    ),
    _rule(rf"\b{LEAD}(?:so far )?(?P<which>this|last|previous) (?P<unit>week|month|year)\b(?: so far)?", _calendar),
    _rule(r"\b(?:for|on) the (?P<unit>week|month|year)\b", _to_date),
    _rule(
        r"(?:(?<=\bopen )|(?<=\bopened )|(?<=\bopens )|(?<=\bstarted )|(?<=\bstarts )|(?<=\bbegan )|(?<=\bbegins )"
        r"|(?<=\bentered )|(?<= off ))the (?P<unit>week|month|year)\b",
        _to_date,
    ),
    _rule(
        (
            r"(?:(?<=\bclosed )|(?<=\bended )|(?<=\bcloses )|(?<=\bfinished )|(?<=\bclosing ))"
            r"the (?P<unit>week|month|year)\b"
        ),
        _ended,
    ),
    _rule(r"\b(?P<unit>week|month)ly\b", lambda found, text_day: Time("regular", precision=found["unit"].lower())),
    _rule(r"\bthe (?P<unit>week|month|year)\b(?= (?:up|down|higher|lower|with a)\b)", _to_date),
    _rule(
        (
            r"\b(?:the )?(?P<quarter>first|second|third|fourth) quarter(?: of "
            r"(?P<year>20\d\d))?(?P<named>\b\B)?|\bQ(?P<named2>[1-4])(?: (?P<year2>20\d\d))?\b"
        ),
        lambda found, text_day: _quarter_of(found, text_day),
    ),
    _rule(rf"(?i:\b(?:last|past)\s)(?P<last>\b)(?P<month>{MONTH})\b(?P<year>\b\B)?(?P<ago>\b\B)?", _month, True),
    _rule(rf"\b(?P<last>last )?(?P<weekday>{'|'.join(DAYS)})\b", _weekday),
    _rule(
        (
            r"\b(?:a|one|the) day (?:earlier|before)\b|\bthe (?:previous|prior|preceding) (?:day|session)\b|"
            r"\ba session earlier\b"
        ),
        lambda found, text_day: Time("day_before"),
    ),
    _rule(
        r"\b(?:(?:on )?the (?:next|following) (?:day|session)|(?:a|one) (?:day|session) later)\b",
        lambda found, text_day: Time("day_after"),
    ),
    _rule(r"\b(?:on )?(?:that|the same) (?:day|session)\b|\bon the day\b", lambda found, text_day: Time("that_day")),
    _rule(r"\byesterday\b", lambda found, text_day: _day(text_day - ONE_DAY)),
    _rule(r"\b(?:today|earlier today|this morning|tonight)\b", lambda found, text_day: _day(text_day)),
    _rule(
        rf"\b{BIG}(?<![\d$,.])(?P<year>20[12]\d)\b(?![,.]?\d|\s?%)",
        lambda found, text_day: _year_of(int(found["year"]), text_day),
    ),
)
OPENED_OR_CLOSED = (
    *("started", "starts", "began", "begins", "begun", "opened", "opens", "entered", "off"),
    *("closed", "closes", "ended", "ends", "finished"),
)
"""Verbs before a month, in which 'May' is no verb itself."""


def _iso(text: str) -> Time | None:
    try:
        return _day(date.fromisoformat(text))
    except ValueError:
        return None


def _to_date_short(found: "re.Match[str]", text_day: date) -> Time:
    unit = found["unit"] or {"y": "year", "m": "month", "w": "week"}[found["ytd"][0].lower()]
    if unit.lower() == "week":
        return _week_of(text_day, 0)
    return (
        _month_of(text_day.replace(day=1), text_day) if unit.lower() == "month" else _year_of(text_day.year, text_day)
    )


def _quarter_of(found: "re.Match[str]", text_day: date) -> Time:
    if found["quarter"]:
        return _quarter(found, text_day)
    year = int(found["year2"]) if found["year2"] else text_day.year
    first = date(year, 3 * int(found["named2"]) - 2, 1)
    return _period(first, min((first + timedelta(days=93)).replace(day=1) - ONE_DAY, text_day - ONE_DAY), "month")


def times(text: str, text_day: date) -> Iterator[Found]:
    """The times in a text; of two that overlap the one of the earlier rule."""
    taken: list[tuple[int, int]] = []
    for pattern, make in RULES:
        for found in pattern.finditer(text):
            if any(found.start() < end and start < found.end() for start, end in taken):
                continue
            # A month alone may be the verb: it is a month in capitals, behind a word that leads to one.
            try:
                time = make(found, text_day)
            except OverflowError:
                # 'In the past 99999999 years'.
                time = Time("unclear")
            if time is not None and not _is_a_verb(text, found):
                taken.append(found.span())
                yield Found(found.start(), found.end(), time)


def _is_a_verb(text: str, found: "re.Match[str]") -> bool:
    if found[0] not in ("May", "March"):
        return False
    before = text[: found.start()].split()
    return not before or before[-1].lower() not in (
        "in",
        "since",
        "of",
        "for",
        "during",
        "late",
        "early",
        "mid",
        "last",
        "until",
        "through",
        *OPENED_OR_CLOSED,
    )
