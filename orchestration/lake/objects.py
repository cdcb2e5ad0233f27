"""Files of the lake beside its tables: the landing files and the releases, on S3 or in the shared folder.

obstore signs, retries (a 503 for three minutes) and streams; what is stored appears whole or not at all.
"""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

import obstore
from obstore.exceptions import BaseError
from obstore.store import LocalStore, ObjectStore, S3Store

from orchestration.file_errors import FileUnusable, first_line
from orchestration.lake.settings import Lake

THREADS = 8

T = TypeVar("T")


class ObjectsUnusable(FileUnusable):
    """The lake's files can't be read or written; the message names the next step."""


class Objects:
    """The files below one folder of the lake, such as `landing`. Names are relative to it, with slashes."""

    def __init__(self, lake: Lake, folder: str) -> None:
        self._lake = lake
        self._store = _store(lake, folder)

    def put(self, name: str, content: bytes) -> None:
        """Store a file, in the place of an earlier one."""
        self._try(lambda: obstore.put(self._store, name, content))

    def get(self, name: str) -> bytes | None:
        """The content of a file; None where there is none."""
        try:
            return bytes(self._try(lambda: obstore.get(self._store, name).bytes()))
        except FileNotFoundError:
            return None

    def names(self, prefix: str = "") -> Iterator[str]:
        """The files whose names begin with the folder `prefix`."""
        found = self._try(
            lambda: [item["path"] for batch in obstore.list(self._store, prefix or None) for item in batch]
        )
        return iter(sorted(found))

    def upload(self, folder: Path, names: Iterable[str]) -> None:
        """Store these files of a local folder under their own names, several at once."""

        def one(name: str) -> None:
            with (folder / name).open("rb") as file:
                self._try(lambda: obstore.put(self._store, name, file))

        with ThreadPoolExecutor(THREADS, thread_name_prefix="upload") as pool:
            list(pool.map(one, names))

    def fetch(self, names: Iterable[str]) -> Iterator[tuple[str, bytes]]:
        """Each file with its content, several at once; those that are gone are left out."""
        with ThreadPoolExecutor(THREADS, thread_name_prefix="fetch") as pool:
            wanted = list(names)
            for name, content in zip(wanted, pool.map(self.get, wanted), strict=True):
                if content is not None:
                    yield name, content

    def _try(self, work: Callable[[], T]) -> T:
        try:
            return work()
        except BaseError as error:
            raise ObjectsUnusable(
                f"the files of {self._lake} in {self._lake.data} can't be reached: {first_line(error)[:300]}. Check "
                "WAREHOUSE_LAKE_DATA and the AWS_ variables"
            ) from None


def _store(lake: Lake, folder: str) -> ObjectStore:
    if lake.s3 is None:
        return LocalStore(Path(lake.data) / folder, mkdir=True)
    s3 = lake.s3
    options: dict[str, str] = {}
    if s3.endpoint:
        options["endpoint"] = s3.endpoint
    if s3.key_id and s3.secret:
        options |= {"access_key_id": s3.key_id, "secret_access_key": s3.secret.get_secret_value()}
    if s3.token:
        options["session_token"] = s3.token.get_secret_value()
    return S3Store(
        s3.bucket,
        prefix=f"{urlsplit(lake.data).path.strip('/')}/{folder}".lstrip("/"),
        region=s3.region,
        virtual_hosted_style_request=s3.endpoint is None,
        skip_signature=s3.key_id is None,
        client_options={"allow_http": not s3.is_encrypted},
        retry_config={
            "max_retries": 30,
            "retry_timeout": timedelta(minutes=3),
            "backoff": {"init_backoff": timedelta(milliseconds=200), "max_backoff": timedelta(seconds=10), "base": 2},
        },
        **options,  # type: ignore[arg-type]
    )
