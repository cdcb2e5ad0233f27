"""Providers through the whole run: requested once even if it is interrupted, and loaded only where plausible."""

import json
import os
import re
import subprocess
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Thread
from unittest.mock import patch
from urllib.parse import parse_qsl, urlencode, urlsplit

import dagster as dg
import duckdb
import pytest

from orchestration.run import RunRequest
from orchestration.sample.faults import Fault, cut_short, slow, too_many_requests, web_page
from orchestration.sample.server import SampleMarket
from orchestration.sample.wire import WireResponse, json_response
from tests.pipeline.conftest import Runner
from tests.pipeline.processes import held, start, wait_until
from tests.pipeline.test_operating import execute

pytestmark = pytest.mark.slow
ALWAYS = 1_000
EMPTY_BYTES = 100
"""No response with figures is that short."""


def error_with_status_200(response: WireResponse) -> WireResponse:
    return json_response({"code": "50001", "msg": "internal error"})


def empty_list(response: WireResponse) -> WireResponse:
    return json_response([])


def microseconds(response: WireResponse) -> WireResponse:
    """Every stamp of thirteen digits gets three more."""
    return replace(response, body=response.body.replace(b"00000,", b"00000000,"))


def delisted(response: WireResponse) -> WireResponse:
    return json_response({"message": "NotFound"}, 404)


def one_bar_of_words(response: WireResponse) -> WireResponse:
    bars = json.loads(response.body)
    bars[0][1] = "low"
    return replace(response, body=json.dumps(bars).encode())


def wrong_rows(response: WireResponse) -> WireResponse:
    """A bitcoin page with a doubled total on 8 May, 9 May twice, and its row pasted under the Saturday after it."""
    page = response.body.decode()
    (newest,) = re.findall(r"\n <tr[^>]*> \t\n\t<td><span class=.tabletext.>09 May 2025.*?</tr>\n", page, re.DOTALL)
    assert page.count(">117.4<") == 1
    page = page.replace(">117.4<", ">234.8<").replace(newest, newest * 2 + newest.replace("09 May", "10 May"))
    return replace(response, body=page.encode())


def without_rows(response: WireResponse) -> WireResponse:
    """A table with its head alone, on a page or within the JSON of one."""
    return replace(response, body=re.sub(rb"<tbody>.*?</tbody>", b"<tbody></tbody>", response.body, flags=re.DOTALL))


SPOILED: dict[str, Callable[[WireResponse], WireResponse]] = {
    "/coinbase/products/ETH-USD": delisted,
    "/binance/api/v3/klines": cut_short,
    "/farside/wp-json": without_rows,
    "/farside/b": wrong_rows,
    "/farside/e": web_page,
    "/coinglass": error_with_status_200,
    "/defillama": empty_list,
}


@dataclass(frozen=True)
class BrokenOff:
    """A home of live figures after a run that was killed while fetching and the run that resumed it."""

    home: Path
    market: SampleMarket
    stored_before: frozenset[str]
    """Requests whose response was stored before the kill; others were under way."""
    requested: list[str]
    """All requests, of both runs."""
    reported: str
    """The output of the second run, which had to wait for a process that held the home."""

    @property
    def request(self) -> RunRequest:
        return RunRequest(source="live", only=source_names(self.market))


def canonical(url: str) -> str:
    """Path and query of a request, its parameters in the order of their names."""
    parts = urlsplit(url)
    return f"{parts.path}?{urlencode(sorted(parse_qsl(parts.query)))}"


def stored_requests(home: Path) -> frozenset[str]:
    """Those with figures in their responses: one without any is requested again, they may be reported by then."""
    descriptions = [json.loads(path.read_text()) for path in (home / "landing").rglob("*.json")]
    return frozenset(
        canonical(f"{urlsplit(each['url']).path}?{urlencode(each['params'])}")
        for each in descriptions
        if each["url"].startswith("http") and each["byte_count"] > EMPTY_BYTES
    )


def source_names(market: SampleMarket) -> tuple[str, ...]:
    """The sources that the sample market serves."""
    return (*market.wires, "tradingview")


@pytest.fixture(scope="module")
def broken_off(tmp_path_factory: pytest.TempPathFactory, run_in: Runner) -> Iterator[BrokenOff]:
    folder = tmp_path_factory.mktemp("broken_off")
    home, output = folder / "data", folder / "said"
    with SampleMarket() as market, patch.dict(os.environ, market.environment()):
        market.imports(home)
        market.faults.append(Fault("/binance/api/v3/klines", slow(60)))
        command = ("-m", "orchestration", "run", "--only", ",".join(source_names(market)))
        with output.open("w") as log:
            killed = start(*command, home=home, stdout=subprocess.DEVNULL, stderr=log.fileno())
        wait_until(lambda: "coinbase_candles_1d: complete" in output.read_text(), killed, output)
        killed.kill()
        killed.wait()
        before = stored_requests(home)
        assert (home / "unfinished").exists()
        with held(home) as holder, output.open("w", buffering=1) as log, redirect_stderr(log):

            def leave() -> None:
                waiting = f"waiting for the run of process {holder.pid} in "
                wait_until(lambda: waiting in output.read_text(), holder, output)
                holder.communicate()

            leaving = Thread(target=leave)
            leaving.start()
            outcome = run_in(home, RunRequest(only=source_names(market)))
            leaving.join()
        assert outcome.exit_code == 0, output.read_text()
        yield BrokenOff(home, market, before, list(market.requested), output.read_text())


def test_a_killed_run_is_resumed_and_no_request_is_sent_twice(broken_off: BrokenOff) -> None:
    assert "resuming the interrupted run of 2025-05-12 06:00 UTC" in broken_off.reported
    requested = [canonical(request) for request in broken_off.requested]
    assert len(broken_off.stored_before) > 3
    assert set(requested) > broken_off.stored_before
    assert not [
        request for request in requested if requested.count(request) > 1 and request in broken_off.stored_before
    ]
    assert not (broken_off.home / "unfinished").exists()


def test_a_run_waits_for_another_and_names_it(broken_off: BrokenOff) -> None:
    waited, taken_up = (
        broken_off.reported.index(words) for words in ("waiting for the run of", "resuming the interrupted run of")
    )
    assert waited < taken_up


def test_bad_responses_unknown_assets_and_delisted_pairs_are_named_and_change_nothing(
    broken_off: BrokenOff, run_in: Runner
) -> None:
    home, market = broken_off.home, broken_off.market
    before = _published(home)
    market.faults += [Fault(prefix, spoil, ALWAYS) for prefix, spoil in SPOILED.items()]
    market.faults.append(Fault("/coinbase", too_many_requests, 1))
    unknown = {"WAREHOUSE_ASSETS": "BTC,ETH,NOSUCH"}
    outcome = run_in(home, broken_off.request, **market.environment() | unknown)
    after = _published(home)
    named = {problem.dataset: problem.message for problem in outcome.problems}
    assert outcome.exit_code == 0
    assert {name.split()[0] for name in named} == {
        "WAREHOUSE_ASSETS", "binance", "coinbase", "coinglass", "defillama", "farside",
    }  # fmt: skip
    assert "no source has a symbol for NOSUCH: add it to" in named["WAREHOUSE_ASSETS"]
    assert "for ETH: returned 404" in named["coinbase candles_1d"], "its history is as it was"
    assert "is incomplete" in named["binance klines_1d"]
    assert "50001" in named["coinglass liquidations_1d"]
    assert all(figure in named["farside flows"] for figure in ("117.4", "234.8", "records were rejected")), named
    # The last outcome of each source is shown, and nothing else has changed.
    assert after.pop("rpt_source_status") != before.pop("rpt_source_status")
    assert [table for table in before if after[table] != before[table]] == []


def test_timestamps_in_another_unit_are_not_loaded(tmp_path: Path) -> None:
    home = tmp_path / "data"
    klines, candles = dg.AssetKey(["binance", "klines_1d"]), dg.AssetKey(["coinbase", "candles_1d"])
    with SampleMarket() as market, patch.dict(os.environ, market.environment()):
        market.faults.append(Fault("/binance/api/v3/klines", microseconds, ALWAYS))
        with execute(home, klines, candles) as (result, _):
            assert result.success, "a source that fails alone does not stop the others"
    with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as connection:
        reported = connection.execute("select source, outcome, message from raw.extractions order by source").fetchall()
        assert connection.execute("select count(*) from raw.binance_klines_1d").fetchall() == [(0,)]
    (binance, coinbase) = reported
    assert binance[:2] == ("binance", "failed")
    assert "microseconds" in binance[2]
    assert coinbase == ("coinbase", "complete", None)


def test_only_a_response_with_a_rejected_row_is_requested_again_on_the_same_day(tmp_path: Path) -> None:
    home, candles = tmp_path / "data", dg.AssetKey(["coinbase", "candles_1d"])
    reported = []
    with SampleMarket() as market, patch.dict(os.environ, market.environment()):
        market.faults.append(Fault("/coinbase/products/BTC-USD", one_bar_of_words))
        for _ in range(2):
            with execute(home, candles) as (result, _):
                assert result.success
            with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as connection:
                reported += connection.execute("select outcome, message from raw.extractions").fetchall()
                stored = connection.execute("select count(*) from raw.coinbase_candles_1d").fetchone()
    assert [outcome for outcome, _ in reported] == ["partial", "complete"]
    assert reported[0][1].startswith("1 record was rejected: ")
    spoiled = next(path for path in market.requested if "BTC-USD" in path)
    assert [path for path in market.requested if market.requested.count(path) > 1] == [spoiled, spoiled]
    assert stored == (2 * 192,)


def _published(home: Path) -> dict[str, list[tuple[object, ...]]]:
    file = (home / "published" / "crypto_market.duckdb").resolve()
    with duckdb.connect(str(file), read_only=True) as connection:
        tables = connection.execute("select table_name from duckdb_tables() where schema_name = 'marts'").fetchall()
        return {
            table: connection.execute(f"select * from marts.{table} order by all").fetchall() for (table,) in tables
        }
