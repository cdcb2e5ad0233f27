"""Leases in PostgreSQL: who may work on what, on whichever machine; a dead machine's lease ends by itself.

A lease is a row with a name, a holder and an end, renewed by its holder while it works. Every instant is PostgreSQL's,
so the machines' clocks may differ. Whoever commits under a lease verifies it first (`Held.verify`): a process that
slept beyond the end of its lease must not write.
"""

import os
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from secrets import token_hex
from time import monotonic, sleep
from typing import Any, LiteralString, TypeVar

import psycopg

from orchestration.file_errors import WarehouseBusy
from orchestration.lake.attach import LakeAway, LakeUnusable, not_made, unreachable
from orchestration.lake.settings import Lake

TABLES: LiteralString = """
create schema if not exists warehouse;
create table if not exists warehouse.leases (
    name text primary key,
    holder text not null,
    token text not null,
    taken_at timestamptz not null default clock_timestamp(),
    expires_at timestamptz not null
);
create table if not exists warehouse.facts (name text primary key, value text not null);
"""
LEASE_SECONDS = 60.0
"""A lease ends this long after its last renewal; it is renewed three times as often."""
PATIENCE_SECONDS = 180.0
"""How long a statement is tried again while PostgreSQL is away."""
LOCK = 4_711_000_021
"""PostgreSQL's advisory lock around taking leases: of two that want several of the same, one gets all."""
MAY_RETURN = (psycopg.OperationalError, psycopg.InterfaceError)

T = TypeVar("T")
Connection = psycopg.Connection[tuple[Any, ...]]


class LeaseLost(Exception):
    """The lease ended while its holder worked, so nothing was written; the work can be repeated."""


class Leases:
    """The leases of one lake. `seconds` is the life of each after its last renewal."""

    def __init__(self, lake: Lake, seconds: float = LEASE_SECONDS, patience_seconds: float = PATIENCE_SECONDS) -> None:
        self.seconds = seconds
        self._lake = lake
        self._patience_seconds = patience_seconds

    @contextmanager
    def held(
        self,
        names: Sequence[str],
        report: Callable[[str], None] | None = None,
        wait: bool = True,
        token: str | None = None,
    ) -> Iterator["Held"]:
        """Hold all of these leases. While another process holds one, `report` that once, and wait.

        A `token` of an earlier attempt takes over leases that an outage kept from being given back.
        Raises WarehouseBusy instead of waiting when `wait` is False, and LakeUnusable without PostgreSQL.
        """
        held = Held(self, tuple(sorted(set(names))), token or new_token())
        has_reported = False
        while other := self._taken_by(held):
            sentence = f"{other} in {self._lake}"
            if not wait:
                raise WarehouseBusy(f"{sentence}: wait for it to end")
            if report and not has_reported:
                report(f"waiting: {sentence}")
            has_reported = True
            sleep(min(0.5, self.seconds / 5))
        try:
            with held.renewed():
                yield held
        finally:
            # Without PostgreSQL they end by themselves.
            with suppress(LakeUnusable):
                self.execute("delete from warehouse.leases where token = %s", held.token, patience_seconds=1)

    def _taken_by(self, held: "Held") -> str | None:
        """Take all of them; where another one holds some, take none and return a clause about it."""
        values = {"names": list(held.names), "token": held.token, "holder": held.holder, "seconds": self.seconds}

        def take(connection: Connection) -> str | None:
            with connection.transaction():
                connection.execute("select pg_advisory_xact_lock(%s)", [LOCK])
                connection.execute(
                    "delete from warehouse.leases where name = any(%(names)s) and expires_at < clock_timestamp()",
                    values,
                )
                found = connection.execute(
                    "select holder, name from warehouse.leases where name = any(%(names)s) and token <> %(token)s "
                    "order by name limit 1",
                    values,
                ).fetchone()
                if found:
                    return f"{found[0]} works on {found[1]}"
                connection.execute(
                    "insert into warehouse.leases (name, holder, token, expires_at) "
                    "select name, %(holder)s, %(token)s, clock_timestamp() + make_interval(secs => %(seconds)s) "
                    "from unnest(%(names)s::text[]) as name "
                    "on conflict (name) do update set expires_at = excluded.expires_at",
                    values,
                )
            return None

        return self._patiently(take, self._patience_seconds)

    def execute(
        self, statement: LiteralString, *values: object, patience_seconds: float | None = None
    ) -> list[tuple[Any, ...]]:
        """Run a statement in PostgreSQL, and again while it is away: one that may run twice. Raises LakeUnusable."""

        def run(connection: Connection) -> list[tuple[Any, ...]]:
            cursor = connection.execute(statement, values or None)
            return cursor.fetchall() if cursor.description else [(cursor.rowcount,)]

        return self._patiently(run, self._patience_seconds if patience_seconds is None else patience_seconds)

    def _patiently(self, work: Callable[[Connection], T], patience_seconds: float) -> T:
        until = monotonic() + patience_seconds
        while True:
            try:
                with self._connected() as connection:
                    return work(connection)
            except psycopg.errors.UndefinedTable:
                raise LakeUnusable(not_made(self._lake)) from None
            except MAY_RETURN as error:
                problem = unreachable(self._lake, str(error))
                if monotonic() > until or not isinstance(problem, LakeAway):
                    raise problem from None
                sleep(0.5)

    def _connected(self) -> Connection:
        catalogue = self._lake.catalogue
        return psycopg.connect(
            host=catalogue.host,
            port=catalogue.port,
            dbname=catalogue.database,
            user=catalogue.user,
            password=catalogue.password.get_secret_value(),
            sslmode=catalogue.sslmode or "prefer",
            connect_timeout=10,
            application_name="crypto-market-warehouse",
            autocommit=True,
        )


def new_token() -> str:
    """Identifies one holder among all."""
    return token_hex(16)


class Held:
    """Leases of this process, renewed until they are given back."""

    def __init__(self, leases: Leases, names: tuple[str, ...], token: str) -> None:
        self.names = names
        self.token = token
        self.holder = f"process {os.getpid()} on {socket.gethostname()}"
        self._leases = leases

    def verify(self) -> None:
        """Raises LeaseLost unless all leases are this process's for a third of their life yet."""
        row = self._leases.execute(
            "select count(*) from warehouse.leases where token = %s "
            "and expires_at > clock_timestamp() + make_interval(secs => %s)",
            self.token,
            self._leases.seconds / 3,
        )
        if row[0][0] < len(self.names) and not self._renew():
            raise LeaseLost(
                f"the lease on {', '.join(self.names)} ended while this process worked: nothing was written; try again"
            )

    @contextmanager
    def renewed(self) -> Iterator[None]:
        """Within it, a thread renews the leases."""
        is_done = threading.Event()

        def renew() -> None:
            while not is_done.wait(self._leases.seconds / 3):
                with suppress(LakeUnusable):
                    self._renew(patience_seconds=self._leases.seconds / 3)

        thread = threading.Thread(target=renew, name="leases", daemon=True)
        thread.start()
        try:
            yield
        finally:
            is_done.set()

    def _renew(self, patience_seconds: float | None = None) -> bool:
        """Whether all leases are still this process's; one that ended and that nobody took since counts as such."""
        renewed = self._leases.execute(
            "update warehouse.leases set expires_at = clock_timestamp() + make_interval(secs => %s) where token = %s",
            self._leases.seconds,
            self.token,
            patience_seconds=patience_seconds,
        )
        return bool(renewed[0][0] == len(self.names))
