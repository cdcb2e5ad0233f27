"""The dbt project's models of claims as SQL for a release that is open, so that a rule about claims exists once.

Belongs here: rendering the models and their macros. A model that a release holds as a table is read there; the models
between (`int_claims` …) live in the working file alone, so they are made as temporary tables. Not here: the claims.
"""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, NoReturn

import yaml
from jinja2 import Environment

from orchestration.project import DBT_PROJECT

MACROS = ("claim_judgement", "report_words", "rolling_metrics", "first_changed_day")
MODELS = {
    "int_claims": "reports/intermediate",
    "int_moment_figures": "reports/intermediate",
    "int_moment_months": "reports/intermediate",
    "int_claim_moments": "reports/intermediate",
    "int_claim_days": "reports/intermediate",
    "int_series_months": "intermediate",
    "int_series_coverage": "reports/intermediate",
    "int_claim_interpretations": "reports/intermediate",
    "int_claim_measurements": "reports/intermediate",
    "rpt_claim_interpretations": "reports",
    "rpt_claims": "reports",
}
"""The models from a written claim to its verdict, in the order of their inputs, and their folders."""
ROLLING = "fct_rolling_24h"
PREFIX = "verify_"
HOURS_OF_NOBODY = """(
    select
        cast(null as varchar) as asset, cast(null as varchar) as scope, cast(null as varchar) as source,
        cast(null as timestamp) as hour_at, cast(null as decimal(18, 2)) as long_usd,
        cast(null as decimal(18, 2)) as short_usd, cast(null as decimal(18, 2)) as total_usd,
    where false
)"""
INPUTS_OF_ROLLING = {
    "int_hourly_liquidations": HOURS_OF_NOBODY,
    "int_market_cap_snapshots": "(select *, 1 as precedence from fct_market_cap_snapshots)",
}
"""What `fct_rolling_24h` is made of where a release is read as of an instant: it keeps no hourly liquidations."""


TITLES = PREFIX + "titles"
"""The titles of venues, scopes and sources. They are those of this version, so that a release of an earlier one is read
as well."""


class _Returned(Exception):
    """How dbt's `return` leaves a macro with a value that is no text."""

    def __init__(self, value: object) -> None:
        self.value = value


def table_of(model: str) -> str:
    """The temporary table of a model."""
    return PREFIX + model


@cache
def claim_models(written: str, with_others: bool = True) -> Mapping[str, str]:
    """Model → its SQL, in the order of `MODELS`; `written` is the relation that holds the claims as they are written.

    Without others, a claim has itself as its only interpretation.
    """
    inputs = {model: table_of(model) for model in MODELS}
    inputs |= {"claims": f"(select * from {written} where false)", "stg_imports__claims": written}
    alone = inputs if with_others else inputs | {"int_series_months": f"(from {table_of('int_series_months')} limit 0)"}
    return {
        model: _render(f"models/{folder}/{model}.sql", alone if model == "int_claim_interpretations" else inputs)
        for model, folder in MODELS.items()
    }


def rolling_model() -> str:
    """The SQL of the rolling 24 hours, from the hours and snapshots of a release."""
    return _render(f"models/marts/metrics/{ROLLING}.sql", INPUTS_OF_ROLLING)


def figure_words(value: str, unit: str, statistic: str) -> str:
    """The SQL expression that writes a figure in words, as the brief and the claims do."""
    write: Callable[..., str] = _environment().globals["figure_words"]  # type: ignore[assignment]
    return write(value, unit, statistic)


def _render(path: str, inputs: Mapping[str, str]) -> str:
    source = (DBT_PROJECT / path).read_text(encoding="utf-8")
    return _environment().from_string(source).render(ref=lambda model: inputs.get(model, model))


@cache
def _environment() -> Environment:
    project = yaml.safe_load((DBT_PROJECT / "dbt_project.yml").read_text(encoding="utf-8"))
    environment = Environment(extensions=["jinja2.ext.do"])
    environment.globals["var"] = project["vars"].__getitem__
    environment.globals["return"] = _leave
    environment.globals["config"] = lambda **_: ""
    environment.globals["ref"] = {"titles": TITLES}.__getitem__
    for name in MACROS:
        source = (DBT_PROJECT / "macros" / f"{name}.sql").read_text(encoding="utf-8")
        macros = environment.from_string(source).module
        environment.globals |= {
            macro: _callable(getattr(macros, macro)) for macro in dir(macros) if not macro.startswith("_")
        }
    return environment


def _leave(value: object) -> NoReturn:
    raise _Returned(value)


def _callable(macro: Callable[..., str]) -> Callable[..., Any]:
    def call(*values: object, **named: object) -> Any:
        try:
            return macro(*values, **named)
        except _Returned as returned:
            return returned.value

    return call
