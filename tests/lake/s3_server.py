"""SeaweedFS as an S3 server on 127.0.0.1 for a test, and a door before it that can refuse with 503."""

import json
import select
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

from tests.pipeline.processes import free_port

KEY_ID, SECRET = "lake-writer", "s3-secret/of+the=test"
PROGRAM = Path(sys.executable).with_name("weed")
START_SECONDS = 60
REFUSAL = b"HTTP/1.1 503 Slow Down\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


def is_installed() -> bool:
    return PROGRAM.exists() or shutil.which("weed") is not None


@contextmanager
def s3_server(folder: Path) -> Iterator[int]:
    """The port of a running server, which keeps its files in `folder`. Buckets appear when they are first written."""
    identity = {
        "name": "lake",
        "credentials": [{"accessKey": KEY_ID, "secretKey": SECRET}],
        "actions": ["Admin", "Read", "Write", "List", "Tagging"],
    }
    (folder / "s3.json").write_text(json.dumps({"identities": [identity]}))
    (folder / "data").mkdir()
    ports = _free_ports(4)
    master, volume, filer, s3 = ports
    program = str(PROGRAM) if PROGRAM.exists() else "weed"
    options = [f"-dir={folder / 'data'}", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-filer", "-s3", "-volume.max=0"]
    options += [f"-master.port={master}", f"-volume.port={volume}", f"-filer.port={filer}", f"-s3.port={s3}"]
    options += [f"-s3.config={folder / 's3.json'}", "-master.volumeSizeLimitMB=64", "-master.telemetry=false"]
    options += ["-s3.port.iceberg=0", "-s3.port.lance=0"]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([program, "server", *options], cwd=folder, stdout=log, stderr=log)
    try:
        _wait(s3, folder)
        yield s3
    finally:
        process.kill()
        process.wait()


def _wait(port: int, folder: Path) -> None:
    """Until it refuses a request without a signature, as it does when all of its parts run."""
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        try:
            urlopen(f"http://127.0.0.1:{port}/", timeout=5)
        except HTTPError as refused:
            if refused.code == 403:
                return
        except (URLError, OSError):
            pass
        time.sleep(0.3)
    raise AssertionError((folder / "log").read_text()[-3000:])


def _free_ports(count: int) -> list[int]:
    """Free ports whose numbers plus 10,000 are free, too: SeaweedFS adds that for gRPC."""
    found: set[int] = set()
    while len(found) < count:
        found.add(free_port(distance=10_000))
    return list(found)


class Door:
    """A port that leads to the S3 server, or refuses every request with 503 while `is_shut`."""

    def __init__(self, target: int) -> None:
        self.is_shut = False
        self.refused = 0
        self._target = target
        self._open: set[socket.socket] = set()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def shut(self) -> None:
        """Refuse from now on, and break what is under way."""
        self.is_shut = True
        for side in list(self._open):
            with suppress(OSError):
                side.shutdown(socket.SHUT_RDWR)

    def open(self) -> None:
        self.is_shut = False

    def close(self) -> None:
        self._listener.close()
        self.shut()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=[client], daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with client, suppress(OSError):
            if self.is_shut:
                client.recv(65_536)
                client.sendall(REFUSAL)
                self.refused += 1
                return
            with socket.create_connection(("127.0.0.1", self._target)) as server:
                self._open |= {client, server}
                try:
                    _pipe(client, server)
                finally:
                    self._open -= {client, server}


def _pipe(one: socket.socket, other: socket.socket) -> None:
    across = {one: other, other: one}
    while True:
        for side in select.select([one, other], [], [])[0]:
            content = side.recv(65_536)
            if not content:
                return
            across[side].sendall(content)
