"""What one new day costs as history and the number of assets grow: everything after extract, on made-up figures.

Each home holds hourly and daily bars, derivatives and ETF flows (`made_up_history`), of ten assets for 1 and 10 years.
It is built from nothing, then gets one more day twice, which is built by change, checked and published.
`--assets 10,100,1000 --years 1` measures more assets: those beyond ten are made up, in a copy of the project.
`--show 12` names that many of the dearest models; `--folder DIR` keeps the homes, and a home that is there gets two
more days.

`--spark` compares DuckDB and Spark instead (`bench.spark`), at 10 million events, or `--events 10000000,100000000`.
"""

import argparse
import json
import os
import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from datetime import datetime
from itertools import pairwise, product
from multiprocessing import get_context
from pathlib import Path
from time import perf_counter

from bench import spark
from bench.made_up_assets import assets_of, project_of
from bench.made_up_history import History, history_of, instant, next_day
from bench.pipeline import Cost, cost

END = datetime(2026, 8, 10)
STEPS = ("build", "checks", "publish")


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m bench scale", description=__doc__)
    parser.add_argument("--years", default="1,10", help="lengths of the histories, default 1,10")
    parser.add_argument("--assets", default="10", help="numbers of assets, default 10")
    parser.add_argument("--show", type=int, default=8, metavar="N", help="how many of the dearest models to name")
    parser.add_argument("--folder", type=Path, help="where the homes are made and stay; an empty folder")
    parser.add_argument("--spark", action="store_true", help="compare DuckDB and Spark; needs pyspark and Java")
    parser.add_argument("--events", default="10000000", help="with --spark: how many, default 10000000")
    options = parser.parse_args(arguments)
    if options.spark:
        spark.compare([int(size) for size in options.events.split(",")])
        return
    sizes = list(product(map(int, options.assets.split(",")), map(int, options.years.split(","))))
    with tempfile.TemporaryDirectory() as name:
        folder = (options.folder or Path(name)).resolve()
        costs = [
            _measure(folder / f"{assets}_assets_{years}_years", assets, years, options.show) for assets, years in sizes
        ]
    least = costs[0].processor_seconds
    for (assets, years), one in zip(sizes, costs, strict=True):
        ratio = one.processor_seconds / least
        print(f"  a new day of {assets:>4} assets after {years:>2} years  {one}   {ratio:5.2f} x CPU of the first")


def _measure(home: Path, assets: int, years: int, show: int) -> Cost:
    """Fill a home, build it from nothing and by change; the cost of the latter."""
    project = home / "project"
    if not project.exists():
        project = project_of(assets, project)
    history = replace(history_of(years, END), assets=assets_of(assets), seeds=project / "dbt_project" / "seeds")
    note = home / "written_until"
    if note.exists():
        history = replace(history, end=datetime.fromisoformat(note.read_text()))
    else:
        rows = _write(history, home / "warehouse.duckdb")
        print(f"  {assets} assets, {years} years: {rows:,} raw rows")
        _report("from nothing", after_extract(home, history, project), show)
    last: Cost | None = None
    # The second day is the usual one: the first one after a build by dbt begins with its notes.
    for number in (1, 2):
        history = next_day(history)
        _write(history, home / "warehouse.duckdb")
        note.write_text(history.end.isoformat())
        last = after_extract(home, history, project)
        _report(f"new day {number}", last, show)
    assert last is not None
    return last


def _write(history: History, working_file: Path) -> int:
    """Add the rows of a history in a process of its own: what this one holds counts as memory of all that it starts."""
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        return pool.submit(history.write, working_file).result()


def after_extract(home: Path, history: History, project: Path) -> Cost:
    """Build, check and publish in a process of their own, with the code of `project`."""
    return cost(
        [sys.executable, "-m", "bench.scale", str(home), instant(history).isoformat()],
        os.environ | {"WAREHOUSE_HOME": str(home), "WAREHOUSE_NOW": instant(history).isoformat()},
        project,
    )


def _report(label: str, one: Cost, show: int) -> None:
    outcome = json.loads(one.output.splitlines()[-1])
    steps = ", ".join(f"{step} {outcome['seconds'][step]:.1f} s" for step in STEPS)
    print(f"    {label:<14} {one}   {steps}; {outcome['made']} nodes made")
    dearest = sorted(outcome["nodes"].items(), key=lambda node: -node[1])[:show]
    print("      " + ", ".join(f"{name} {seconds:.2f}" for name, seconds in dearest))


def _after_extract(home: Path, now: datetime) -> None:
    """What a run does after extract, in this process; the last line of the output is what it took, as JSON."""
    from orchestration.build.marts import build
    from orchestration.raw.recheck import reject_impossible_rows
    from orchestration.raw.working_file import connect
    from orchestration.release.checker import checker
    from orchestration.release.judging import judge
    from orchestration.release.publish import current, publish
    from orchestration.settings import Settings
    from orchestration.sources.shared.registry import datasets

    settings = Settings.load({"WAREHOUSE_HOME": str(home)})
    if current(settings.published) is None:
        checker().start()

    times = [perf_counter()]
    with connect(settings.working_file) as connection:
        reject_impossible_rows(connection, datasets())
    results = build(settings, now)
    failed = [f"{result.unique_id}: {result.message}" for result in results if result.is_failure]
    assert not failed, "\n".join(failed)
    times.append(perf_counter())
    report = judge(settings.release_draft, settings.published, now)
    times.append(perf_counter())
    publish(settings.release_draft, settings.published, now, "bench", "sample")
    times.append(perf_counter())
    outcome = {
        "seconds": {step: end - start for step, (start, end) in zip(STEPS, pairwise(times), strict=True)},
        "made": sum(result.is_new for result in results),
        "nodes": {result.unique_id.removeprefix("model.crypto_market."): result.seconds for result in results},
        "blocking": [result.name for result in report.blocking],
    }
    print(json.dumps(outcome))


if __name__ == "__main__":
    _after_extract(Path(sys.argv[1]), datetime.fromisoformat(sys.argv[2]))
