"""What a check is: one sentence about one published table, how serious a breach is, and why.

These are the types that `suites/` is written in. `expectations.py` runs the rules; nothing here imports Great
Expectations, so that the catalogue of checks can be listed without its ten seconds of import.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from string import Template
from typing import Literal

Severity = Literal["critical", "withhold", "warning"]
"""What a failure means. `critical`: the release as a whole is worthless, and is not published. `withhold`: the models
keep these figures out of the release and name them in `rpt_withheld_figures`; shown as a warning. `warning`: shown."""

NEXT_STEPS: dict[Severity, str] = {
    "critical": (
        "The earlier release is unchanged. Provider data alone should not cause this: keep the home, run again, and "
        "if it persists, report the check with the rows below."
    ),
    "withhold": (
        "Compare the stored response with the provider's page; `warehouse reparse SOURCE` loads stored responses "
        "again, and a corrected figure is published by itself."
    ),
    "warning": "Nothing is blocked. Compare the rows with the provider's page before you quote them.",
}
"""What the user can do about a failure, where the check has no advice of its own."""


ALL_DAYS = "date '0001-01-01'"
"""What `$since` is where a rule judges all days: before all of them."""


@dataclass(frozen=True)
class NoRows:
    """A query that returns the rows which break the rule, key columns first.

    `$batch` is the checked table and occurs once, `$now` is the instant of the run (naive UTC),
    `$earlier` is the earlier release's row counts (`earlier.py`), every other `$name` is one of `limits`.

    `days` maps each table of which the query reads only the rows from the day `$since` on to the SQL of a row's day. It
    is a promise: where the rows before `$since` and all other tables are unchanged, the query over all days returns the
    same rows as before, except for those that it returns with `$since`, and no row comes to break the rule by time
    alone. A rule about `$earlier` may return more rows with `$since` than without, but none only where it returns none
    without.
    """

    sql: str
    limits: Mapping[str, float | str] = field(default_factory=dict)
    days: Mapping[str, str] = field(default_factory=dict)

    def query(self, now: str, batch: str, earlier: str, since: str = ALL_DAYS) -> str:
        """The query with every placeholder filled; `KeyError` names a placeholder without a value."""
        values = {name: str(value) for name, value in self.limits.items()}
        return (
            Template(self.sql)
            .substitute(values, now=f"timestamp '{now}'", batch=batch, earlier=earlier, since=since)
            .strip()
        )

    @property
    def needs_earlier(self) -> bool:
        """Whether the rule compares with an earlier release."""
        return "$earlier" in self.sql


@dataclass(frozen=True)
class Between:
    """Every value of `column` that is not null lies in [minimum, maximum], or above `minimum` if `strict`."""

    column: str
    minimum: float
    maximum: float | None = None
    strict: bool = False


@dataclass(frozen=True)
class NotEmpty:
    """The table has at least one row."""


PROPER_NAMES = {
    "bitcoin": "Bitcoin",
    "bitcoins": "Bitcoin's",
    "etf": "ETF",
    "nyse": "NYSE",
    "utc": "UTC",
}

Rule = NoRows | Between | NotEmpty


@dataclass(frozen=True)
class Check:
    """One check. `name` is a sentence in snake_case and identifies the check everywhere; `table` is in schema marts.

    A critical check's `reason` explains why the whole release is worthless when it fails. `keys` are the columns by
    which a reader finds an offending row again, for the rules that test one column. `next_step` is what the user can do
    about a failure; empty: the default of the severity.
    """

    name: str
    table: str
    severity: Severity
    reason: str
    rule: Rule
    keys: tuple[str, ...] = ()
    next_step: str = ""

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[a-z][a-z0-9_]+", self.name):
            raise ValueError(f"{self.name!r} is not a check name: write a sentence in snake_case")

    @property
    def tables(self) -> set[str]:
        """The tables of schema marts that the rule reads."""
        named = re.findall(r"\bmarts\.(\w+)", self.rule.sql) if isinstance(self.rule, NoRows) else []
        return {self.table, *named}

    @property
    def advice(self) -> str:
        """What the user can do when the check fails."""
        return self.next_step or NEXT_STEPS[self.severity]


def sentence(name: str) -> str:
    """A check's name for people: `every_utc_day_has_a_price` becomes `Every UTC day has a price`."""
    words = " ".join(PROPER_NAMES.get(word, word) for word in name.split("_"))
    return words[0].upper() + words[1:]
