"""The landing folder: every response, stored byte for byte before it is parsed.

`landing/<source>/<dataset>/<UTC date>/<response id>.zst` is the body, compressed; the `.json` beside it holds the
request, the time and the status, so that the raw tables can be rebuilt from the folder alone. Files are never changed
or deleted here. A body without its `.json` was interrupted and counts as not stored, and so does one whose `.json`
can't be read: it is requested again. When `store` returns, the files are flushed to disk, and in the lake where
machines share one; what other machines stored there is fetched before the folder is read.
"""

import hashlib
import json
import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import zstandard

from orchestration.durable import flush
from orchestration.settings import Settings
from orchestration.sources.shared.contract import Dataset, Request, Response, Window

if TYPE_CHECKING:
    from orchestration.lake.landing import SharedFiles


class DamagedFile(ValueError):
    """A stored body has changed or is missing; the message names the file."""


@dataclass(frozen=True, eq=False)
class StoredResponse:
    """One response on disk. `path` is the compressed body."""

    path: Path
    response_id: str
    source: str
    dataset: str
    request: Request
    url: str
    status: int
    fetched_at: datetime
    observed_at: datetime
    """The instant of the run that fetched it; all its rows inherit it."""
    byte_count: int
    sha256: str
    was_verified: bool = False
    """Whether this process has read its body and found it valid (`Dataset.verify`)."""

    @property
    def response(self) -> Response:
        """The response with its body, read from disk each time: a backfill's bodies are not all held in memory.

        Raises DamagedFile when the file is not what was stored.
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
        """Why the body can't be used, as a sentence; None when it is intact."""
        try:
            _ = self.response
        except DamagedFile as problem:
            return str(problem)
        return None

    def with_body(self, body: bytes, request: Request) -> Response:
        """The response to `request`, which may hold more than what is kept on disk."""
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

    def __init__(self, folder: Path, shared: "SharedFiles | None" = None) -> None:
        self.folder = folder
        self._shared = shared
        self._lock = threading.Lock()
        self._newest: dict[str, dict[str, StoredResponse]] = {}

    @classmethod
    def of(cls, settings: Settings) -> "Landing":
        """The landing folder of a home, shared where the home has a lake."""
        lake = settings.lake
        if lake is None:
            return cls(settings.landing)
        from orchestration.lake.landing import SharedFiles

        return cls(settings.landing, SharedFiles(lake, settings.landing))

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
        """Store one response, observed by the run of the instant `observed_at` (None: when it was fetched).

        The same response to the same request, fetched at the same instant, is stored once: an existing file is kept,
        with the instant of the run that stored it.
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
        existing = _described(path.with_suffix(".json"))
        if existing and not existing.damage:
            return existing
        _make(folder, self.folder)
        _write(path, zstandard.ZstdCompressor(level=3).compress(body))
        _write(path.with_suffix(".json"), json.dumps(described, sort_keys=True, indent=1).encode())
        flush(folder)
        if self._shared:
            self._shared.store((path, path.with_suffix(".json")))
        return _stored(path, response_id, described)

    def newest(self, dataset: Dataset, path: str) -> StoredResponse | None:
        """The newest stored response with status 200 for `path`."""
        with self._lock:
            if dataset.table not in self._newest:
                good = [stored for stored in self.all(dataset.provider.name, dataset.name) if stored.status == 200]
                self._newest[dataset.table] = {stored.request.path: stored for stored in good}
        return self._newest[dataset.table].get(path)

    def of_day(self, source: str, dataset: str, day: date) -> list[StoredResponse]:
        """The responses of one dataset stored on a UTC day, oldest first."""
        self._fetch(f"{source}/{dataset}/{day.isoformat()}")
        return _read(self.folder / source / dataset / day.isoformat(), "*.json")

    def all(self, source: str, dataset: str | None = None) -> Iterator[StoredResponse]:
        """Every stored response of a source, oldest first."""
        self._fetch(f"{source}/{dataset}" if dataset else source)
        return iter(_read(self.folder / source, f"{dataset or '*'}/*/*.json"))

    def _fetch(self, prefix: str) -> None:
        """Bring what other machines stored below `prefix` into the folder."""
        for path, content in self._shared.missing(prefix) if self._shared else ():
            _make(path.parent, self.folder)
            _write(path, content)

    def undescribed(self, source: str) -> list[Path]:
        """The `.json` files of a source that can't be read: what they describe counts as not stored."""
        self._fetch(source)
        return sorted(path for path in (self.folder / source).glob("*/*/*.json") if _described(path) is None)


def _read(folder: Path, pattern: str) -> list[StoredResponse]:
    found = [stored for path in folder.glob(pattern) if (stored := _described(path))]
    return sorted(found, key=lambda stored: (stored.observed_at, stored.fetched_at, stored.response_id))


def _described(path: Path) -> StoredResponse | None:
    """The response that a `.json` file describes; None where it can't be read: truncated, empty, or missing."""
    try:
        stored = _stored(path.with_suffix(".zst"), path.stem, json.loads(path.read_text()))
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return stored if stored.fetched_at.tzinfo else None


def _make(folder: Path, root: Path) -> None:
    """Make the folder and its missing parents, and flush their names to disk."""
    new = [above for above in (folder, *folder.parents) if above.is_relative_to(root) and not above.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    for made in new:
        flush(made.parent)


def _write(path: Path, content: bytes) -> None:
    """Write the file atomically: after a power cut it is whole or missing, never partial."""
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


def _stored(path: Path, response_id: str, described: dict[str, Any]) -> StoredResponse:
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
        # Files of earlier versions lack it: every response was observed when it was fetched.
        observed_at=datetime.fromisoformat(described.get("observed_at") or described["fetched_at"]),
        byte_count=described["byte_count"],
        sha256=described["sha256"],
    )
