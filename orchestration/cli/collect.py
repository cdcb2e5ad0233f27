"""`warehouse collect`: record the venues' streams of liquidations, until interrupted."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from orchestration.cli.exit_codes import stop

if TYPE_CHECKING:
    from orchestration.settings import Settings
    from orchestration.sources.shared.stream import Stream

SHARE_SECONDS = 120
"""How often collected hours are stored in the lake, where machines share one."""
WATCHED = ("BTC", "ETH")
"""On any day there is a liquidation in these within half an hour."""


def collect(only: Annotated[str, typer.Option(help="Streams to listen to, separated by commas.")] = "") -> None:
    """Listen to streams of liquidations and store their messages, hour by hour, until interrupted."""
    import asyncio
    import logging

    from filelock import FileLock, Timeout

    from orchestration.durable import write_whole
    from orchestration.home import WrongHome, origin_of
    from orchestration.settings import Settings, SettingsError
    from orchestration.sources.shared.registry import streams

    known = {stream.dataset.provider.name: stream for stream in streams()}
    names = [name.strip() for name in only.split(",") if name.strip()] or list(known)
    if unknown := sorted(set(names) - known.keys()):
        stop(f"unknown stream {', '.join(unknown)}; known are {', '.join(known)}")
    try:
        settings = Settings.load()
        origin_of(settings, "live")
    except (SettingsError, WrongHome) as problem:
        stop(str(problem))
    for name in names:
        if refusal := settings.refusal(known[name].dataset.provider):
            stop(refusal)
    settings.home.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(settings.home / "collect.lock", timeout=0), _sharing(settings, names):
            if settings.origin is None:
                write_whole(settings.origin_file, "live\n")
            logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
            logging.getLogger("websockets").setLevel(logging.WARNING)
            asyncio.run(_listen(settings, [known[name] for name in names]))
    except Timeout:
        stop(f"another collector is running for {settings.home}: one is enough")


@contextmanager
def _sharing(settings: "Settings", names: list[str]) -> Iterator[None]:
    """Where machines share a lake: hold the streams' leases, and store collected hours there, minutes after their end.

    Hours are stored in the home first and by another thread in the lake, so that no message waits for its servers.
    """
    if settings.lake is None:
        yield
        return
    import logging
    import threading

    from orchestration.file_errors import FileUnusable
    from orchestration.lake.landing import SharedFiles
    from orchestration.lake.leases import Leases
    from orchestration.lake.origin import claim

    claim(settings.lake, "live")
    files = SharedFiles(settings.lake, settings.landing)
    is_done = threading.Event()

    def share_all() -> None:
        for name in names:
            try:
                files.store_all(name)
            except FileUnusable as problem:
                logging.getLogger("warehouse.collect").warning("%s; the hours stay in the home until then", problem)

    def share() -> None:
        while not is_done.wait(SHARE_SECONDS):
            share_all()

    thread = threading.Thread(target=share, daemon=True)
    with Leases(settings.lake).held([f"collecting {name}" for name in names], wait=False):
        thread.start()
        try:
            yield
        finally:
            is_done.set()
            share_all()


async def _listen(settings: "Settings", chosen: "list[Stream]") -> None:
    """Run one listener per stream until a signal arrives; the running hours stay on disk."""
    import asyncio
    import signal

    from orchestration.collector.listening import CollectorContext, Listener
    from orchestration.sources.shared.registry import symbols

    context = CollectorContext(settings.home, lambda sentence: _alert(settings, sentence))
    listeners = []
    for stream in chosen:
        provider = stream.dataset.provider
        listed = {asset: name for asset, name in symbols(provider.name).items() if asset in settings.assets}
        if listed:
            watched = [listed[asset] for asset in WATCHED if asset in listed] or list(listed.values())
            listeners.append(Listener(stream, settings.base_url(provider), list(listed.values()), watched, context))
    # A listener that fails unexpectedly ends the collector: a half that goes on unnoticed would be a silent gap.
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(listener.run()) for listener in listeners]
        for signal_ in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(signal_, lambda: [task.cancel() for task in tasks])


def _alert(settings: "Settings", sentence: str) -> None:
    """Post to the webhook, if there is one, in a thread of its own: listening must not wait for it."""
    import logging
    import threading

    webhook = settings.alert_webhook
    if webhook is None:
        return

    def send() -> None:
        from orchestration.defs.sensors import AlertNotSent, post

        try:
            post(webhook, sentence)
        except AlertNotSent as problem:
            logging.getLogger("warehouse.collect").error("the alert was not sent: %s", problem)

    threading.Thread(target=send, daemon=True).start()
