"""Debian's PostgreSQL for a test: a cluster in a temporary folder, on a port of its own, never run as root."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.pipeline.processes import free_port

PASSWORD = "p@ss/word"
URL_PASSWORD = "p%40ss%2Fword"
INSTALLED = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))


@contextmanager
def postgres_server() -> Iterator[str]:
    """The URL of a running server's database, password included."""
    with controlled_postgres() as server:
        yield server.url


@dataclass(frozen=True)
class PostgresServer:
    """A running server. `pg_ctl` takes the words after its data folder."""

    url: str
    pg_ctl: Callable[..., None]

    def stop(self) -> None:
        """As when its machine dies: connections break."""
        self.pg_ctl("-m", "immediate", "stop")

    def start(self) -> None:
        """On the same port, with what was committed."""
        self.pg_ctl("-w", "start")


@contextmanager
def controlled_postgres() -> Iterator[PostgresServer]:
    """A server that a test may stop and start."""
    programs = INSTALLED[-1]
    folder = Path(tempfile.mkdtemp(prefix="warehouse-postgres-"))
    as_whom = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] if os.geteuid() == 0 else []
    if as_whom:
        shutil.chown(folder, "postgres", "postgres")
    secret = folder / "password"
    secret.write_text(PASSWORD)
    secret.chmod(0o644)
    port = free_port()
    data = str(folder / "data")

    def run(*command: str) -> None:
        subprocess.run([*as_whom, *command], check=True, capture_output=True, cwd=folder)

    run(str(programs / "initdb"), "-D", data, "-U", "analyst", "-A", "scram-sha-256", f"--pwfile={secret}", "-N")
    options = f"-c listen_addresses=127.0.0.1 -p {port} -k {folder} -c fsync=off"

    def pg_ctl(*words: str) -> None:
        run(str(programs / "pg_ctl"), "-D", data, "-l", str(folder / "log"), "-o", options, *words)

    pg_ctl("-w", "start")
    try:
        yield PostgresServer(f"postgresql://analyst:{URL_PASSWORD}@127.0.0.1:{port}/postgres", pg_ctl)
    finally:
        pg_ctl("-m", "immediate", "stop")
        shutil.rmtree(folder, ignore_errors=True)
