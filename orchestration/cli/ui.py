"""The Dagster UI on this machine, with its records in the home, and the page of the data checks.

`dagster dev` starts one process after the other: a page is there after the sum of their imports. Here the code server
loads the project while the web server imports what it needs, and what the first page does not need starts when it is
served: the daemon, which runs schedules and sensors.
"""

import json
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from orchestration.defs.instance import configured, dagster_instance
from orchestration.project import ROOT
from orchestration.release.check_pages import served_at
from orchestration.settings import Settings

LOCATION = "orchestration.definitions"
POLL_SECONDS = 0.2
END_SECONDS = 60
"""A process that has not ended this long after it was terminated is killed."""

Process = subprocess.Popen[bytes]


class _Signalled(Exception):
    """The UI was interrupted or terminated."""


def serve(settings: Settings, port: int) -> int:
    """Serve the UI on 127.0.0.1 until it is interrupted or terminated. Returns 1 when a process of it ends first."""
    if not (configured(settings) / "history").exists():
        # Dagster's records are made before its processes start: each would make them, side by side. Where they are
        # there, Dagster is not imported here, which takes two seconds.
        dagster_instance(settings).dispose()
    environment = dict(settings.environment) | {
        "DAGSTER_HOME": str(settings.dagster_home.resolve()),
        "WAREHOUSE_HOME": str(settings.home.resolve()),
        # As `dagster dev` has it: code may be reloaded from the page.
        "DAGSTER_IS_DEV_CLI": "1",
    }
    with ExitStack() as stack:
        if settings.results_url is None:
            environment["WAREHOUSE_RESULTS_URL"] = _results_page(settings, port, stack)
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="warehouse-ui-")))
        with suppress(_Signalled), _raised_signals():
            return _processes(folder, port, environment)
    return 0


def _results_page(settings: Settings, port: int, stack: ExitStack) -> str:
    """Serve the page of the data checks beside the UI. Returns its address."""
    wanted = port + 1 if port < 65_535 else port - 1
    pages = stack.enter_context(served_at(wanted, settings.check_report.parent.resolve()))
    address = f"http://127.0.0.1:{pages.port}"
    if pages.port != wanted:
        print(
            f"port {wanted} can't be used: the page of the data checks is at {address} this time; "
            "links to it in the records of earlier runs lead elsewhere",
            file=sys.stderr,
        )
    return address


def _processes(folder: Path, port: int, environment: Mapping[str, str]) -> int:
    """Start Dagster's processes and wait until one of them ends."""
    socket, workspace = folder / "code.sock", folder / "workspace.yaml"
    server = {"socket": str(socket), "location_name": LOCATION, "additional_metadata": {"module_name": LOCATION}}
    # JSON is YAML.
    workspace.write_text(json.dumps({"load_from": [{"grpc_server": server}]}))
    options = ("--log-level", "warning", "--location-name", LOCATION, "--inject-env-vars-from-instance", "-m", LOCATION)
    page = ("-h", "127.0.0.1", "-p", str(port), "-w", workspace)
    with _ended_together() as running:
        running["code server"] = _python(environment, "dagster", "code-server", "start", "--socket", socket, *options)
        running["web server"] = _python(environment, "orchestration.defs.web_server", socket, *page)
        if not _wait(running, lambda: _is_served(port)):
            return 1
        running["daemon"] = _python(environment, "dagster._daemon", "run", "-w", workspace)
        _wait(running, lambda: False)
        return 1


def _python(environment: Mapping[str, str], *module_and_words: str | Path) -> Process:
    # `-P`: a module of the user's folder is no module of ours.
    command = [sys.executable, "-P", "-m", *module_and_words]
    return subprocess.Popen(command, cwd=ROOT, env=environment)


@contextmanager
def _ended_together() -> Iterator[dict[str, Process]]:
    """Processes by name. On leaving all are terminated, which ends what they started, and waited for."""
    running: dict[str, Process] = {}
    try:
        yield running
    finally:
        for process in running.values():
            process.terminate()
        for process in running.values():
            try:
                process.wait(END_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()


def _wait(running: Mapping[str, Process], happened: Callable[[], bool]) -> bool:
    """Wait until it happened, or until a process ended, and name that one. Returns whether it happened."""
    while not happened():
        for name, process in running.items():
            if (status := process.poll()) is not None:
                print(f"the UI ends: Dagster's {name} ended with status {status}; see the lines above", file=sys.stderr)
                return False
        time.sleep(POLL_SECONDS)
    return True


def _is_served(port: int) -> bool:
    with suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}/server_info", timeout=5) as response:
        return bool(response.status == 200)
    return False


@contextmanager
def _raised_signals() -> Iterator[None]:
    """Raises _Signalled on SIGINT and SIGTERM. A handler also means that the processes started begin with the default:
    what a shell starts in the background ignores SIGINT, and Dagster ends on SIGTERM as it does on SIGINT."""

    def raise_once(*_: object) -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: None)
        raise _Signalled

    before = {number: signal.signal(number, raise_once) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
