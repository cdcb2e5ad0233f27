"""When a session's ETF flows are settled: for sources that print an unfinished figure without saying so.

Farside prints a dash where a fund has not reported. Others print a partial sum, a 0 or an older figure in the same
place, and only time tells: their figures are read from the settling time on, so what is stored is complete.
The hours stand in the seed `settling_times`, which the warehouse reads too.
"""

import csv
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from orchestration.project import SEEDS

SETTLING_TIMES = SEEDS / "settling_times.csv"
NEW_YORK = ZoneInfo("America/New_York")
CLOSE = time(16)
"""Of a full session; after an early close the figures are read three hours later than they might be."""


def is_settled(source: str, session: date, at: datetime) -> bool:
    """True when `source` has had its settling time after the session's close. Raises KeyError for an unknown source."""
    close = datetime.combine(session, CLOSE, NEW_YORK).astimezone(UTC)
    return close + _settling_time(source) <= at


@cache
def _settling_time(source: str) -> timedelta:
    with SETTLING_TIMES.open(newline="", encoding="utf-8") as file:
        hours = {
            line["source"]: float(line["hours_after_window_end"])
            for line in csv.DictReader(file)
            if line["subject"] == "etf_flows"
        }
    return timedelta(hours=hours[source])
