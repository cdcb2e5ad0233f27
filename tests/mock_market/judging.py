"""Judges what came of a faulty response; `tests.mock_market.faults` defines what is right."""

import re
from collections.abc import Iterator

from orchestration.sources.shared.contract import Dataset
from tests.mock_market.faults import ANY, FIGURES, NOT_JUDGED, Fault, Figures
from tests.mock_market.market import KEY
from tests.mock_market.trying import Trial

NEXT_STEP = re.compile(
    r"run again|\bset [A-Z]|\bcheck\b|upgrade|rely on|remove it|take it off|"
    r"rejected_records|refused|rejected|has changed|not loaded"
)
"""A next step in a message: what to do, or where the rest is."""
NEW_FUND = "NEWX"
"""The fund that the mock market adds to Farside's tables, and to their totals."""


def why_not_judged(dataset: Dataset, fault: Fault, clean: Trial, trial: Trial) -> str | None:
    """Why the fault can't be judged on this dataset, or None when it can."""
    if clean.outcome == "skipped" or not clean.rows:
        return "the mock market has no figures for it"
    known = NOT_JUDGED.get((dataset.table, fault.spec))
    if known:
        return known
    figures = FIGURES.get(dataset.table, Figures())
    if fault.spec == "restate" and figures.events:
        return "events have no versions"
    if not fault.always_acts and trial.bodies and trial.bodies <= clean.bodies:
        return "it changes nothing in these responses"
    return None


def mistakes(dataset: Dataset, fault: Fault, clean: Trial, trial: Trial) -> list[str]:
    """What is wrong with `trial`, as sentences; `clean` is the result without the fault."""
    if fault.spec == "newcolumn" and FIGURES.get(dataset.table, Figures()).is_positional:
        fault = Fault(fault.spec, ANY, "any", "where missing")
    if trial.error:
        return [f"raised {trial.error[:200]}", *_wrongly_stored(dataset, fault, clean, trial)]
    return [
        *_wrongly_stored(dataset, fault, clean, trial),
        *_wrong_amount(fault, clean, trial),
        *_wrong_words(dataset, fault, clean, trial),
    ]


def unhealed(clean: Trial, healed: Trial) -> list[str]:
    """What is still wrong after the provider returned good responses again."""
    if healed.error:
        return [f"afterwards: raised {healed.error[:200]}"]
    if healed.outcome != clean.outcome:
        return [f"afterwards: {healed.outcome}: {healed.message[:160]}"]
    missing = clean.rows.keys() - healed.rows.keys()
    others = [key for key, row in healed.rows.items() if key in clean.rows and row != clean.rows[key]]
    found = [f"afterwards: {len(missing)} rows are missing, such as {min(missing, key=str)}"] if missing else []
    return found + ([f"afterwards: {len(others)} rows are not healed, such as {others[0]}"] if others else [])


def _wrongly_stored(dataset: Dataset, fault: Fault, clean: Trial, trial: Trial) -> Iterator[str]:
    invented = [key for key in trial.rows if key not in clean.rows and not _is_new_fund(fault, key)]
    if invented:
        yield f"stored {len(invented)} of {len(trial.rows)} rows that do not exist, such as {invented[0]}"
    wrong = [
        f"{column} of {key} is {value!r}, in truth {clean.rows[key][column]!r}"
        for key, row in trial.rows.items()
        if key in clean.rows
        for column, value in row.items()
        if not _is_right(dataset, fault, key, column, clean.rows[key][column], value)
    ]
    if wrong:
        yield f"stored {len(wrong)} wrong figures, such as {wrong[0]}"


def _is_right(
    dataset: Dataset, fault: Fault, key: tuple[object, ...], column: str, truth: object, value: object
) -> bool:
    figures = FIGURES.get(dataset.table, Figures())
    if value == truth or fault.spec == "restate":
        return True
    if value is None:
        return column in figures.optional
    if fault.spec == "negative" and column in figures.signed:
        return True
    if fault.spec == "newcolumn" and dataset.table == "farside_flows" and "Total" in key:
        return True
    return fault.spec == "wrongtype" and _are_near(truth, value)


def _are_near(truth: object, value: object) -> bool:
    """Equal within the precision of a float."""
    try:
        return abs(float(str(truth)) - float(str(value))) <= abs(float(str(truth))) * 1e-12
    except ValueError:
        return False


def _is_new_fund(fault: Fault, key: tuple[object, ...]) -> bool:
    return fault.spec == "newcolumn" and NEW_FUND in key


def _wrong_amount(fault: Fault, clean: Trial, trial: Trial) -> Iterator[str]:
    stored, whole = len(trial.rows.keys() & clean.rows.keys()), len(clean.rows)
    if fault.rows == "none" and trial.rows:
        yield f"stored {len(trial.rows)} rows of responses without any"
    if fault.rows == "all" and stored < whole:
        yield f"stored {stored} of {whole} rows, where all are good"
    if fault.rows == "most" and stored < whole * 2 / 3 - len(trial.bodies):
        yield f"stored {stored} of {whole} rows, where two of three are good"


def _wrong_words(dataset: Dataset, fault: Fault, clean: Trial, trial: Trial) -> Iterator[str]:
    if trial.outcome not in fault.outcomes:
        yield f"the outcome is '{trial.outcome}': {trial.message[:200]}"
    is_reported = bool(trial.message) and trial.message != clean.message
    if not is_reported and _must_be_reported(dataset, fault, clean, trial):
        yield f"no message ({trial.outcome}, {len(trial.rows)} of {len(clean.rows)} rows)"
    if trial.outcome in ("failed", "partial"):
        name = dataset.provider.name
        if name not in trial.message and "rejected" not in trial.message:
            yield f"the source is not named: {trial.message[:200]}"
        if not NEXT_STEP.search(trial.message):
            yield f"no next step: {trial.message[:200]}"
    if KEY in trial.message:
        yield "the key is in the message"


def _must_be_reported(dataset: Dataset, fault: Fault, clean: Trial, trial: Trial) -> bool:
    if fault.spec == "restate":
        return trial.rows == clean.rows
    if fault.spec == "empty" and dataset.empty_is_normal:
        return False
    if fault.spec == "null" and FIGURES.get(dataset.table, Figures()).null_is_absent:
        return False
    if fault.spec == "newcolumn" and any(_is_new_fund(fault, key) for key in trial.rows):
        return False
    return fault.reported == "always" or (
        fault.reported == "where missing" and not clean.rows.keys() <= trial.rows.keys()
    )
