"""What is known of the results that a build left: under which inputs each was made, and a digest of its rows.

Of the marts it is kept beside the file that holds them (`build.json`, in the draft's folder and in the release); of all
else in the working file (`build.nodes`). A note never outlives its result: it is removed before the result is made
again, and written when everything is made.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, astuple, dataclass, field
from pathlib import Path

import duckdb

STATE_NAME = "build.json"
SCHEMA = """
create schema if not exists build;
create table if not exists build.nodes (
    node varchar primary key, inputs varchar, rows varchar, status varchar, failures bigint, message varchar
);
alter table build.nodes add column if not exists basis varchar;
"""


@dataclass(frozen=True)
class Note:
    """One result. `inputs` is the fingerprint of all that it was made of; `rows` the digest of a table, or of the text
    of a view. A test has its `status` and how many rows failed. `basis` says of which months a table was made that is
    made again from a day on (`changed_days.Basis`)."""

    inputs: str
    rows: str = ""
    status: str = "success"
    failures: int | None = None
    message: str | None = None
    basis: str = ""


@dataclass(frozen=True)
class MartsState:
    """The marts of one file: the build that made them, and a note on each by its name."""

    build: str
    tables: Mapping[str, Note] = field(default_factory=dict)

    def save(self, folder: Path) -> None:
        """Write it into the folder of the file."""
        (folder / STATE_NAME).write_text(json.dumps(asdict(self), indent=1) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> "MartsState | None":
        """The state of the file in `folder`; None where there is none that can be read."""
        try:
            stored = json.loads((folder / STATE_NAME).read_text(encoding="utf-8"))
            return cls(stored["build"], {name: Note(**note) for name, note in stored["tables"].items()})
        except (OSError, ValueError, TypeError, KeyError):
            return None


def stored_notes(connection: duckdb.DuckDBPyConnection) -> dict[str, Note]:
    """The notes in the working file that is open in `connection`, of results that are there."""
    connection.execute(SCHEMA)
    rows = connection.execute(
        "select node, inputs, rows, status, failures, message, coalesce(basis, '') from build.nodes"
    ).fetchall()
    return {node: Note(*row) for node, *row in rows}


def forget(connection: duckdb.DuckDBPyConnection, nodes: Iterable[str] | None = None) -> None:
    """Remove the notes on `nodes`, or all."""
    if nodes is None:
        connection.execute("delete from build.nodes")
    elif named := ", ".join(map(_literal, nodes)):
        connection.execute(f"delete from build.nodes where node in ({named})")


def remember(connection: duckdb.DuckDBPyConnection, notes: Mapping[str, Note]) -> None:
    """Write notes; none may stand for the same node."""
    if notes:
        rows = ", ".join(f"({', '.join(map(_literal, (node, *astuple(note))))})" for node, note in notes.items())
        connection.execute(f"insert into build.nodes values {rows}")


def _literal(value: str | int | None) -> str:
    # Written out: the first value that is bound has DuckDB import pandas, which takes longer than all of this.
    return "null" if value is None else str(value) if isinstance(value, int) else "'" + value.replace("'", "''") + "'"
