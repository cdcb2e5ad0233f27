"""Which rows can't be true, and why: a dataset's declarations as one DuckDB expression over its typed rows.

It validates the rows of all three readers (`raw.batch`) at the speed of a bulk load: one condition over all rows, and a
reason only for those that fail. Reasons are sentences with the figure. Rules of one source are declared with its
dataset (`orchestration.sources.shared.figures`), not here.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from orchestration.sources.shared.contract import CLOCKS_DIFFER, Dataset
from orchestration.sources.shared.figures import EARLIEST, LARGEST, Bar, Figure, Timestamp
from orchestration.sources.shared.parsing import milliseconds

BEYOND_MILLISECONDS = 10**14
"""Milliseconds reach this number in the year 5138; microseconds did in March 1973."""

DIGITS = len(str(LARGEST)) - 1


@dataclass(frozen=True)
class Rule:
    """A condition that a row must not meet, and the reason as a sentence; both are DuckDB expressions.

    They see the dataset's columns, the text of each as `text_<column>`, each stamp as milliseconds `ms_<column>`,
    `is_whole`, `fetched_at`, and the ends of the requested window: `requested_from`, `requested_until`.
    """

    fails: str
    reason: str


def rules(dataset: Dataset) -> list[Rule]:
    """All rules for a row, in the order in which they are checked: its form, its figures, its timestamps."""
    return [*_form(dataset), *about_figures(dataset)]


def about_figures(dataset: Dataset) -> list[Rule]:
    """The rules for a row whose form is right."""
    return [*_figures(dataset.columns, dataset.figures), *_bar(dataset), *_stamps(dataset)]


def timestamps_in_milliseconds(dataset: Dataset) -> dict[str, str]:
    """`ms_<column>` as expressions over the columns; null for what is beyond all milliseconds."""
    return {f"ms_{column}": _milliseconds(column, stamp) for column, stamp in dataset.timestamps.items()}


def _form(dataset: Dataset) -> Iterator[Rule]:
    for column in dataset.key:
        kind = dataset.columns[column]
        yield Rule(f"{column} is null", f"'no {column}, or it is not a {kind}'")
    for column, kind in dataset.columns.items():
        yield Rule(
            f"{column} is null and text_{column} is not null",
            f"'{column} is ''' || left(text_{column}, 40) || ''', not a {kind}'",
        )
    fields = ", ".join(f"{column} {kind}" for column, kind in dataset.columns.items() if column not in dataset.key)
    yield Rule("not is_whole", f"'the record does not fit the fields, in type, number or unit: {fields}'")


def _figures(columns: Mapping[str, str], figures: Mapping[str, Figure]) -> Iterator[Rule]:
    for column, figure in figures.items():
        if not figure.may_be_missing:
            yield Rule(f"{column} is null", f"'{column} is missing'")
        if columns[column] == "double":
            yield Rule(f"not isfinite({column})", f"'{column} is ' || {column} || ', not a finite number'")
        wrong, must = _bounds(column, figure, columns[column])
        shown = f"'{column} is ' || {_written(column, columns)}"
        if wrong:
            yield Rule(f"({wrong}) and not ({figure.unless})", f"{shown} || ', {must}'")
        if figure.below:
            whole = f"'{figure.below} ' || {_written(figure.below, columns)}"
            yield Rule(f"{column} >= {figure.below}", f"{shown} || ', must be below ' || {whole}")


def _bounds(column: str, figure: Figure, kind: str) -> tuple[str, str]:
    """The condition for a figure out of bounds, and the words for what it must be.

    Where a type holds more than `LARGEST`, that is a bound, too: a table of the marts may hold less.
    """
    equal = "=" if figure.excludes_bounds else ""
    wrong, must = [], []
    if figure.minimum is not None:
        minimum = f"{Decimal(figure.minimum):f}"
        wrong.append(f"{column} <{equal} {minimum}")
        must.append(f"above {minimum}" if equal else f"at least {minimum}")
    if figure.maximum is not None:
        wrong.append(f"{column} >{equal} {figure.maximum}")
        must.append(f"below {figure.maximum}" if equal else f"at most {figure.maximum}")
    elif _digits(kind) > DIGITS:
        wrong.append(f"{column} >= {LARGEST}")
        must.append(f"below 10^{DIGITS}")
    if figure.minimum is None and _digits(kind) > DIGITS:
        wrong.append(f"{column} <= -{LARGEST}")
        must.append(f"above -10^{DIGITS}")
    return " or ".join(wrong), f"must be {' and '.join(must)}"


def _digits(kind: str) -> int:
    """How many digits a number of this type may have before its decimal point."""
    decimal = re.fullmatch(r"decimal\((\d+),\s*(\d+)\)", kind, re.IGNORECASE)
    return int(decimal[1]) - int(decimal[2]) if decimal else {"bigint": 19}.get(kind, 0)


def _bar(dataset: Dataset) -> Iterator[Rule]:
    if dataset.bar is None:
        return
    bar: Bar = dataset.bar
    pairs = [(bar.high, "<", other) for other in (bar.open, bar.close, bar.low)]
    pairs += [(bar.low, ">", other) for other in (bar.open, bar.close)]
    for column, sign, other in pairs:
        first, second = _written(column, dataset.columns), _written(other, dataset.columns)
        words = "is below" if sign == "<" else "is above"
        yield Rule(f"{column} {sign} {other}", f"'{column} ' || {first} || ' {words} {other} ' || {second}")


def _stamps(dataset: Dataset) -> Iterator[Rule]:
    for column, stamp in dataset.timestamps.items():
        at = f"ms_{column}"
        # A row that fails here may hold any number: one that is no instant is shown as it is.
        shown = f"coalesce(strftime(try(make_timestamp({at} * 1000)), '%Y-%m-%d %H:%M:%S'), text_{column})"
        beyond = f"{at} < {milliseconds(EARLIEST)} or {at} >= {BEYOND_MILLISECONDS}"
        yield Rule(
            f"{column} is not null and {at} is null or {beyond}",
            f"'{column} ' || text_{column} || ' would be ' || {shown} || ': the stamp is in another unit'",
        )
        if not stamp.is_end:
            # Compared with the response, not with the run's instant: an event may happen between the two.
            yield Rule(
                f"{at} > epoch_ms(fetched_at) + {CLOCKS_DIFFER // timedelta(milliseconds=1)}",
                f"'{column} is ' || {shown} || ' UTC, after the response: it lies in the future'",
            )
        if stamp.every:
            step = stamp.every // timedelta(milliseconds=1)
            yield Rule(f"{at} % {step} != 0", f"'{column} is ' || {shown} || ' UTC, {_off_grid(stamp.every)}'")
        if stamp.is_requested:
            yield Rule(
                f"{at} < epoch_ms(requested_from) or {at} > epoch_ms(requested_until)",
                f"'{column} is ' || {shown} || ' UTC, outside of the window that was requested'",
            )


def _off_grid(every: timedelta) -> str:
    if every == timedelta(days=1):
        return "no midnight in UTC"
    if every == timedelta(hours=1):
        return "no full hour"
    return f"no multiple of {every // timedelta(minutes=1)} minutes"


def _milliseconds(column: str, stamp: Timestamp) -> str:
    by_unit = {
        "ms": column,
        "us": f"{column} // 1000",
        "ms or us": f"case when {column} >= {BEYOND_MILLISECONDS} then {column} // 1000 else {column} end",
        # A number that is no count of seconds would not fit into 64 bits as milliseconds.
        "s": f"case when abs({column}) < {BEYOND_MILLISECONDS // 1000} then {column} * 1000 end",
        "text": f"epoch_ms(try_cast({column} as timestamp))",
    }
    return by_unit[stamp.unit]


def _written(column: str, columns: Mapping[str, str]) -> str:
    """A figure as text, without the zeros that its type adds."""
    text = f"{column}::varchar"
    has_decimals = re.fullmatch(r"decimal\(\d+,\s*[1-9]\d*\)", columns[column], re.IGNORECASE)
    return f"rtrim(rtrim({text}, '0'), '.')" if has_decimals else text
