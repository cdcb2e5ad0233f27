"""The home folder of a warehouse: the origin of its figures, and the lock for writing.

A home holds figures of the bundled sample, of the full sample market with its made-up figures, or of live providers,
never of two of them: the first run decides. Runs of one home wait for each other, whether they are started from the
command line or from the UI. Where machines share a lake, the lake has one origin, too, and runs that fetch the same
days of the same source wait for each other, whichever machine they are on.
"""

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from orchestration.durable import write_whole
from orchestration.lake.settings import Lake
from orchestration.settings import Origin, Settings

FLAGS: dict[Origin, str] = {
    "sample": "--source sample",
    "sample-full": "--source sample --full",
    "live": "--source live",
}
"""How `warehouse run` names each origin."""


class WrongHome(Exception):
    """The home holds figures of another origin; the message names the next step."""


@contextmanager
def occupied(
    source: Origin | None = None, report: Callable[[str], None] | None = None, work: Sequence[str] = ()
) -> Iterator[Settings]:
    """The settings of a run that holds the home, with the sample market served where it is the origin.

    `report` takes a sentence when the run has to wait (default: standard error). `work` names what the run fetches, as
    it is leased in a lake. Raises WrongHome when the home belongs to another origin.
    """
    settings = Settings.load()
    with ExitStack() as stack:
        stack.enter_context(exclusive(settings.home, report))
        origin = origin_of(settings, source)
        if settings.lake:
            from orchestration.lake.leases import Leases
            from orchestration.lake.origin import claim

            _require(settings.lake, claim(settings.lake, origin), origin)
            stack.enter_context(Leases(settings.lake).held(work, report or _print_line))
        if settings.origin is None and origin != "live":
            from orchestration.sample.earlier import load_earlier

            # Before the origin is written: a first run that is interrupted here begins again.
            load_earlier(settings, settings.now_of(origin))
        if settings.origin is None:
            write_whole(settings.origin_file, f"{origin}\n")
        if origin != "live":
            from orchestration.sample.server import SampleMarket

            market = stack.enter_context(SampleMarket(settings.now(), full=origin == "sample-full"))
            market.imports(settings.home)
            if market.is_full:
                from orchestration.sample.streams import write_streams

                write_streams(settings, settings.now())
            served = {"providers": market.providers, "is_rate_limited": False}
            settings = Settings.load(market.environment()).model_copy(update=served)
        yield settings


def origin_of(settings: Settings, source: Origin | None = None) -> Origin:
    """The origin of figures for a run of this home.

    `source` None: the origin of earlier runs, else live when a provider's address or key is set, else the sample.
    Raises WrongHome when the home, or the lake in its place, belongs to another origin.
    """
    existing = settings.origin
    if existing is None and settings.lake:
        from orchestration.lake.origin import origin_of_lake

        existing = origin_of_lake(settings.lake)
    if source is not None and existing is not None and source != existing:
        raise WrongHome(
            f"{settings.home} holds {existing} figures, and the two are never mixed: "
            f"use `{FLAGS[existing]}`, or set WAREHOUSE_HOME to another folder"
        )
    return source or existing or ("live" if settings.names_a_provider() else "sample")


def _require(lake: Lake, held: str, origin: Origin) -> None:
    """Raises WrongHome unless the lake holds figures of this origin."""
    if held != origin:
        raise WrongHome(f"{lake} holds {held} figures, and {origin} ones are never mixed with them: use another lake")


@contextmanager
def exclusive(home: Path, report: Callable[[str], None] | None = None) -> Iterator[None]:
    """Hold the home's lock. While another process holds it, `report` its pid once, and wait.

    A process that holds it already may enter again: a run, and the job that the run executes.
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
        (report or _print_line)(f"waiting for the run of process {_pid(holder)} in {home} to end")
        lock.acquire()
    try:
        holder.write_text(f"{os.getpid()}\n")
        yield
    finally:
        holder.unlink(missing_ok=True)
        lock.release()


def _print_line(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)


def _pid(holder: Path) -> str:
    try:
        return holder.read_text().strip() or "?"
    except OSError:
        return "?"
