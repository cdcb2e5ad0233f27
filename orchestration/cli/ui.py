"""The Dagster UI on this machine: `dagster dev` with its records in the home, and the page of the checks beside it."""

import signal
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

from orchestration.release.check_pages import ResultPages
from orchestration.run import dagster_instance
from orchestration.settings import Settings


def serve(settings: Settings, port: int) -> int:
    """Serve the UI on 127.0.0.1 until it is interrupted or told to end. Returns the exit status of `dagster dev`."""
    dagster_instance(settings).dispose()
    environment = dict(settings.environment) | {
        "DAGSTER_HOME": str(settings.dagster_home.resolve()),
        "WAREHOUSE_HOME": str(settings.home.resolve()),
    }
    # `dagster dev` announces its successor, a tool of its own package, on every start.
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
                    f"the page of the data checks is not served, for 127.0.0.1:{beside} is not free "
                    f"({problem.strerror}): open {settings.check_report.with_name('index.html')} instead",
                    file=sys.stderr,
                )
        process = subprocess.Popen(command, cwd=settings.dagster_home, env=environment)
        # Ctrl-C reaches both; what is sent to this process alone is passed on, and Dagster ends what it started.
        signal.signal(signal.SIGINT, lambda *_: None)
        signal.signal(signal.SIGTERM, lambda *_: process.terminate())
        return process.wait()
