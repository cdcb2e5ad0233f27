"""`warehouse run` on the bundled sample as a user starts it, and the commands that read, each in a new process.

Beside it stands one `dbt build` of the same models from the same raw rows, with which everything after extract is
compared.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

from orchestration.project import DBT_PROJECT
from orchestration.settings import SAMPLE_NOW

COMMANDS = (("sql", "select 1"), ("status",), ("claims",), ("--help",))
AFTER_EXTRACT = ("dbt_build", "data_checks", "published__crypto_market")


@dataclass(frozen=True)
class Cost:
    """What a process took: seconds in all, processor seconds and most megabytes, its own children included."""

    seconds: float
    processor_seconds: float
    megabytes: float
    output: str

    def __str__(self) -> str:
        return f"{self.seconds:6.1f} s {self.processor_seconds:6.1f} CPU s {self.megabytes:6.0f} MB"


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        warehouse(folder / "first", "run", "--source", "sample")  # dbt parses and records where it has not yet
        runs = {
            "from nothing": warehouse(folder / "home", "run", "--source", "sample", "--json"),
            "without news": warehouse(folder / "home", "run", "--json"),
            "--full-refresh": warehouse(folder / "home", "run", "--full-refresh", "--json"),
        }
        by_dbt = dbt_build(folder / "home" / "warehouse.duckdb", folder / "by_dbt.duckdb")
        print(f"  {'one dbt build process':<28} {by_dbt}")
        for label, run in runs.items():
            steps = json.loads(run.output)["seconds"]
            after = sum(seconds for step, seconds in steps.items() if step in AFTER_EXTRACT)
            ratio = f"after extract {after:5.1f} s, {after / by_dbt.seconds:4.2f} x dbt build"
            print(f"  {'run ' + label:<28} {run}   {ratio}")
        for command in COMMANDS:
            print(f"  {'warehouse ' + ' '.join(command):<28} {warehouse(folder / 'home', *command)}")


def warehouse(home: Path, *arguments: str) -> Cost:
    return cost([sys.executable, "-m", "orchestration", *arguments], os.environ | {"WAREHOUSE_HOME": str(home)})


def dbt_build(working_file: Path, release_file: Path) -> Cost:
    """One process of dbt with its own defaults, into a file of its own."""
    variables = {
        "WAREHOUSE_FILE": str(working_file),
        "WAREHOUSE_RELEASE_FILE": str(release_file),
        "DBT_TARGET_PATH": str(release_file.with_suffix(".target")),
        "DBT_LOG_PATH": str(release_file.with_suffix(".logs")),
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    }
    return cost(
        [
            *(sys.executable, "-m", "dbt.cli.main", "--quiet", "build", "--exclude-resource-type", "unit_test"),
            *("--project-dir", str(DBT_PROJECT), "--profiles-dir", str(DBT_PROJECT)),
            *("--vars", json.dumps({"now": f"{SAMPLE_NOW:%Y-%m-%d %H:%M:%S}"})),
        ],
        os.environ | variables,
    )


def cost(command: Sequence[str], environment: Mapping[str, str], folder: Path | None = None) -> Cost:
    """Run a command to its end, in `folder` if one is given; raises RuntimeError with its errors when it fails."""
    started = perf_counter()
    with tempfile.TemporaryFile("w+") as output, tempfile.TemporaryFile("w+") as errors:
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=output, stderr=errors)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        seconds = perf_counter() - started
        if process.returncode:
            errors.seek(0)
            raise RuntimeError(f"{' '.join(command)} ended with status {process.returncode}: {errors.read()[-3000:]}")
        output.seek(0)
        text = output.read()
    return Cost(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, text)


if __name__ == "__main__":
    main()
