"""How often each subject is asked, and when its figures count as stale: the one table that jobs, schedules and
freshness are made from.

Providers close their windows at different moments, so the subjects have rhythms of their own. Every run asks for the
same windows again (`orchestration.ingest.extract`), so a missed tick loses nothing that a provider still serves.
"""

from dataclasses import dataclass
from datetime import timedelta

import dagster as dg

OWNERS = ("team:market-data",)
"""Who answers for the assets; shown beside each of them."""


@dataclass(frozen=True)
class Cadence:
    """Subjects that are asked together. `crons` are read in `timezone`; no `subjects` means all of them.

    `stale_after` is twice the distance between two runs and a bit: one missed run warns nobody twice.
    """

    name: str
    description: str
    subjects: tuple[str, ...]
    crons: tuple[str, ...]
    timezone: str
    stale_after: timedelta


DAILY = Cadence(
    name="main",
    description="The main job: ask every source, build the facts, check them, publish.",
    subjects=(),
    crons=("0 2 * * *",),
    timezone="UTC",
    stale_after=timedelta(hours=50),
)
CADENCES = (
    DAILY,
    Cadence(
        name="prices",
        description="Prices alone, then the facts. After 00:10 UTC the venues have closed the day's bar.",
        subjects=("prices",),
        crons=("12 0 * * *",),
        timezone="UTC",
        stale_after=timedelta(hours=50),
    ),
    Cadence(
        name="reference_prices",
        description="Reference prices alone, then the facts. Coin Metrics has worked out a day by 04:00 UTC.",
        subjects=("reference_prices",),
        crons=("10 4 * * *",),
        timezone="UTC",
        stale_after=timedelta(hours=74),
    ),
    Cadence(
        name="market_caps",
        description="Market caps alone, then the facts. A snapshot just after midnight stands for the day's end.",
        subjects=("market_caps",),
        crons=("2 0 * * *",),
        timezone="UTC",
        stale_after=timedelta(hours=50),
    ),
    Cadence(
        name="etf_flows",
        description="ETF flows alone, then the facts. Funds report in the New York night, the last in the morning.",
        subjects=("etf_flows",),
        crons=("30 1 * * *", "0 9 * * *"),
        timezone="America/New_York",
        stale_after=timedelta(hours=36),
    ),
    Cadence(
        name="liquidations",
        description="Liquidations and derivatives alone, then the facts. Some providers keep only a day or two.",
        subjects=("liquidations", "derivatives"),
        crons=("20 */6 * * *",),
        timezone="UTC",
        stale_after=timedelta(hours=14),
    ),
)


def freshness(subject: str = "") -> dg.FreshnessPolicy:
    """When an asset of `subject` is shown as stale; without a subject, as the daily run has it."""
    own = next((cadence for cadence in CADENCES if subject in cadence.subjects), DAILY)
    return dg.FreshnessPolicy.time_window(fail_window=own.stale_after, warn_window=own.stale_after * 0.6)
