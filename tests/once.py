"""What is slow to make and only looked at: made by whichever worker of a session needs it first, for all of them."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from filelock import FileLock


def made_once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], None]) -> Path:
    """The folder `name` of this test session, filled by `make`. Copy what is in it before changing anything."""
    base = factory.getbasetemp()
    # A worker has a folder of its own within the session's. The environment says nothing: a test may start a session.
    root = base.parent if base.name.startswith("popen-") else base
    folder, done = root / f"made_once_{name}", root / f"made_once_{name}.done"
    with FileLock(root / f"made_once_{name}.lock"):
        if not done.exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            make(folder)
            done.touch()
    return folder
