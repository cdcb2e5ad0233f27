"""A claim given by its fields, as a program or the command line gives it: `warehouse verify --metric … --value …`.

It is read by the rules of `imports/claims.csv`; what is left out is the metric's default.
"""

import csv
from collections.abc import Mapping
from dataclasses import fields
from io import StringIO
from typing import TYPE_CHECKING

from orchestration.sources.user_claims import COLUMNS, parse_claims
from orchestration.verify.amounts import PLAIN, plain, tolerance
from orchestration.verify.claim import Claim
from orchestration.verify.figures import complete_key

if TYPE_CHECKING:
    import duckdb


class InvalidClaim(ValueError):
    """Fields that make no claim; the message says which and what to write."""


def claim_of(connection: "duckdb.DuckDBPyConnection", given: Mapping[str, str]) -> Claim:
    """The claim of the given fields, named as the columns of `imports/claims.csv`.

    A threshold without a comparator is meant as about so much, as exactly as it is written. Raises InvalidClaim, and
    NoFigure for an unknown metric.
    """
    cells = {name: text for name, text in given.items() if text}
    if "metric" not in cells:
        raise InvalidClaim('metric is missing: `warehouse sql "select metric, definition from dim_metrics"` lists them')
    names = ("metric", "asset", "scope", "time_window", "statistic")
    if "claim_at" in cells and "claim_date" not in cells:
        cells.setdefault("time_window", "rolling_24h")
    key = complete_key(connection, *(cells.get(name) for name in names))  # type: ignore[arg-type]
    cells |= {name: getattr(key, name) for name in names}
    if "threshold" in cells and "comparator" not in cells:
        found = PLAIN.search(cells["threshold"].lstrip("-"))
        cells["comparator"] = "about"
        cells.setdefault("tolerance_ratio", str(tolerance(plain(found)) if found else 0))
    cells |= {"claim_id": "verify", "claim_text": cells.get("claim_text") or "a claim"}
    buffer = StringIO()
    writer = csv.DictWriter(buffer, list(COLUMNS), extrasaction="ignore")
    writer.writeheader()
    writer.writerow(cells)
    parsed = parse_claims(buffer.getvalue().encode())
    if parsed.rejected:
        raise InvalidClaim(parsed.rejected[0].reason.partition("): ")[2] or parsed.rejected[0].reason)
    values = dict(zip(COLUMNS, parsed.rows[0], strict=True))
    parts = {field.name: values[field.name] for field in fields(Claim)}
    return Claim(**parts | {"tolerance_ratio": parts["tolerance_ratio"] or 0.0})
