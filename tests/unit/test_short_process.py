"""A process with closed streams writes into no file of its own; one that ends at once has done what others see."""

import os
import subprocess
import sys
from pathlib import Path
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


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_a_file_never_takes_the_number_of_a_closed_stream(closed: str, tmp_path: Path) -> None:
    program = (
        "import os, sys\n"
        "from orchestration.short_process import open_standard_streams\n"
        "open_standard_streams()\n"
        f"with open({str(tmp_path / 'figures')!r}, 'w') as file:\n"
        "    print('a line')\n"
        "    print('a warning', file=sys.stderr)\n"
        "    os.write(1, b'of a library')\n"
        "    os.write(2, b'of a library')\n"
        "    sys.exit(0 if file.fileno() > 2 and not sys.stdin.read() else 1)\n"
    )
    shell = f'"$0" -c "$1" {closed}'
    assert (
        subprocess.run(
            ["sh", "-c", shell, sys.executable, program], stdin=subprocess.DEVNULL, check=False, timeout=60
        ).returncode
        == 0
    )
    assert (tmp_path / "figures").read_text() == ""


def test_a_command_ends_well_whose_output_is_closed(tmp_path: Path) -> None:
    shell = '"$0" -m orchestration sources >&- 2>&-'
    environment = os.environ | {"WAREHOUSE_HOME": str(tmp_path)}
    assert subprocess.run(["sh", "-c", shell, sys.executable], env=environment, check=False, timeout=60).returncode == 0
