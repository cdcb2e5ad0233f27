"""How often each subject is fetched, and when its figures count as stale: jobs, schedules and freshness policies are
made from this one table.

Providers close their windows at different times, so each subject has its own schedule. Every run requests the same
windows again (`orchestration.ingest.extract`), so a missed run loses nothing that a provider still serves.
"""

from dataclasses import dataclass
from datetime import timedelta

import dagster as dg

OWNERS = ("team:market-data",)
"""The owners of the assets, as the UI shows them."""


@dataclass(frozen=True)
class Cadence:
    """Subjects that are fetched together. `crons` are in `timezone`; no `subjects` means all of them.

    `stale_after` is a little more than twice the distance between two runs: one missed run is no failure.
    """

    name: str
    description: str
    subjects: tuple[str, ...]
    crons: tuple[str, ...]
    timezone: str
    stale_after: timedelta


DAILY = Cadence(
    name="main",
    description="The main job: fetch every source, build the facts, check them, publish.",
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
        description="Reference prices alone, then the facts. Coin Metrics has computed a day by 04:00 UTC.",
        subjects=("reference_prices",),
        crons=("10 4 * * *",),
        timezone="UTC",
        stale_after=timedelta(hours=74),
    ),
    Cadence(
        name="market_caps",
        description="Market caps alone, then the facts. A snapshot just after midnight is the value at the day's end.",
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
    """When an asset of `subject` is shown as stale; without a subject, by the daily cadence."""
    own = next((cadence for cadence in CADENCES if subject in cadence.subjects), DAILY)
    return dg.FreshnessPolicy.time_window(fail_window=own.stale_after, warn_window=own.stale_after * 0.6)
