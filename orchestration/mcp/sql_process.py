"""One SELECT in a process of its own, which is ended when the time is over.

DuckDB interrupts a query between the vectors of its rows, and one call of a function on a long text is one vector: such
a query outlives an interrupt by minutes. So the query of a client runs in a process that can be ended. The process ends
by itself when the server does, whose end closes its standard input.
"""

import json
import os
import subprocess
import sys
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from threading import Event, Thread, Timer

from orchestration.file_errors import FileUnusable
from orchestration.mcp.safe_sql import MOST_SECONDS, QueryRefused, Rows, bounded, select, took_too_long
from orchestration.release.open import PublishedFile
from orchestration.without_pandas import leave_pandas_out

READY = "ready"
GRACE_SECONDS = 0.5
"""Between the interrupt and the end of the process."""


def select_in_process(
    file: PublishedFile, query: str, as_of: datetime | None = None, seconds: float = MOST_SECONDS
) -> Rows:
    """The first rows of one SELECT on a release, counted from when the release is open. Raises QueryRefused."""
    request = {
        "path": str(file.path),
        "version": file.version,
        "as_of": as_of.isoformat() if as_of else None,
        "query": query,
        "seconds": seconds,
    }
    command = [sys.executable, "-P", "-m", "orchestration.mcp.sql_process"]
    is_late = Event()
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8") as child:
        assert child.stdin is not None
        assert child.stdout is not None

        def end() -> None:
            is_late.set()
            child.kill()

        try:
            child.stdin.write(json.dumps(request) + "\n")
            child.stdin.flush()
            is_ready = child.stdout.readline().strip() == READY
            timer = Timer(seconds + GRACE_SECONDS, end)
            timer.start()
            written = child.stdout.read() if is_ready else ""
            timer.cancel()
        finally:
            child.kill()
    if is_late.is_set():
        raise QueryRefused(took_too_long(seconds))
    return _rows(written)


def _rows(written: str) -> Rows:
    try:
        response = json.loads(written)
    except ValueError:
        raise QueryRefused("the query ended its process: select fewer rows or columns") from None
    if "unusable" in response:
        raise FileUnusable(response["unusable"])
    if "refused" in response:
        raise QueryRefused(response["refused"])
    return Rows(**response)


def _respond(request: dict[str, str | float | None]) -> dict[str, object]:
    """What the process writes: the rows, or why there are none."""
    as_of = datetime.fromisoformat(str(request["as_of"])) if request["as_of"] else None
    file = PublishedFile(path=Path(str(request["path"])), version=str(request["version"]))
    try:
        with bounded(file, as_of) as connection:
            print(READY, flush=True)
            return asdict(select(connection, str(request["query"]), float(request["seconds"] or 0)))
    except QueryRefused as problem:
        return {"refused": str(problem)}
    except FileUnusable as problem:
        print(READY, flush=True)
        return {"unusable": str(problem)}


def _end_with_the_server() -> None:
    sys.stdin.read()
    os._exit(1)


def main() -> None:
    """Read one request from standard input and write its response."""
    leave_pandas_out()
    request = json.loads(sys.stdin.readline())
    Thread(target=_end_with_the_server, daemon=True).start()
    response = _respond(request)
    print(json.dumps(response), flush=True)
    # A normal end would wait for the thread, which holds standard input.
    os._exit(0)


if __name__ == "__main__":
    main()
