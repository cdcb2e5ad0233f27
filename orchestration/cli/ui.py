"""The Dagster UI on this machine: `dagster dev` with its records in the home, and the page of the data checks."""

import signal
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

from orchestration.defs.instance import dagster_instance
from orchestration.project import ROOT
from orchestration.release.check_pages import ResultPages
from orchestration.settings import Settings


def serve(settings: Settings, port: int) -> int:
    """Serve the UI on 127.0.0.1 until it is interrupted or terminated. Returns the exit status of `dagster dev`."""
    dagster_instance(settings).dispose()
    environment = dict(settings.environment) | {
        "DAGSTER_HOME": str(settings.dagster_home.resolve()),
        "WAREHOUSE_HOME": str(settings.home.resolve()),
    }
    # `dagster dev` announces its successor, another package, on every start.
    environment.setdefault("PYTHONWARNINGS", "ignore:Function `dev_command`")
    dagster = Path(sys.executable).with_name("dagster")
    command = [str(dagster), "dev", "-m", "orchestration.definitions", "-h", "127.0.0.1", "-p", str(port)]
    with ExitStack() as stack:
        if settings.results_url is None:
            beside = port + 1 if port < 65_535 else port - 1
            environment["WAREHOUSE_RESULTS_URL"] = f"http://127.0.0.1:{beside}"
            try:
                stack.enter_context(ResultPages(settings.check_report.parent.resolve(), beside))
            except OSError as problem:
                print(
                    f"the page of the data checks is not served, because 127.0.0.1:{beside} is in use "
                    f"({problem.strerror}): open {settings.check_report.with_name('index.html')} instead",
                    file=sys.stderr,
                )
        lineage = subprocess.Popen(
            [sys.executable, "-P", "-m", "orchestration.build.lineage"],
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        stack.callback(lineage.kill)
        # Dagster ends on SIGTERM as it does on SIGINT, which is ignored in what a shell starts in the background. A
        # handler here means that Dagster begins with the default.
        signal.signal(signal.SIGINT, lambda *_: None)
        process = subprocess.Popen(command, cwd=ROOT, env=environment)
        # Ctrl-C reaches both processes; a SIGTERM to this one is passed on, and Dagster ends what it started.
        signal.signal(signal.SIGTERM, lambda *_: process.terminate())
        return process.wait()
