"""Superset on the published file, with the dashboards of this folder: set up, import, serve on this machine only.

Run by `make bi`, or in a container of `deploy/compose.yaml`, with Superset's own Python; nothing of the warehouse's
environment is needed. What it keeps is in a folder of its own: a secret key and a database of users and charts. The
published file is only read.

    WAREHOUSE_HOME            the home whose published file is shown (./data)
    WAREHOUSE_BI_FOLDER       where Superset keeps its own files (`superset/` of the home)
    WAREHOUSE_BI_HOST         the address that is listened to (127.0.0.1); in a container 0.0.0.0
    WAREHOUSE_BI_PORT         its port (8088)
    WAREHOUSE_BI_PASSWORD     the password of the user `admin`; without it one is made up and shown once

`--prepare` makes Superset's own tables, which takes a minute, and ends: it needs no release.
"""

import logging
import os
import secrets
import sys
import traceback
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any
from uuid import UUID

from assets import HERE, assemble, charts_in, contents, sources
from dotenv import dotenv_values


def main() -> None:
    environment = {**dotenv_values(".env"), **os.environ}
    home = Path(environment.get("WAREHOUSE_HOME") or "data").expanduser().absolute()
    published = home / "published" / "crypto_market.duckdb"
    is_preparing = sys.argv[1:] == ["--prepare"]
    if not is_preparing and not published.exists():
        sys.exit(f"nothing is published in {home} yet: run `make run` first, then `make bi` again")
    folder = Path(environment.get("WAREHOUSE_BI_FOLDER") or home / "superset").expanduser().absolute()
    folder.mkdir(mode=0o700, exist_ok=True)
    _keep_secret(folder / "secret_key")
    os.environ["WAREHOUSE_BI_FOLDER"] = str(folder)
    os.environ["SUPERSET_CONFIG_PATH"] = str(HERE / "superset_config.py")
    host, port = environment.get("WAREHOUSE_BI_HOST") or "127.0.0.1", int(environment.get("WAREHOUSE_BI_PORT") or 8088)
    logging.disable(logging.WARNING)
    from superset.app import create_app

    app = create_app()
    if is_preparing:
        with app.app_context():
            _migrate(folder)
        return
    _apart(lambda: _set_up(app, published, folder, environment.get("WAREHOUSE_BI_PASSWORD") or ""))
    _serve(app, host, port)


def _apart(work: Callable[[], None]) -> None:
    """Run it in a process of its own: DuckDB starts threads, and a server that forks must not have any."""
    child = os.fork()
    if child == 0:
        try:
            work()
        except BaseException:
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    if os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]):
        sys.exit("Superset could not be set up: the reason is above; what is there is left as it was")


def _keep_secret(file: Path) -> None:
    """The key that signs sessions: made once, readable only by its owner."""
    if not file.exists():
        with open(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
            out.write(secrets.token_urlsafe(48))


def _set_up(app: Any, published: Path, folder: Path, wanted: str) -> None:
    """Bring Superset's database up to this version, ensure that there is an admin, import the dashboards."""
    from superset.commands.importers.v1.assets import ImportAssetsCommand
    from superset.extensions import security_manager
    from superset.utils.core import override_user

    before = charts_in(folder / "assets")
    assemble(published, folder / "assets")
    with app.app_context():
        _migrate(folder)
        if security_manager.find_user("admin") is None:
            password = wanted or secrets.token_urlsafe(12)
            role = security_manager.find_role("Admin")
            security_manager.add_user("admin", "Admin", "", "admin@localhost", role, password=password)
            if not wanted:
                _report(f"the password of admin, shown once: {password}")
        elif wanted:
            security_manager.reset_password(security_manager.find_user("admin").id, wanted)
        _report("importing the dashboards")
        with override_user(security_manager.find_user("admin")):
            ImportAssetsCommand(contents(folder / "assets")).run()
            _forget(before - charts_in(folder / "assets"))


def _forget(charts: set[UUID]) -> None:
    """Delete charts that an earlier import made and this one no longer has, unless a dashboard of yours shows them."""
    from superset.extensions import db
    from superset.models.slice import Slice

    for chart in db.session.query(Slice).filter(Slice.uuid.in_(charts)) if charts else ():
        if not chart.dashboards:
            db.session.delete(chart)
    db.session.commit()


def _migrate(folder: Path) -> None:
    """Superset's tables and roles, if they are not of the locked version. The output of migrations goes to a log."""
    from flask_migrate import upgrade
    from superset.extensions import appbuilder, db, security_manager

    stamp = folder / "version"
    version = (HERE / "requirements.lock").read_text()
    if stamp.exists() and stamp.read_text() == version:
        return
    _report("setting up Superset's database (about a minute, once)")
    _hurry(db.engine)
    with (folder / "setup.log").open("w") as log, redirect_stdout(log), redirect_stderr(log):
        upgrade()
        appbuilder.add_permissions(update_perms=True)
        security_manager.sync_role_definitions()
    stamp.write_text(version)


def _hurry(engine: Any) -> None:
    """Hundreds of small migrations: without a flush to disk after each of them. An interrupted set-up starts again."""
    from sqlalchemy import event

    event.listen(engine, "connect", lambda connection, _: connection.execute("pragma synchronous = off"))


def _serve(app: Any, host: str, port: int) -> None:
    from gunicorn.app.base import BaseApplication

    def ready(_: Any) -> None:
        address = f"http://127.0.0.1:{port}/superset/dashboard"
        others = sorted(one["slug"] for one in sources("dashboards").values() if one["slug"] != "market-day")
        _report(f"Superset is on {address}/market-day/ (also /{'/, /'.join(others)}/); user: admin")

    class Server(BaseApplication):
        def load_config(self) -> None:
            self.cfg.set("bind", f"{host}:{port}")
            self.cfg.set("worker_class", "gthread")
            # A dashboard's charts are requested at once: two processes work on two processors.
            self.cfg.set("workers", 2)
            self.cfg.set("threads", 8)
            self.cfg.set("timeout", 120)
            self.cfg.set("graceful_timeout", 5)
            self.cfg.set("loglevel", "warning")
            self.cfg.set("when_ready", ready)

        def load(self) -> Any:
            return app

    Server().run()


def _report(sentence: str) -> None:
    print(sentence, flush=True)


if __name__ == "__main__":
    main()
