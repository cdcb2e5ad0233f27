"""A process that ends at once has done all that others see of its end."""

import os
import subprocess
import sys
from subprocess import PIPE

import pytest

PROGRAM = """
import atexit, sys, tempfile
from orchestration.short_process import end_at_once
folder = tempfile.TemporaryDirectory()
atexit.register(lambda: print("cleaned", file=sys.stderr))
print(folder.name)
end_at_once({})
"""


@pytest.mark.parametrize("status", [0, 3])
def test_what_was_written_is_there_and_the_exit_functions_ran(status: int) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(status)], capture_output=True, text=True, timeout=60, check=False
    )
    assert (ended.returncode, ended.stderr) == (status, "cleaned\n")
    assert ended.stdout.startswith("/")


def test_nobody_needs_to_read_what_it_wrote() -> None:
    command = [sys.executable, "-c", f"input()\n{PROGRAM.format(3)}"]
    buffered = os.environ | {"PYTHONUNBUFFERED": ""}
    with subprocess.Popen(command, env=buffered, stdin=PIPE, stdout=PIPE, stderr=PIPE, text=True) as process:
        assert process.stdin
        assert process.stdout
        assert process.stderr
        process.stdout.close()
        print(file=process.stdin, flush=True)
        assert (process.stderr.read(), process.wait(60)) == ("cleaned\n", 3)
