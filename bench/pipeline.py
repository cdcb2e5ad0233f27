"""`warehouse run` on the bundled sample, as a user starts it: a new process, an empty home, then the same again."""

import json
import os
import subprocess
import sys
import tempfile
from time import perf_counter


def main() -> None:
    with tempfile.TemporaryDirectory() as home:
        for label in ("empty home", "run again"):
            started = perf_counter()
            finished = subprocess.run(
                [sys.executable, "-m", "orchestration", "run", "--source", "sample", "--json"],
                env=os.environ | {"WAREHOUSE_HOME": home},
                capture_output=True,
                text=True,
                check=True,
            )
            took = perf_counter() - started
            print(f"  {label}: {took:.1f} s in all")
            steps = json.loads(finished.stdout)["seconds"]
            for step, seconds in sorted(steps.items(), key=lambda item: -item[1])[:6]:
                print(f"    {step:<40} {seconds:6.2f} s")
