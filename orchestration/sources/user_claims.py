"""The user's own claims: `imports/claims.csv` in the warehouse's home, checked together with the shipped ones.

The file has the columns of `dbt_project/seeds/claims.csv`, in any order; columns that are always empty are optional.
It is the complete list of the user's claims: removing a line removes its claim, so the file is read whole in every run
and has no versions. Days are ISO dates, instants are UTC unless they have an offset, a threshold is in the unit of its
metric (USD, or 1 for 100 percent). An invalid line is rejected with its number, the reason and the correction; the
other lines are loaded.
"""

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from difflib import get_close_matches
from functools import cache
from io import StringIO
from math import isfinite
from pathlib import Path

from orchestration.project import SEEDS
from orchestration.sources.shared.contract import Parsed, RejectedRecord, Row
from orchestration.sources.shared.parsing import InvalidRecord

FILE = "claims.csv"
COLUMNS = {
    "claim_id": "varchar not null",
    "claim_text": "varchar not null",
    "metric": "varchar not null",
    "asset": "varchar not null",
    "scope": "varchar not null",
    "time_window": "varchar not null",
    "statistic": "varchar not null",
    "claim_date": "date",
    "claim_at": "timestamp",
    "period_start_date": "date",
    "comparator": "varchar",
    "threshold": "double",
    "tolerance_ratio": "double",
    "since_date": "date",
    "since_precision": "varchar",
    "record_direction": "varchar",
    "history_from_date": "date",
    "source_url": "varchar",
    "note": "varchar",
}
"""The columns of a claim with their DuckDB types, in the order of a row."""
CHOICES = {
    "comparator": ("above", "at_least", "about", "at_most", "below"),
    "since_precision": ("day", "month", "year"),
    "record_direction": ("highest", "lowest"),
}
REQUIRED = tuple(name for name, kind in COLUMNS.items() if kind.endswith("not null"))


@dataclass(frozen=True)
class ClaimMetric:
    """The windows and statistics that a claim about a metric may name."""

    time_windows: tuple[str, ...]
    statistics: tuple[str, ...]


def read_claims(file: Path) -> Parsed | None:
    """The claims in a file; None where there is no file. One that can't be read is rejected whole."""
    try:
        return parse_claims(file.read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        reason = f"the file can't be read ({error.strerror}): check what it is and who may read it"
        return Parsed([], [RejectedRecord(FILE, reason)])


def parse_claims(body: bytes) -> Parsed:
    """Rows with values in the order of `COLUMNS`, in the order of the file; rejected lines with number and reason.

    A file with another header is rejected whole.
    """
    try:
        reader = csv.reader(StringIO(body.decode("utf-8-sig"), newline=""), strict=True)
        lines = [(reader.line_num, line) for line in reader]
    except (UnicodeDecodeError, csv.Error) as problem:
        return Parsed([], [RejectedRecord(FILE, f"the file is no CSV in UTF-8 ({problem}): save it as CSV in UTF-8")])
    header = [name.strip() for name in lines[0][1]] if lines else []
    if reason := _header_problem(header):
        return Parsed([], [RejectedRecord(FILE, reason)])
    taken = dict.fromkeys(_seed_column("claims", "claim_id"), "is the id of a shipped claim")
    rows: list[Row] = []
    rejected: list[RejectedRecord] = []
    for number, line in lines[1:]:
        if not any(cell.strip() for cell in line):
            continue
        try:
            if len(line) != len(header):
                raise InvalidRecord(
                    f"it has {len(line)} values, but the header has {len(header)}: quote texts with a comma"
                )
            row = _claim(dict(zip(header, (cell.strip() for cell in line), strict=True)), taken)
        except InvalidRecord as reason:
            rejected.append(RejectedRecord(",".join(line), f"line {number} ({line[0].strip() or 'no id'}): {reason}"))
        else:
            rows.append(row)
            taken[str(row[0])] = f"is already on line {number}"
    return Parsed(rows, rejected)


def _header_problem(header: list[str]) -> str | None:
    missing = [name for name in REQUIRED if name not in header]
    unknown = [name for name in header if name not in COLUMNS]
    if missing:
        return f"the header has no {', '.join(missing)}: begin the file with {','.join(COLUMNS)}"
    if unknown:
        return f"the header has unknown columns {', '.join(map(repr, unknown))}: use only {','.join(COLUMNS)}"
    if len(set(header)) != len(header):
        return "the header names a column twice: keep one of them"
    return None


def _claim(cells: Mapping[str, str], taken: Mapping[str, str]) -> Row:
    """One claim as a row. Raises InvalidRecord."""
    for name in REQUIRED:
        if not cells[name]:
            raise InvalidRecord(f"{name} is empty: fill it in")
    if cells["claim_id"] in taken:
        raise InvalidRecord(f"the claim_id {cells['claim_id']} {taken[cells['claim_id']]}: choose another one")
    _check_series(cells)
    values = {name: _value(name, kind, cells.get(name, "")) for name, kind in COLUMNS.items()}
    _check_consistency(values)
    return tuple(values.values())


def _check_series(cells: Mapping[str, str]) -> None:
    """Check that the metric exists with the window and statistic, and that the asset exists. Raises InvalidRecord."""
    known = _metrics()
    metric = known.get(cells["metric"])
    if metric is None:
        near = get_close_matches(cells["metric"], known, n=1)
        meant = f"did you mean {near[0]}? " if near else ""
        raise InvalidRecord(
            f"there is no metric {cells['metric']}: {meant}"
            '`warehouse sql "select metric, definition from dim_metrics"` lists them'
        )
    for column, choices in (("time_window", metric.time_windows), ("statistic", metric.statistics)):
        if cells[column] not in choices:
            raise InvalidRecord(f"{cells['metric']} has no {column} {cells[column]}: write one of {', '.join(choices)}")
    assets = (*_seed_column("assets", "asset"), "ALL")
    if cells["asset"] not in assets:
        raise InvalidRecord(f"there is no asset {cells['asset']}: write one of {', '.join(assets)}")


def _value(name: str, kind: str, text: str) -> object:
    if text == "":
        return None
    if name in CHOICES and text not in CHOICES[name]:
        raise InvalidRecord(f"{name} is {text}: write one of {', '.join(CHOICES[name])}, or nothing")
    try:
        if kind == "date":
            return date.fromisoformat(text)
        if kind == "timestamp":
            instant = datetime.fromisoformat(text)
            return instant.astimezone(UTC).replace(tzinfo=None) if instant.tzinfo else instant
        if kind == "double":
            number = float(text)
            if not isfinite(number):
                raise ValueError
            return number
    except (ValueError, OverflowError):
        example = {"date": "2025-05-08", "timestamp": "2025-05-09T04:00Z", "double": "104000 or 0.03"}[kind]
        raise InvalidRecord(f"{name} is {text!r}: write it as {example}") from None
    return text


def _check_consistency(claim: Mapping[str, object]) -> None:
    """Check the fields together: something is claimed, and for some time. Raises InvalidRecord."""
    day, at, period = (claim[name] for name in ("claim_date", "claim_at", "period_start_date"))
    if (claim["comparator"] is None) != (claim["threshold"] is None):
        raise InvalidRecord("comparator and threshold belong together: fill in both, or neither for a record only")
    if claim["comparator"] is None and claim["record_direction"] is None:
        raise InvalidRecord("nothing is claimed: fill in a comparator and a threshold, or a record_direction")
    if claim["since_date"] is not None and claim["record_direction"] is None:
        raise InvalidRecord("since_date needs a record_direction: highest or lowest")
    if day is None and at is None:
        raise InvalidRecord("the day is missing: fill in claim_date, or claim_at for an instant")
    if claim["time_window"] == "rolling_24h" and at is None:
        raise InvalidRecord("a rolling window ends at an instant: fill in claim_at")
    if isinstance(period, date) and (not isinstance(day, date) or period > day):
        raise InvalidRecord("a period ends with its claim_date: fill it in, not before period_start_date")
    if isinstance(claim["tolerance_ratio"], float) and claim["tolerance_ratio"] < 0:
        raise InvalidRecord("tolerance_ratio is negative: write a fraction of the threshold, such as 0.05")


@cache
def _metrics() -> dict[str, ClaimMetric]:
    return {
        line["metric"]: ClaimMetric(_words(line["time_windows"]), _words(line["statistics"]))
        for line in _seed("metrics")
    }


def _words(text: str) -> tuple[str, ...]:
    """'snapshot; open, high' → ('snapshot', 'open', 'high'); of each part the first word."""
    return tuple(word for part in text.replace(";", ",").split(",") if (word := part.strip().split(" ")[0]))


def _seed_column(seed: str, column: str) -> tuple[str, ...]:
    return tuple(line[column] for line in _seed(seed))


@cache
def _seed(name: str) -> tuple[dict[str, str], ...]:
    with (SEEDS / f"{name}.csv").open(newline="", encoding="utf-8") as file:
        return tuple(csv.DictReader(file))


def outcome_of(claims: Parsed) -> str:
    """The outcome of a file of claims, in the words for datasets of providers."""
    return "complete" if not claims.rejected else "partial" if claims.rows else "failed"


def summary(parsed: Parsed, shown: int = 5) -> str | None:
    """One sentence about the rejected claims for the end of a run; None where there are none."""
    if not parsed.rejected:
        return None
    reasons: Iterable[str] = (record.reason for record in parsed.rejected[:shown])
    more = len(parsed.rejected) - shown
    return (
        f"imports/{FILE}: {len(parsed.rejected)} rejected: {'; '.join(reasons)}"
        + (f"; and {more} more" if more > 0 else "")
        + ". The other claims are loaded; correct the file and run again"
    )
