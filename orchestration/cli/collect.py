"""`warehouse collect`: listen to the venues that tell liquidations as they happen, until interrupted."""

import asyncio
import logging
import signal
import threading
from typing import TYPE_CHECKING, Annotated

import typer

from orchestration.cli.exit_codes import stop

if TYPE_CHECKING:
    from orchestration.settings import Settings
    from orchestration.sources.shared.stream import Stream

WATCHED = ("BTC", "ETH")
"""Somebody is liquidated in these within half an hour, on any day."""


def collect(only: Annotated[str, typer.Option(help="Streams to listen to, separated by commas.")] = "") -> None:
    """Listen to streams of liquidations and land what they send, hour by hour, until interrupted."""
    from filelock import FileLock, Timeout

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
        with FileLock(settings.home / "collect.lock", timeout=0):
            settings.origin_file.write_text("live\n")
            logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
            logging.getLogger("websockets").setLevel(logging.WARNING)
            asyncio.run(_listen(settings, [known[name] for name in names]))
    except Timeout:
        stop(f"another collector listens for {settings.home}: one is enough")


async def _listen(settings: "Settings", chosen: "list[Stream]") -> None:
    """One listener per stream, side by side, until a signal comes; the running hours stay on disk."""
    from orchestration.collector.listening import CollectorContext, Listener
    from orchestration.sources.shared.registry import symbols

    around = CollectorContext(settings.home, lambda words: _tell(settings, words))
    listeners = []
    for stream in chosen:
        provider = stream.dataset.provider
        listed = {asset: name for asset, name in symbols(provider.name).items() if asset in settings.assets}
        if listed:
            watched = [listed[asset] for asset in WATCHED if asset in listed] or list(listed.values())
            listeners.append(Listener(stream, settings.base_url(provider), list(listed.values()), watched, around))
    # A listener that fails in an unforeseen way ends the collector: a half that goes on unseen would be a silent gap.
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(listener.run()) for listener in listeners]
        for signal_ in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(signal_, lambda: [task.cancel() for task in tasks])


def _tell(settings: "Settings", words: str) -> None:
    """To the webhook, where there is one; beside the listening, which must not wait for it."""
    webhook = settings.alert_webhook
    if webhook is None:
        return

    def send() -> None:
        from orchestration.defs.sensors import AlertNotSent, post

        try:
            post(webhook, words)
        except AlertNotSent as problem:
            logging.getLogger("warehouse.collect").error("the alert was not sent: %s", problem)

    threading.Thread(target=send, daemon=True).start()
