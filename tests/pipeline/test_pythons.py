"""The wheel under every supported Python that is on this machine: it installs against the lock, and publishes the same.

`make test-pythons` runs this. An interpreter is looked for on the `PATH`, then among pyenv's.
"""

import json
import os
import re
import subprocess
import sys
import tomllib
from functools import cache
from pathlib import Path

import duckdb
import pytest

from tests.pipeline.installing import ROOT, build_wheel, install, served_ui, users_environment, warehouse

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
SUPPORTED = [found[1] for text in PROJECT["classifiers"] if (found := re.fullmatch(r".* :: (3\.\d+)", text))]
OWN = f"{sys.version_info[0]}.{sys.version_info[1]}"
TEXT = "Bitcoin climbed above $104,000 on 8 May 2025, its highest since January 31."
pytestmark = [pytest.mark.pythons, pytest.mark.timeout(1500)]


@cache
def interpreter(version: str) -> str | None:
    """The path of a Python of this version that makes environments with pip."""
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    for candidate in (f"python{version}", *sorted(map(str, pyenv.glob(f"versions/{version}.*/bin/python")))):
        state = "import ensurepip, sys; print('{}.{}'.format(*sys.version_info), sys.executable)"
        try:
            found = subprocess.run([candidate, "-c", state], capture_output=True, text=True).stdout.split()
        except OSError:
            continue
        # A shim of pyenv's is on the path, whether its version is switched on or not.
        if found[:1] == [version]:
            return found[1]
    return None


def named(version: str) -> str:
    return f"{version} at {interpreter(version) or 'no path'}"


def tables(home: Path) -> dict[str, tuple[int, str]]:
    """Rows and digest of each published table."""
    with duckdb.connect(str((home / "published" / "crypto_market.duckdb").resolve()), read_only=True) as connection:
        names = connection.execute("select table_name from duckdb_tables() where schema_name = 'marts'").fetchall()
        return {
            name: connection.sql(f"select count(*), sum(hash(t)::hugeint)::varchar from marts.{name} t").fetchall()[0]
            for (name,) in names
        }


@pytest.mark.parametrize("version", [version for version in SUPPORTED if version != OWN], ids=named)
def test_the_wheel_publishes_the_same_tables(version: str, sample_home: Path, tmp_path: Path) -> None:
    python = interpreter(version)
    if python is None:
        pytest.skip(f"no Python {version} is on the PATH or among pyenv's")
    installed = install(python, build_wheel(tmp_path / "wheel"), tmp_path / "environment")
    environment, folder = users_environment(tmp_path / "cache"), tmp_path / "anywhere"
    folder.mkdir()
    (folder / "text.txt").write_text(TEXT)
    for words in (["run"], ["brief"], ["claims"], ["status"], ["check"], ["verify", "text.txt"], ["doctor"]):
        done = warehouse(installed, folder, environment, *words)
        assert done.returncode == 0, (words, done.stdout + done.stderr)
        assert done.stdout
    done = warehouse(installed, folder, environment, "sql", "--format", "json", "select count(*) as n from dim_assets")
    assert json.loads(done.stdout)[0]["n"] > 0, done.stderr
    assert tables(folder / "data") == tables(sample_home)
    with served_ui(installed, folder, environment, tmp_path / "ui.log"):
        pass
