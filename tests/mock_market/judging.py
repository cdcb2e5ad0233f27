"""Whether what came of a spoiled answer is right: see `tests.mock_market.natures` for what is."""

import re
from collections.abc import Iterator

from orchestration.sources.shared.contract import Dataset
from tests.mock_market.market import KEY
from tests.mock_market.natures import ANY, FIGURES, NOT_JUDGED, Figures, Nature
from tests.mock_market.trying import Trial

NEXT_STEP = re.compile(
    r"run again|\bset [A-Z]|\bcheck\b|upgrade|rely on|remove it|take it off|"
    r"rejected_records|refused|rejected|has changed|not loaded"
)
"""What a message has that says what to do, or where the rest is."""
NEW_FUND = "NEWX"
"""The fund that the mock market adds to Farside's tables, and to their totals."""


def why_not_judged(dataset: Dataset, nature: Nature, clean: Trial, trial: Trial) -> str | None:
    """Why the fault can't be judged on this dataset, or None when it can."""
    if clean.outcome == "skipped" or not clean.rows:
        return "the mock market has no figures for it"
    known = NOT_JUDGED.get((dataset.table, nature.spec))
    if known:
        return known
    figures = FIGURES.get(dataset.table, Figures())
    if nature.spec == "restate" and figures.events:
        return "events have no versions"
    if not nature.always_acts and trial.bodies and trial.bodies <= clean.bodies:
        return "it changes nothing in these answers"
    return None


def mistakes(dataset: Dataset, nature: Nature, clean: Trial, trial: Trial) -> list[str]:
    """What is wrong with `trial`, as sentences; `clean` is what an untroubled provider brings."""
    if nature.spec == "newcolumn" and FIGURES.get(dataset.table, Figures()).is_positional:
        nature = Nature(nature.spec, ANY, "any", "where missing")
    if trial.error:
        return [f"raised {trial.error[:200]}", *_wrongly_stored(dataset, nature, clean, trial)]
    return [
        *_wrongly_stored(dataset, nature, clean, trial),
        *_wrong_amount(nature, clean, trial),
        *_wrong_words(dataset, nature, clean, trial),
    ]


def unhealed(clean: Trial, healed: Trial) -> list[str]:
    """What is still wrong after the provider answered well again."""
    if healed.error:
        return [f"afterwards: raised {healed.error[:200]}"]
    if healed.outcome != clean.outcome:
        return [f"afterwards: {healed.outcome}: {healed.message[:160]}"]
    missing = clean.rows.keys() - healed.rows.keys()
    others = [key for key, row in healed.rows.items() if key in clean.rows and row != clean.rows[key]]
    found = [f"afterwards: {len(missing)} rows are missing, such as {min(missing, key=str)}"] if missing else []
    return found + ([f"afterwards: {len(others)} rows are not healed, such as {others[0]}"] if others else [])


def _wrongly_stored(dataset: Dataset, nature: Nature, clean: Trial, trial: Trial) -> Iterator[str]:
    invented = [key for key in trial.rows if key not in clean.rows and not _is_new_fund(nature, key)]
    if invented:
        yield f"stored {len(invented)} of {len(trial.rows)} rows that do not exist, such as {invented[0]}"
    wrong = [
        f"{column} of {key} is {value!r}, in truth {clean.rows[key][column]!r}"
        for key, row in trial.rows.items()
        if key in clean.rows
        for column, value in row.items()
        if not _is_right(dataset, nature, key, column, clean.rows[key][column], value)
    ]
    if wrong:
        yield f"stored {len(wrong)} wrong figures, such as {wrong[0]}"


def _is_right(
    dataset: Dataset, nature: Nature, key: tuple[object, ...], column: str, truth: object, value: object
) -> bool:
    figures = FIGURES.get(dataset.table, Figures())
    if value == truth or nature.spec == "restate":
        return True
    if value is None:
        return column in figures.optional
    if nature.spec == "negative" and column in figures.signed:
        return True
    if nature.spec == "newcolumn" and dataset.table == "farside_flows" and "Total" in key:
        return True
    return nature.spec == "wrongtype" and _are_near(truth, value)


def _are_near(truth: object, value: object) -> bool:
    """Equal but for the digits that a float has not."""
    try:
        return abs(float(str(truth)) - float(str(value))) <= abs(float(str(truth))) * 1e-12
    except ValueError:
        return False


def _is_new_fund(nature: Nature, key: tuple[object, ...]) -> bool:
    return nature.spec == "newcolumn" and NEW_FUND in key


def _wrong_amount(nature: Nature, clean: Trial, trial: Trial) -> Iterator[str]:
    stored, whole = len(trial.rows.keys() & clean.rows.keys()), len(clean.rows)
    if nature.rows == "none" and trial.rows:
        yield f"stored {len(trial.rows)} rows of answers that are none"
    if nature.rows == "all" and stored < whole:
        yield f"stored {stored} of {whole} rows, where all are good"
    if nature.rows == "most" and stored < whole * 2 / 3 - len(trial.bodies):
        yield f"stored {stored} of {whole} rows, where two of three are good"


def _wrong_words(dataset: Dataset, nature: Nature, clean: Trial, trial: Trial) -> Iterator[str]:
    if trial.outcome not in nature.outcomes:
        yield f"the outcome is '{trial.outcome}': {trial.message[:200]}"
    said = trial.message if trial.message != clean.message else ""
    if not said and _must_be_said(dataset, nature, clean, trial):
        yield f"nothing is said ({trial.outcome}, {len(trial.rows)} of {len(clean.rows)} rows)"
    if trial.outcome in ("failed", "partial"):
        name = dataset.provider.name
        if name not in trial.message and "rejected" not in trial.message:
            yield f"the source is not named: {trial.message[:200]}"
        if not NEXT_STEP.search(trial.message):
            yield f"no next step: {trial.message[:200]}"
    if KEY in trial.message:
        yield "the key is in the message"


def _must_be_said(dataset: Dataset, nature: Nature, clean: Trial, trial: Trial) -> bool:
    if nature.spec == "restate":
        return trial.rows == clean.rows
    if nature.spec == "empty" and dataset.empty_is_normal:
        return False
    if nature.spec == "null" and FIGURES.get(dataset.table, Figures()).null_is_absent:
        return False
    if nature.spec == "newcolumn" and any(_is_new_fund(nature, key) for key in trial.rows):
        return False
    return nature.said == "always" or (nature.said == "where missing" and not clean.rows.keys() <= trial.rows.keys())
