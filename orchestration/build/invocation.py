"""dbt inside this process, independent of the user's `DBT_` variables.

Every option of dbt's command line has a `DBT_` variable too (`DBT_TARGET`, `DBT_EMPTY`, `DBT_RESOURCE_TYPES` …).
Variables set for other projects would change what is built here, so none of them reaches dbt.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from orchestration.project import DBT_PROJECT
from orchestration.settings import environment

if TYPE_CHECKING:
    from dbt.cli.main import dbtRunnerResult
    from dbt.contracts.graph.manifest import Manifest
    from dbt_common.events.base_types import EventMsg

# Every statement and cache entry in dbt's log file was a fifth of the build; `dbt build` by hand writes them.
LOG = ("--quiet", "--log-level-file", "info")
QUIET = {"DBT_SEND_ANONYMOUS_USAGE_STATS": "false", "DBT_VERSION_CHECK": "false"}


class TransformFailed(Exception):
    """dbt could not run at all: the project does not parse, or the working file can't be opened."""


def invoke(
    arguments: Sequence[str],
    variables: Mapping[str, str],
    project: "Manifest | None" = None,
    on_event: "Callable[[EventMsg], None] | None" = None,
) -> "dbtRunnerResult":
    """Run one dbt command on the project, with `variables` for `profiles.yml` and dbt, and the parsed project if given.

    `on_event` receives dbt's events as they happen, in dbt's threads. A failed model or test is in the result. Raises
    TransformFailed when dbt could not run.
    """
    with dbt_environment(variables):
        from dbt.adapters.duckdb.connections import DuckDBConnectionManager
        from dbt.cli.main import dbtRunner

        outcome = dbtRunner(project, callbacks=[on_event] if on_event else []).invoke(
            [*arguments, "--project-dir", str(DBT_PROJECT), "--profiles-dir", str(DBT_PROJECT), *LOG]
        )
        # dbt keeps its DuckDB instance open after a run, and only one process may hold the file.
        DuckDBConnectionManager.close_all_connections()
    if outcome.exception is not None:
        raise TransformFailed(str(outcome.exception)) from outcome.exception
    return outcome


@contextmanager
def dbt_environment(variables: Mapping[str, str]) -> Iterator[None]:
    """The process's environment with `variables` and without any `DBT_` variable that is not among them."""
    with environment(QUIET | dict(variables), without="DBT_"):
        yield
