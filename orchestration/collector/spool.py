"""The running hour: each line is written to disk at once, and the hour is stored as a response when it is over.

`collecting/<source>/<hour>.jsonl` in the home is the running hour; a restarted collector continues it, and stores hours
that ended meanwhile. The stored response depends on the lines alone, so storing an hour twice stores it once.
"""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

from orchestration.ingest.landing import Landing
from orchestration.sources.shared.contract import Request, Window
from orchestration.sources.shared.stream import END, HOUR, LISTENING, LOST, Stream

NAME = "%Y-%m-%dT%H.jsonl"
HOURS = "[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9].jsonl"
"""The hours' files, and not what somebody else put beside them, such as a copy."""


class Spool:
    """Lines of one stream. `now` is given with each; it never goes back by more than the running hour."""

    def __init__(self, stream: Stream, url: str, home: Path, now: datetime) -> None:
        self.stream, self.url = stream, url
        self.folder = home / "collecting" / stream.dataset.provider.name
        self.folder.mkdir(parents=True, exist_ok=True)
        self._landing = Landing(home / "landing")
        self._is_listening = False
        self._hour = _hour(now)
        for file in sorted(self.folder.glob(HOURS)):
            _mend(file)
            if _hour_of(file) < self._hour:
                self._store(file)
        self._file = self._file_of(self._hour)

    def message(self, text: str, now: datetime) -> None:
        """Keep a message as it was received."""
        self.turn(now)
        self._write({"at": now.isoformat(), "text": text})

    def listening(self, now: datetime) -> None:
        """From now on every message is received."""
        self.turn(now)
        self._is_listening = True
        self._write({"at": now.isoformat(), "state": LISTENING})

    def lost(self, now: datetime, since: datetime) -> None:
        """The connection is lost; messages are complete up to `since`, at the earliest the hour's beginning."""
        self.turn(now)
        if self._is_listening:
            self._write({"at": now.isoformat(), "state": LOST, "since": max(since, self._hour).isoformat()})
        self._is_listening = False

    def turn(self, now: datetime) -> None:
        """Store the hours that are over."""
        while self._hour + HOUR <= now:
            end = self._hour + HOUR
            if self._is_listening:
                self._write({"at": end.isoformat(), "state": END})
            path = Path(self._file.name)
            self._file.close()
            self._store(path)
            self._hour = end
            self._file = self._file_of(end)
            if self._is_listening:
                self._write({"at": end.isoformat(), "state": LISTENING})

    def close(self) -> None:
        """The running hour stays on disk for the next collector."""
        self._file.close()

    def _file_of(self, hour: datetime) -> TextIO:
        return (self.folder / hour.strftime(NAME)).open("a", encoding="utf-8")

    def _write(self, line: dict[str, str]) -> None:
        self._file.write(json.dumps(line) + "\n")
        self._file.flush()

    def _store(self, file: Path) -> None:
        body = file.read_bytes()
        if body:
            hour = _hour_of(file)
            request = Request(f"stream/{file.name}", window=Window(hour, hour + HOUR))
            self._landing.store(self.stream.dataset, request, self.url, 200, body, hour + HOUR)
        file.unlink()


def _mend(file: Path) -> None:
    """Remove an incomplete last line, left by a kill: it belongs to the gap that follows."""
    body = file.read_bytes()
    whole = body[: body.rfind(b"\n") + 1]
    if whole != body:
        file.write_bytes(whole)


def _hour(now: datetime) -> datetime:
    return now.replace(minute=0, second=0, microsecond=0)


def _hour_of(file: Path) -> datetime:
    return datetime.strptime(file.name, NAME).replace(tzinfo=UTC)
