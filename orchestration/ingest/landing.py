"""Where every answer is kept, byte for byte, before anybody parses it.

`landing/<source>/<dataset>/<UTC date>/<response id>.zst` is the body, compressed; the `.json` beside it says what
was asked, when, and what came back, so that the raw tables can be rebuilt from the folder alone. Files are never
changed and never deleted here. A body without its `.json` was interrupted and counts as not landed, and so does one
whose `.json` can't be read: it is requested again. What `store` returned is on the disk, whatever happens next.
"""

import hashlib
import json
import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import zstandard

from orchestration.sources.shared.contract import Dataset, Request, Response, Window


class DamagedFile(ValueError):
    """A landed body is not what was stored, or is gone; the message names the file."""


@dataclass(frozen=True, eq=False)
class StoredResponse:
    """One landed answer on disk. `path` is the compressed body."""

    path: Path
    response_id: str
    source: str
    dataset: str
    request: Request
    url: str
    status: int
    fetched_at: datetime
    observed_at: datetime
    """The instant of the run that fetched it, which is the knowledge time of all its rows."""
    byte_count: int
    sha256: str

    @property
    def response(self) -> Response:
        """The answer with its body, read from disk each time: a backfill's bodies are not all held in memory.

        Raises Damaged when the file is not what was stored.
        """
        try:
            body = zstandard.ZstdDecompressor().decompress(self.path.read_bytes(), max_output_size=self.byte_count or 1)
        except (OSError, zstandard.ZstdError) as error:
            raise DamagedFile(f"{self.path} can't be read ({type(error).__name__}): restore it from a copy") from None
        if hashlib.sha256(body).hexdigest() != self.sha256:
            raise DamagedFile(f"{self.path} has changed since it was stored: restore it from a copy")
        return self.with_body(body, self.request)

    @property
    def damage(self) -> str | None:
        """Why the body can't be used, as a sentence; None when it is what was stored."""
        try:
            _ = self.response
        except DamagedFile as problem:
            return str(problem)
        return None

    def with_body(self, body: bytes, request: Request) -> Response:
        """The answer to `request`, which may know more than what is kept on disk."""
        return Response(
            self.response_id,
            self.source,
            self.dataset,
            request,
            self.url,
            self.status,
            self.fetched_at,
            body,
            self.observed_at,
        )


class Landing:
    """The landing folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock = threading.Lock()
        self._newest: dict[str, dict[str, StoredResponse]] = {}

    def store(
        self,
        dataset: Dataset,
        request: Request,
        url: str,
        status: int,
        body: bytes,
        fetched_at: datetime,
        observed_at: datetime | None = None,
    ) -> StoredResponse:
        """Store one response, learned by the run of the instant `observed_at` (None: when it was fetched).

        The same response to the same request, fetched at the same instant, is stored once: what stands is kept, with
        the instant of the run that stored it.
        """
        digest = hashlib.sha256(body).hexdigest()
        described: dict[str, Any] = {
            "source": dataset.provider.name,
            "dataset": dataset.name,
            "subject": request.subject,
            "url": url,
            "params": dict(request.params),
            "path": request.path,
            "json_body": dict(request.json_body) if request.json_body is not None else None,
            "window": [edge.isoformat() for edge in (request.window.start, request.window.end)]
            if request.window
            else None,
            "status": status,
            "fetched_at": fetched_at.isoformat(),
            "byte_count": len(body),
            "sha256": digest,
        }
        response_id = hashlib.sha256(json.dumps(described, sort_keys=True, indent=1).encode()).hexdigest()[:24]
        described["observed_at"] = (observed_at or fetched_at).isoformat()
        folder = self.folder / dataset.provider.name / dataset.name / fetched_at.date().isoformat()
        path = folder / f"{response_id}.zst"
        stands = _described(path.with_suffix(".json"))
        if stands and not stands.damage:
            return stands
        _make(folder, self.folder)
        _write(path, zstandard.ZstdCompressor(level=3).compress(body))
        _write(path.with_suffix(".json"), json.dumps(described, sort_keys=True, indent=1).encode())
        _sync(folder)
        return _landed(path, response_id, described)

    def newest(self, dataset: Dataset, path: str) -> StoredResponse | None:
        """The answer of status 200 that was landed last for `path`."""
        with self._lock:
            if dataset.table not in self._newest:
                landed = [answer for answer in self.all(dataset.provider.name, dataset.name) if answer.status == 200]
                self._newest[dataset.table] = {answer.request.path: answer for answer in landed}
        return self._newest[dataset.table].get(path)

    def of_day(self, source: str, dataset: str, day: date) -> list[StoredResponse]:
        """The answers of one dataset landed on a UTC day, oldest first."""
        return _read(self.folder / source / dataset / day.isoformat(), "*.json")

    def all(self, source: str, dataset: str | None = None) -> Iterator[StoredResponse]:
        """Every landed answer of a source, oldest first."""
        return iter(_read(self.folder / source, f"{dataset or '*'}/*/*.json"))

    def undescribed(self, source: str) -> list[Path]:
        """The descriptions of a source that can't be read: what they describe counts as not landed."""
        return sorted(path for path in (self.folder / source).glob("*/*/*.json") if _described(path) is None)


def _read(folder: Path, pattern: str) -> list[StoredResponse]:
    found = [landed for path in folder.glob(pattern) if (landed := _described(path))]
    return sorted(found, key=lambda landed: (landed.observed_at, landed.fetched_at, landed.response_id))


def _described(path: Path) -> StoredResponse | None:
    """The answer that a `.json` file describes; None where it can't be read: cut short, empty, or missing."""
    try:
        landed = _landed(path.with_suffix(".zst"), path.stem, json.loads(path.read_text()))
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return landed if landed.fetched_at.tzinfo else None


def _make(folder: Path, root: Path) -> None:
    """The folder, with its name on the disk, and those of the folders above it that are new."""
    new = [above for above in (folder, *folder.parents) if above.is_relative_to(root) and not above.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    for made in new:
        _sync(made.parent)


def _write(path: Path, content: bytes) -> None:
    """The content under this name, whole: after a power cut it is there or not, and never in part."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}")
    try:
        with temporary.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _sync(folder: Path) -> None:
    """Put the names in a folder on the disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _landed(path: Path, response_id: str, described: dict[str, Any]) -> StoredResponse:
    window = described["window"]
    request = Request(
        path=described["path"],
        params=described["params"],
        subject=described["subject"],
        window=Window(*(datetime.fromisoformat(edge) for edge in window)) if window else None,
        json_body=described["json_body"],
    )
    return StoredResponse(
        path=path,
        response_id=response_id,
        source=described["source"],
        dataset=described["dataset"],
        request=request,
        url=described["url"],
        status=described["status"],
        fetched_at=datetime.fromisoformat(described["fetched_at"]),
        # Homes of before this was kept: every response was learned when it was fetched.
        observed_at=datetime.fromisoformat(described.get("observed_at") or described["fetched_at"]),
        byte_count=described["byte_count"],
        sha256=described["sha256"],
    )
