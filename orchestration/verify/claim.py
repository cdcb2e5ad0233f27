"""A claim in its structured form, and the verdict on it: what the text, the command, MCP and Python exchange."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

Day = date
"""A UTC day; a field below is called `date`."""


@dataclass(frozen=True)
class Claim:
    """One claim, as a line of `imports/claims.csv` has it. Days are UTC days, instants naive UTC.

    `threshold` is in the metric's unit (USD, or 1 for 100 percent), `tolerance_ratio` a part of it.
    """

    metric: str
    asset: str
    scope: str
    time_window: str
    statistic: str
    claim_date: date | None = None
    claim_at: datetime | None = None
    period_start_date: date | None = None
    comparator: str | None = None
    threshold: float | None = None
    tolerance_ratio: float = 0.0
    since_date: date | None = None
    since_precision: str | None = None
    record_direction: str | None = None
    history_from_date: date | None = None
    claim_text: str = "a claim"


@dataclass(frozen=True)
class Interpretation:
    """One definition that the words of a claim may mean, measured.

    `words` is 'intraday high of the UTC day, Binance'; `since_date` the last earlier day at least as high (or low);
    `as_of_at` the instant of a figure that is no day's. Every instant is naive UTC.
    """

    metric: str
    asset: str
    scope: str
    time_window: str
    statistic: str
    words: str
    is_claimed: bool
    verdict: str
    value: float | None
    value_words: str | None
    unit: str | None
    definition: str
    first_date: Day | None
    date: Day | None
    as_of_at: datetime | None
    since_date: Day | None
    history_start_date: Day | None
    level_holds: bool | None
    since_holds: bool | None
    source: str | None
    observed_at: datetime | None
    is_final: bool | None
    is_lower_bound: bool | None
    example_sql: str | None


@dataclass(frozen=True)
class Judgement:
    """The verdict on one structured claim: `measured` as it is stated, `others` by other definitions of its words.

    `row` is the row that `rpt_claims` would have of it, by column.
    """

    claim: Claim
    verdict: str
    explanation: str
    measured: Interpretation
    flips_with: str | None
    others: tuple[Interpretation, ...] = ()
    row: Mapping[str, object] = field(default_factory=dict, repr=False)
