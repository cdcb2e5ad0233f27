"""The folder a warehouse lives in: what fills it, and who may write to it now.

A home is filled by the bundled sample, by the full sample market with its made-up figures, or by live providers, never
by two of them: the first run claims it. Runs of one home wait for each other, whether they come from the command line
or from the UI.
"""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from orchestration.settings import Origin, Settings

FLAGS: dict[Origin, str] = {
    "sample": "--source sample",
    "sample-full": "--source sample --full",
    "live": "--source live",
}
"""How `warehouse run` names each origin."""


class WrongHome(Exception):
    """The home holds figures of the other origin; the message says what to do."""


@contextmanager
def occupied(source: Origin | None = None, report: Callable[[str], None] | None = None) -> Iterator[Settings]:
    """The settings of a run that has the home to itself, with the sample market serving where it is the origin.

    `say` is told whom the run waits for (standard error when there is none).
    Raises WrongHome when the home belongs to the other origin.
    """
    settings = Settings.load()
    with ExitStack() as stack:
        stack.enter_context(exclusive(settings.home, report))
        origin = origin_of(settings, source)
        settings.origin_file.write_text(f"{origin}\n")
        if origin != "live":
            from orchestration.sample.server import SampleMarket

            market = stack.enter_context(SampleMarket(settings.now(), full=origin == "sample-full"))
            market.imports(settings.home)
            served = {"providers": frozenset(market.wires), "is_rate_limited": False}
            settings = Settings.load(market.environment()).model_copy(update=served)
        yield settings


def origin_of(settings: Settings, source: Origin | None = None) -> Origin:
    """What a run of this home draws from.

    `source` None: what the home was filled with before, else live when a provider's address or key is set, else the
    sample. Raises WrongHome when the home belongs to the other origin.
    """
    standing = settings.origin
    if source is not None and standing is not None and source != standing:
        raise WrongHome(
            f"{settings.home} holds {standing} figures, and the two are never mixed: "
            f"use `{FLAGS[standing]}`, or set WAREHOUSE_HOME to another folder"
        )
    return source or standing or ("live" if settings.names_a_provider() else "sample")


@contextmanager
def exclusive(home: Path, report: Callable[[str], None] | None = None) -> Iterator[None]:
    """Hold the home's lock. While another process has it, `say` so once, with its pid, and wait.

    Within a process that holds it already it may be held again: by a run, and by the job that the run executes.
    """
    home.mkdir(parents=True, exist_ok=True)
    holder = home / "run.pid"
    lock = FileLock((home / "run.lock").resolve(), thread_local=False, is_singleton=True)
    if lock.is_locked:
        yield
        return
    try:
        lock.acquire(timeout=0)
    except Timeout:
        (report or _complain)(f"waiting for the run of process {_pid(holder)} in {home} to end")
        lock.acquire()
    try:
        holder.write_text(f"{os.getpid()}\n")
        yield
    finally:
        holder.unlink(missing_ok=True)
        lock.release()


def _complain(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)


def _pid(holder: Path) -> str:
    try:
        return holder.read_text().strip() or "?"
    except OSError:
        return "?"
