"""Bad answers through the whole run: named, kept, and without effect on what is published."""

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from orchestration.run import RunRequest
from orchestration.sample.faults import Fault, cut_short, too_many_requests, web_page
from orchestration.sample.server import SampleMarket
from orchestration.sample.wire import Answer, json_answer
from tests.pipeline.conftest import Runner

pytestmark = pytest.mark.slow
ALWAYS = 1_000


def error_with_status_200(answer: Answer) -> Answer:
    return json_answer({"code": "50001", "msg": "internal error"})


def empty_list(answer: Answer) -> Answer:
    return json_answer([])


def microseconds(answer: Answer) -> Answer:
    """Every stamp of thirteen digits gets three more."""
    return replace(answer, body=answer.body.replace(b"00000,", b"00000000,"))


def delisted(answer: Answer) -> Answer:
    return json_answer({"message": "NotFound"}, 404)


def wrong_rows(answer: Answer) -> Answer:
    """A bitcoin page with a doubled total on 8 May, 9 May twice, and its row pasted under the Saturday after it."""
    page = answer.body.decode()
    (newest,) = re.findall(r"\n <tr[^>]*> \t\n\t<td><span class=.tabletext.>09 May 2025.*?</tr>\n", page, re.DOTALL)
    assert page.count(">117.4<") == 1
    page = page.replace(">117.4<", ">234.8<").replace(newest, newest * 2 + newest.replace("09 May", "10 May"))
    return replace(answer, body=page.encode())


def without_rows(answer: Answer) -> Answer:
    """A table with its head alone, on a page or within the JSON of one."""
    return replace(answer, body=re.sub(rb"<tbody>.*?</tbody>", b"<tbody></tbody>", answer.body, flags=re.DOTALL))


SPOILED: dict[str, Callable[[Answer], Answer]] = {
    "/coinbase/products/ETH-USD": delisted,
    "/binance/api/v3/klines": cut_short,
    "/farside/wp-json": without_rows,
    "/farside/b": cut_short,
    "/farside/e": web_page,
    "/coinglass": error_with_status_200,
    "/defillama": empty_list,
}


@pytest.fixture
def market(tmp_path: Path) -> SampleMarket:
    """A market of its own, asked as the live providers are."""
    return SampleMarket()


def test_bad_answers_unknown_assets_and_delisted_pairs_are_named_and_change_nothing(
    market: SampleMarket, tmp_path: Path, run_in: Runner
) -> None:
    home = tmp_path / "data"
    with market:
        asked = RunRequest(source="live", only=(*market.wires, "tradingview"))
        market.imports(home)
        assert run_in(home, asked, **market.environment()).exit_code == 0
        before = _published(home)
        market.faults += [Fault(prefix, spoil, ALWAYS) for prefix, spoil in SPOILED.items()]
        market.faults.append(Fault("/coinbase", too_many_requests, 1))
        unknown = {"WAREHOUSE_ASSETS": "BTC,ETH,NOSUCH"}
        outcome = run_in(home, asked, **market.environment() | unknown)
        after = _published(home)
        market.faults[:] = [Fault("/farside/b", wrong_rows, ALWAYS)]
        rows_alone = run_in(home, RunRequest(source="live", only=("farside",)), **market.environment())
        after_rows = _published(home)
    named = {problem.dataset: problem.message for problem in outcome.problems}
    assert outcome.exit_code == 0
    assert {name.split()[0] for name in named} == {
        "WAREHOUSE_ASSETS", "binance", "coinbase", "coinglass", "defillama", "farside",
    }  # fmt: skip
    assert "nobody was asked for NOSUCH: name it in" in named["WAREHOUSE_ASSETS"]
    assert "for ETH: answered 404" in named["coinbase candles_1d"], "its history stands as it was"
    assert "breaks off" in named["binance klines_1d"]
    assert "50001" in named["coinglass liquidations_1d"]
    # What each source said last is told, and nothing else has changed.
    assert after.pop("rpt_source_status") != before.pop("rpt_source_status")
    assert [table for table in before if after[table] != before[table]] == []
    assert rows_alone.exit_code == 0
    refused = _refused(home)
    assert any("117.4" in reason and "234.8" in reason for reason in refused), refused
    assert [table for table in before if after_rows[table] != before[table]] == []


def test_stamps_in_another_unit_reach_no_mart(market: SampleMarket, tmp_path: Path, run_in: Runner) -> None:
    home = tmp_path / "data"
    with market:
        market.faults.append(Fault("/binance/api/v3/klines", microseconds, ALWAYS))
        asked = RunRequest(source="live", only=("binance", "coinbase"))
        outcome = run_in(home, asked, **market.environment())
    (said,) = {problem.message for problem in outcome.problems if problem.dataset == "binance klines_1d"}
    assert "microseconds" in said
    assert {folder.name for folder in (home / "landing").iterdir()} == {"binance", "coinbase"}, "nobody else is asked"
    with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as connection:
        assert connection.execute("select count(*) from raw.binance_klines_1d").fetchall() == [(0,)]


def _refused(home: Path) -> list[str]:
    """Why rows of Farside's pages were refused."""
    with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as connection:
        rows = connection.execute("select reason from raw.rejected_records where source = 'farside'").fetchall()
    return [reason for (reason,) in rows]


def _published(home: Path) -> dict[str, list[tuple[object, ...]]]:
    file = (home / "published" / "crypto_market.duckdb").resolve()
    with duckdb.connect(str(file), read_only=True) as connection:
        tables = connection.execute("select table_name from duckdb_tables() where schema_name = 'marts'").fetchall()
        return {
            table: connection.execute(f"select * from marts.{table} order by all").fetchall() for (table,) in tables
        }
