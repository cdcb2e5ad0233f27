"""Keys go into request headers and nowhere else, even when a provider echoes them in its responses."""

import os
import sqlite3
import threading
from collections.abc import Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import cycle
from pathlib import Path
from typing import ClassVar
from unittest.mock import patch

import dagster as dg
import duckdb
import pytest
import zstandard

from orchestration.ingest.http import HttpClient
from orchestration.redaction import spellings
from orchestration.sample.server import SampleMarket
from orchestration.settings import Settings
from orchestration.sources.shared.registry import datasets
from tests.pipeline.test_operating import execute

pytestmark = pytest.mark.slow
KEYED = [dataset for dataset in datasets() if dataset.provider.key_header]
MARK = "k3y-0f-"


class Echo(BaseHTTPRequestHandler):
    """Responds with 200, 401 and 400 in turn, each with the key of its request: in text, JSON and an address.

    Not werkzeug, which drops headers with an underscore in their name.
    """

    seen: ClassVar[set[str]] = set()
    statuses: ClassVar[Iterator[int]] = cycle((200, 401, 400))

    def do_GET(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        (key,) = (value for value in self.headers.values() if MARK in value)
        self.seen.add(key)
        body = f'{{"message": "key {key}", "url": "/x?key={key}", "code": "{key}"}}'.encode()
        self.send_response(next(self.statuses))
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET

    def log_message(self, format: str, *args: object) -> None:
        """Log nothing: the test reads the output of the warehouse."""


@pytest.fixture
def echo() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Echo) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


@pytest.fixture(autouse=True)
def waits_are_skipped() -> Iterator[None]:
    """Limits and back-offs are kept on a clock that skips what would be waited: a minute in each test."""
    with patch("orchestration.defs.resources.HttpClient", partial(HttpClient, pause=lambda _: None)):
        yield


def test_no_key_is_stored_in_the_home_even_if_every_response_echoes_it(
    echo: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    keys = {variable: f"{MARK}{variable.lower()}" for d in KEYED if (variable := d.provider.api_key_variable)}
    addresses = {d.provider.url_variable: echo for d in KEYED}
    home = tmp_path / "data"
    live = {"WAREHOUSE_ASSETS": "BTC", **keys, **addresses}
    assets = [dg.AssetKey([d.provider.name, d.name]) for d in KEYED if not d.backfills_only]
    with patch.dict(os.environ, live), execute(home, *assets) as (result, _):
        assert result.success
        assert Settings.load({"WAREHOUSE_HOME": str(home)}).origin == "live"
    assert Echo.seen == set(keys.values()), "every key was used"
    kept = {"the terminal": "".join(capfd.readouterr()), **dict(texts(home))}
    assert any("[key]" in text for text in kept.values()), "the echoes were there"
    assert [where for where, text in kept.items() if MARK in text] == []


@pytest.mark.parametrize(
    "hostile",
    ["{}\nsecond-{}", "{} blank", "{}-\u0142\u00f3d\u017a", "{}\x00", "{}\n", " {} "],
    ids=["two lines", "blank", "not latin", "null", "line break", "blanks around"],
)
def test_no_malformed_key_is_stored_and_it_stops_no_other_source(
    echo: str, tmp_path: Path, capfd: pytest.CaptureFixture[str], hostile: str
) -> None:
    """A key that a header can't carry is refused by its name, one with blanks around it is sent without them."""
    Echo.seen.clear()
    keys = {
        variable: hostile.replace("{}", f"{MARK}{variable.lower()}")
        for found in KEYED
        if (variable := found.provider.api_key_variable)
    }
    home = tmp_path / "data"
    candles = dg.AssetKey(["coinbase", "candles_1d"])
    with SampleMarket() as market:
        live = {**market.environment(), "WAREHOUSE_ASSETS": "BTC", **{d.provider.url_variable: echo for d in KEYED}}
        # A null can't be in the environment of a process, but in a settings file.
        inside = {name: value for name, value in keys.items() if "\x00" in value}
        patched = patch("orchestration.settings.dotenv_values", return_value=inside)
        assets = [dg.AssetKey([d.provider.name, d.name]) for d in KEYED if not d.backfills_only]
        outside = {name: value for name, value in keys.items() if name not in inside}
        with patched, patch.dict(os.environ, {**live, **outside}):
            for name in inside:
                os.environ.pop(name, None)
            with execute(home, candles, *assets) as (result, _):
                assert result.success
    with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as connection:
        reported = dict(connection.execute("select source, message from raw.extractions").fetchall())
        (stored,) = connection.execute("select count(*) from raw.coinbase_candles_1d").fetchone() or (0,)
    assert stored > 0
    if hostile.replace("{}", "x").strip() == "x":
        assert Echo.seen == {key.strip() for key in keys.values()}
    else:
        assert Echo.seen == set()
        assert reported["coinglass"].startswith(
            "COINGLASS_API_KEY has a blank, a line break or another character inside"
        )
    kept = {"the terminal": "".join(capfd.readouterr()), **dict(texts(home))}
    written = {form for key in keys.values() for form in spellings(key)}
    assert [where for where, text in kept.items() if MARK in text or any(form in text for form in written)] == []


def texts(home: Path) -> Iterator[tuple[str, str]]:
    """Everything that is kept in the home, uncompressed, by file or table."""
    for path in sorted(file for file in home.rglob("*") if file.is_file()):
        name = str(path.relative_to(home))
        yield name, path.read_bytes().decode("latin-1")
        if path.suffix == ".zst":
            body = zstandard.ZstdDecompressor().decompress(path.read_bytes(), max_output_size=2**20)
            yield f"{name} unpacked", body.decode("latin-1")
        elif path.suffix == ".duckdb":
            yield from _tables(path)
        elif path.suffix == ".db":
            with sqlite3.connect(path) as connection:
                yield f"{name} dumped", "\n".join(connection.iterdump())


def _tables(file: Path) -> Iterator[tuple[str, str]]:
    with duckdb.connect(str(file), read_only=True) as connection:
        for schema, table in connection.execute("select schema_name, table_name from duckdb_tables()").fetchall():
            yield f"{schema}.{table}", str(connection.execute(f'from "{schema}"."{table}"').fetchall())
