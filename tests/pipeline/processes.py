"""Processes that a test starts, and how long it waits for their output."""

import json
import os
import random
import select
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

HOLD = """
import sys
from pathlib import Path
from orchestration.home import exclusive
with exclusive(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def start(*command: str, home: Path, **streams: int) -> "subprocess.Popen[str]":
    """Python with `command`, on a home."""
    return subprocess.Popen(
        [sys.executable, *command], env=os.environ | {"WAREHOUSE_HOME": str(home)}, text=True, **streams
    )


def free_port(distance: int = 1) -> int:
    """A port of 127.0.0.1 that is free, as is the one `distance` above it: the UI serves the data checks on the next.

    Below those that Linux gives to outgoing connections: another test's connection would take one of these meanwhile.
    """
    while True:
        port = random.randrange(20_000, 32_000 - distance, 2)
        with suppress(OSError), socket.socket() as one, socket.socket() as other:
            one.bind(("127.0.0.1", port))
            other.bind(("127.0.0.1", port + distance))
            return port


def graphql(url: str, query: str, variables: dict[str, object]) -> Any:
    """The response of Dagster's web server at `url`; fails on an error in it."""
    body = json.dumps({"query": query, "variables": variables}).encode()
    request = urllib.request.Request(f"{url}/graphql", body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=60) as response:
        reported = json.loads(response.read())
    assert "errors" not in reported, reported["errors"]
    return reported["data"]


def line_of(process: "subprocess.Popen[str]", seconds: float = 120) -> str:
    """The next line that a process writes. Raises when none comes in time, or when the process ends without one."""
    assert process.stdout is not None
    ready, _, _ = select.select([process.stdout], [], [], seconds)
    assert ready, f"no word from {process.args} in {seconds:.0f} s"
    return process.stdout.readline()


def wait_until(happened: Callable[[], bool], process: "subprocess.Popen[str]", log: Path, seconds: float = 400) -> None:
    """Raises when the process ends first, or after `seconds`: ten times what a run takes on a quiet machine."""
    deadline = time.monotonic() + seconds
    while not happened():
        assert process.poll() is None, log.read_text()
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.02)


@contextmanager
def held(home: Path) -> "Iterator[subprocess.Popen[str]]":
    """A process that holds a home as a run does, until `communicate` is called."""
    holder = start("-c", HOLD, str(home), home=home, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        assert line_of(holder) == "held\n"
        yield holder
    finally:
        holder.kill()
        holder.wait()
