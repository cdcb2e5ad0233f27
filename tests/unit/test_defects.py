"""An error that nobody foresaw: one sentence, status 70, and a file without keys."""

import errno
import subprocess
import sys
from pathlib import Path

import pytest
import requests
import typer

from orchestration.cli.errors import guarded
from orchestration.cli.exit_codes import Status, stop
from orchestration.settings import version

KEY = "k3y-of-c0inalyze"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("WAREHOUSE_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("COINALYZE_API_KEY", KEY)
    monkeypatch.setattr(sys, "argv", ["warehouse", "run", "--only", "coinalyze", KEY])
    monkeypatch.chdir(tmp_path)
    return tmp_path / "data"


def broken() -> None:
    raise ZeroDivisionError(f"nobody foresaw api_key={KEY}\nand a second line")


def test_it_ends_in_one_sentence_that_names_the_file_to_report(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        guarded(broken)
    assert ended.value.code == Status.UNFORESEEN == 70
    (file,) = (home / "errors").iterdir()
    assert capsys.readouterr().err == (
        "warehouse: something unforeseen happened (ZeroDivisionError: nobody foresaw api_key=[struck out]). "
        f"Please report it with the text of {file}; keys are not in it\n"
    )


def test_the_report_holds_version_command_and_traceback_and_no_key(home: Path) -> None:
    with pytest.raises(SystemExit):
        guarded(broken)
    (file,) = (home / "errors").iterdir()
    text = file.read_text()
    assert text.startswith(f"warehouse {version()}, ")
    assert "command: warehouse run --only coinalyze [struck out]\n" in text
    assert "duckdb 1." in text
    assert "in broken\n" in text
    assert "and a second line" in text
    assert KEY not in text
    assert file.stat().st_mode & 0o077 == 0


def test_where_the_home_can_t_be_written_it_is_a_temporary_file(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    home.write_text("no folder")
    with pytest.raises(SystemExit):
        guarded(broken)
    file = Path(capsys.readouterr().err.split("the text of ")[1].split(";")[0])
    assert KEY not in file.read_text()
    file.unlink()


def test_foreseen_endings_pass_through(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    app = typer.Typer()
    app.command()(lambda: stop("there is a next step"))
    with pytest.raises(SystemExit) as ended:
        guarded(lambda: app([]))
    assert ended.value.code == Status.WRONG_USE
    for planned in (SystemExit(3), KeyboardInterrupt()):
        with pytest.raises(type(planned)):
            guarded(lambda planned=planned: (_ for _ in ()).throw(planned))  # type: ignore[misc]
    assert not home.exists()
    assert capsys.readouterr().err == "warehouse: there is a next step\n"


BREAK = """
import sys
from orchestration import run
from orchestration.cli.main import main
run.run = lambda request: 1 / 0
sys.argv = ["warehouse", "run", "--only", "coinbase"]
main()
"""


def test_the_command_is_guarded(home: Path) -> None:
    finished = subprocess.run(
        [sys.executable, "-c", BREAK], cwd=Path(__file__).parents[2], capture_output=True, text=True
    )
    assert finished.returncode == 70
    assert "(ZeroDivisionError: division by zero). Please report it with the text of " in finished.stderr
    assert "Traceback" not in finished.stderr


def test_what_the_user_can_fix_is_no_defect(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def wrapped() -> None:
        try:
            raise PermissionError(errno.EACCES, "Permission denied", "/srv/market")
        except OSError as problem:
            raise RuntimeError("a library could not load it") from problem

    with pytest.raises(SystemExit) as ended:
        guarded(wrapped)
    assert ended.value.code == Status.WRONG_USE
    assert capsys.readouterr().err == (
        "warehouse: /srv/market: Permission denied: make it writable for this user, or set WAREHOUSE_HOME to a folder "
        "that is\n"
    )
    assert not home.exists()


def test_a_known_problem_in_one_of_several_tasks_is_a_sentence_too(home: Path) -> None:
    full = ExceptionGroup("tasks", [OSError(errno.ENOSPC, "No space left on device")])
    with pytest.raises(SystemExit) as ended:
        guarded(lambda: (_ for _ in ()).throw(full))
    assert ended.value.code == Status.WRONG_USE


def test_network_errors_are_not_reported_as_file_errors(home: Path) -> None:
    with pytest.raises(SystemExit) as ended:
        guarded(lambda: (_ for _ in ()).throw(requests.ConnectionError(errno.EACCES, "Permission denied")))
    assert ended.value.code == Status.UNFORESEEN
