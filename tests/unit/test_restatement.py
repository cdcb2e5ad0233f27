"""Providers that rewrite their history: the last weeks are requested in every run, once a month all of it."""

from datetime import UTC, datetime, timedelta

import pytest

from orchestration.defs.update import monthly_window
from orchestration.sources.shared.registry import dataset, datasets

NOW = datetime(2025, 5, 12, 6, tzinfo=UTC)
REWRITTEN = {"coinglass liquidations_1d": timedelta(days=30), "coinalyze history_1d": timedelta(days=14)}
"""Dataset → the time in which figures were seen to change."""


@pytest.mark.parametrize("name", REWRITTEN)
def test_every_run_requests_recent_weeks_and_a_month_s_first_run_everything(name: str) -> None:
    rewritten = dataset(*name.split())
    assert rewritten.lookback >= REWRITTEN[name]
    assert rewritten.monthly_lookback is not None
    window = monthly_window(rewritten, NOW, None)
    assert window is not None
    assert (window.start.hour, window.end) == (0, NOW)
    assert window.start.year <= 2020, "daily figures of Bitcoin's liquidations begin in December 2020"


@pytest.mark.parametrize(
    ("last", "is_whole"),
    [
        ((datetime(2025, 5, 2), "complete"), False),
        ((datetime(2025, 5, 2), "partial"), False),
        ((datetime(2025, 5, 2), "failed"), True),
        ((datetime(2025, 5, 2), "skipped"), True),
        ((datetime(2025, 4, 30), "complete"), True),
        ((datetime(2024, 5, 2), "complete"), True),
    ],
)
def test_the_whole_history_is_requested_until_a_run_of_the_month_receives_it(
    last: tuple[datetime, str], is_whole: bool
) -> None:
    window = monthly_window(dataset("coinglass", "liquidations_1d"), NOW, last)
    assert (window is not None) == is_whole


def test_all_runs_of_the_first_day_request_the_same() -> None:
    first = NOW.replace(day=1)
    rewritten = dataset("coinglass", "liquidations_1d")
    assert monthly_window(rewritten, first, (first.replace(tzinfo=None, hour=1), "complete")) is not None


def test_the_whole_history_is_never_requested_from_a_provider_that_never_rewrites() -> None:
    others = [each for each in datasets() if each.monthly_lookback is None]
    assert others
    assert not [each.table for each in others if monthly_window(each, NOW, None)]
