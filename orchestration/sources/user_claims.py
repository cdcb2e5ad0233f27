"""The user's own claims: `imports/claims.csv` in the warehouse's home, judged beside those that ship.

The file has the columns of `dbt_project/seeds/claims.csv`, in any order; those that are always empty may be left out.
It is the list of the user's claims: a line that is taken out takes its claim back, so the file is read whole in every
run and has no versions. Days are ISO dates, instants are UTC unless they carry an offset, a threshold is in the unit of
its metric (USD, or 1 for 100 percent). A line that can't be judged is refused with its number, the reason and what to
write instead; the others stand.
"""

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from difflib import get_close_matches
from functools import cache
from io import StringIO
from math import isfinite

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
    """What a claim about a metric may name: its windows and its statistics."""

    time_windows: tuple[str, ...]
    statistics: tuple[str, ...]


def parse_claims(body: bytes) -> Parsed:
    """Rows in the order of `COLUMNS`, as the file has them; refused lines, each with its number and the reason.

    A file whose header is not that of claims is refused whole.
    """
    try:
        reader = csv.reader(StringIO(body.decode("utf-8-sig"), newline=""), strict=True)
        lines = [(reader.line_num, line) for line in reader]
    except (UnicodeDecodeError, csv.Error) as problem:
        return Parsed([], [RejectedRecord(FILE, f"the file is no CSV in UTF-8 ({problem}): save it as such")])
    header = [name.strip() for name in lines[0][1]] if lines else []
    if reason := _why_no_header(header):
        return Parsed([], [RejectedRecord(FILE, reason)])
    taken = dict.fromkeys(_seed_column("claims", "claim_id"), "is the name of a shipped claim")
    rows: list[Row] = []
    refused: list[RejectedRecord] = []
    for number, line in lines[1:]:
        if not any(cell.strip() for cell in line):
            continue
        try:
            if len(line) != len(header):
                raise InvalidRecord(
                    f"it has {len(line)} values where the header has {len(header)}: quote texts with a comma"
                )
            row = _claim(dict(zip(header, (cell.strip() for cell in line), strict=True)), taken)
        except InvalidRecord as reason:
            refused.append(RejectedRecord(",".join(line), f"line {number} ({line[0].strip() or 'no id'}): {reason}"))
        else:
            rows.append(row)
            taken[str(row[0])] = f"stands on line {number} already"
    return Parsed(rows, refused)


def _why_no_header(header: list[str]) -> str | None:
    missing = [name for name in REQUIRED if name not in header]
    unknown = [name for name in header if name not in COLUMNS]
    if missing:
        return f"the header lacks {', '.join(missing)}: begin the file with {','.join(COLUMNS)}"
    if unknown:
        return (
            f"the header has {', '.join(map(repr, unknown))}, which no claim has: the columns are {','.join(COLUMNS)}"
        )
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
    _check_sense(values)
    return tuple(values.values())


def _check_series(cells: Mapping[str, str]) -> None:
    """The metric, and that it exists in the named window and statistic, for an asset that there is."""
    known = _metrics()
    metric = known.get(cells["metric"])
    if metric is None:
        near = get_close_matches(cells["metric"], known, n=1)
        meant = f"did you mean {near[0]}? " if near else ""
        raise InvalidRecord(
            f"no metric is called {cells['metric']}: {meant}"
            '`warehouse sql "select metric, definition from dim_metrics"` lists them'
        )
    for column, choices in (("time_window", metric.time_windows), ("statistic", metric.statistics)):
        if cells[column] not in choices:
            raise InvalidRecord(f"{cells['metric']} has no {column} {cells[column]}: write one of {', '.join(choices)}")
    assets = (*_seed_column("assets", "asset"), "ALL")
    if cells["asset"] not in assets:
        raise InvalidRecord(f"no asset is called {cells['asset']}: write one of {', '.join(assets)}")


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
    except ValueError:
        example = {"date": "2025-05-08", "timestamp": "2025-05-09T04:00Z", "double": "104000 or 0.03"}[kind]
        raise InvalidRecord(f"{name} is {text!r}: write it as {example}") from None
    return text


def _check_sense(claim: Mapping[str, object]) -> None:
    """What only all fields together show: that something is claimed, and of when."""
    day, at, period = (claim[name] for name in ("claim_date", "claim_at", "period_start_date"))
    if (claim["comparator"] is None) != (claim["threshold"] is None):
        raise InvalidRecord("comparator and threshold belong together: fill in both, or neither for a record alone")
    if claim["comparator"] is None and claim["record_direction"] is None:
        raise InvalidRecord("nothing is claimed: give a comparator and a threshold, or a record_direction")
    if claim["since_date"] is not None and claim["record_direction"] is None:
        raise InvalidRecord("since_date needs a record_direction: highest or lowest")
    if day is None and at is None:
        raise InvalidRecord("no day is named: fill in claim_date, or claim_at for an instant")
    if claim["time_window"] == "rolling_24h" and at is None:
        raise InvalidRecord("a rolling window ends at an instant: fill in claim_at")
    if isinstance(period, date) and (not isinstance(day, date) or period > day):
        raise InvalidRecord("a period ends with its claim_date: fill it in, not before period_start_date")
    if isinstance(claim["tolerance_ratio"], float) and claim["tolerance_ratio"] < 0:
        raise InvalidRecord("tolerance_ratio is negative: write a part of the threshold, such as 0.05")


@cache
def _metrics() -> dict[str, ClaimMetric]:
    return {
        line["metric"]: ClaimMetric(_words(line["time_windows"]), _words(line["statistics"]))
        for line in _seed("metrics")
    }


def _words(text: str) -> tuple[str, ...]:
    """'snapshot; open, high' → ('snapshot', 'open', 'high'); words that only explain are kept and match nothing."""
    return tuple(word for part in text.replace(";", ",").split(",") if (word := part.strip().split(" ")[0]))


def _seed_column(seed: str, column: str) -> tuple[str, ...]:
    return tuple(line[column] for line in _seed(seed))


@cache
def _seed(name: str) -> tuple[dict[str, str], ...]:
    with (SEEDS / f"{name}.csv").open(newline="", encoding="utf-8") as file:
        return tuple(csv.DictReader(file))


def outcome_of(claims: Parsed) -> str:
    """How a file of claims is recorded, in the words for the answers of providers."""
    return "complete" if not claims.rejected else "partial" if claims.rows else "failed"


def summary(parsed: Parsed, shown: int = 5) -> str | None:
    """One sentence for the end of a run about what was refused; None where nothing was."""
    if not parsed.rejected:
        return None
    reasons: Iterable[str] = (refused.reason for refused in parsed.rejected[:shown])
    more = len(parsed.rejected) - shown
    return (
        f"{len(parsed.rejected)} refused of imports/{FILE}: {'; '.join(reasons)}"
        + (f"; and {more} more" if more > 0 else "")
        + ". The other claims stand; mend the file and run again"
    )
