"""Days as people write them, and what is no day."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestration.cli.days import UnknownDay, parse_day

TODAY = date(2025, 5, 12)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2025-05-08", date(2025, 5, 8)),
        ("today", date(2025, 5, 12)),
        ("Yesterday", date(2025, 5, 11)),
        ("8may", date(2025, 5, 8)),
        ("8 May", date(2025, 5, 8)),
        ("May 8", date(2025, 5, 8)),
        ("8 May 2024", date(2024, 5, 8)),
        ("08.05.2024", date(2024, 5, 8)),
        ("31dec", date(2024, 12, 31)),
        ("29 feb", date(2024, 2, 29)),
        ("1 january", date(2025, 1, 1)),
    ],
)
def test_a_day_is_understood(text: str, day: date) -> None:
    assert parse_day(text, TODAY) == day


@pytest.mark.parametrize("text", ["", "soon", "32may", "2025-13-40", "may", "monday"])
def test_a_text_without_a_day_is_refused(text: str) -> None:
    with pytest.raises(UnknownDay, match="write 2025-05-08"):
        parse_day(text, TODAY)


@given(st.dates(date(1000, 1, 1)))
def test_every_iso_date_is_itself(day: date) -> None:
    assert parse_day(day.isoformat(), TODAY) == day
