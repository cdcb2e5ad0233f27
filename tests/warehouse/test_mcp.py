"""`warehouse mcp` through the SDK's own client: tools, resources, both transports, and SQL that means harm."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import anyio
import pytest
from mcp import Client, StdioServerParameters

from orchestration.client import Market
from orchestration.mcp.safe_sql import MOST_CHARACTERS, QueryRefused, Rows, bounded, select
from orchestration.mcp.server import make_server
from orchestration.mcp.sql_process import select_in_process
from tests.pipeline.processes import free_port
from tests.warehouse.conftest import Warehouse

T = TypeVar("T")
TOOLS = {
    "list_metrics", "figure", "compare_definitions", "records", "verify_claim", "verify_text", "market_brief",
    "describe_table", "sql", "query_metrics",
}  # fmt: skip
DAY = "2025-05-08"
HARM = {
    "attach '/tmp/stolen.db' as stolen": "only SELECT",
    "copy (select 1) to '/tmp/stolen.csv'": "only SELECT",
    "export database '/tmp/stolen'": "only SELECT",
    "create table marts.x as select 1": "only SELECT",
    "create temporary table x as select 1": "only SELECT",
    "delete from fct_daily_prices": "only SELECT",
    "insert into dim_assets select * from dim_assets": "only SELECT",
    "install httpfs": "only SELECT",
    "load httpfs": "only SELECT",
    "set memory_limit = '100GB'": "only SELECT",
    "reset enable_external_access": "only SELECT",
    "pragma database_list": "only SELECT",
    "select current_setting('secret_directory')": "can't reach files",
    "from duckdb_settings()": "can't reach files",
    "/* a */ -- b\n pragma database_list": "only SELECT",
    "use crypto_market": "only SELECT",
    "select 1; drop table marts.dim_assets": "2 statements",
    "": "0 statements",
    "select * from read_csv('/etc/passwd')": "can't reach files",
    "select * from read_text('/etc/passwd')": "can't reach files",
    "select * from read_blob('/etc/passwd')": "can't reach files",
    "select * from read_parquet('/tmp/*.parquet')": "can't reach files",
    "select * from glob('/etc/*')": "can't reach files",
    "select * from 'https://example.com/x.csv'": "can't reach files",
    "select * from '/etc/passwd'": "does not exist",
    "from query('attach ''/tmp/stolen.db'' as stolen')": "SELECT",
    "select getenv('HOME')": "does not exist",
    "select nothing from dim_assets": "nothing",
    "select list(number) from range(400000000) as numbers(number)": "of memory",
}


@pytest.fixture(scope="module")
def market(sample: Warehouse) -> Market:
    return Market(sample.release_file)


@pytest.fixture(scope="module")
def home(sample: Warehouse, tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("mcp_home")
    (home / "published").mkdir()
    (home / "published" / "crypto_market.duckdb").symlink_to(sample.release_file)
    return home


def talk(target: Any, talk_with: Callable[[Client], Awaitable[T]]) -> T:
    """What a conversation with a server returns."""

    async def conversation() -> T:
        async with Client(target) as client:
            return await talk_with(client)

    return anyio.run(conversation)


def call(market: Market, tool: str, **arguments: Any) -> dict[str, Any]:
    """A tool's answer."""

    async def ask(client: Client) -> dict[str, Any]:
        result = await client.call_tool(tool, arguments)
        assert not result.is_error, result.content
        told: dict[str, Any] = json.loads(result.content[0].text)  # type: ignore[union-attr]
        return told

    return talk(make_server(market), ask)


def refusal(market: Market, tool: str, **arguments: Any) -> str:
    async def ask(client: Client) -> str:
        result = await client.call_tool(tool, arguments)
        assert result.is_error
        return str(result.content[0].text)  # type: ignore[union-attr]

    return talk(make_server(market), ask)


def test_the_tools_only_read(market: Market) -> None:
    async def ask(client: Client) -> list[Any]:
        return list((await client.list_tools()).tools)

    tools = talk(make_server(market), ask)
    assert {tool.name for tool in tools} == TOOLS
    for tool in tools:
        assert tool.annotations.read_only_hint
        assert not tool.annotations.open_world_hint
        assert tool.description


def test_every_answer_names_its_release(market: Market) -> None:
    answers = [
        call(market, "list_metrics"),
        call(market, "figure", metric="price_usd", date=DAY),
        call(market, "compare_definitions", metric="price_usd", date=DAY),
        call(market, "records", date=DAY),
        call(market, "verify_claim", metric="price_usd", date=DAY, value=104_000, comparator="at_least"),
        call(market, "verify_text", text="Bitcoin topped $104,000 on Thursday.", date="2025-05-09"),
        call(market, "market_brief", date=DAY),
        call(market, "describe_table", table="fct_daily_prices"),
        call(market, "sql", query="select 1 as one"),
        call(market, "query_metrics", metrics=["etf_net_flow"], by=["issuer", "week"]),
    ]
    assert all(answer["release"] for answer in answers)
    assert all("as_of" in answer for answer in answers)


def test_a_figure_has_its_definition_source_instant_and_record(market: Market) -> None:
    figure = call(market, "figure", metric="price_usd", asset="BTC", date=DAY, statistic="high")
    assert (figure["value"], figure["unit"], figure["source"]) == (104_145.76, "usd", "binance")
    assert figure["definition"].startswith("spot price: ")
    assert figure["observed_at"] == "2025-05-12T06:00:00"
    assert figure["record"]["highest_since_date"] == "2025-01-31"
    assert "revisions" in figure


def test_a_figure_as_of_an_instant_is_that_of_then(restated: Warehouse) -> None:
    market = Market(restated.release_file)
    key = {"metric": "short_liquidations_usd", "asset": "BTC", "scope": "binance", "date": DAY}
    assert call(market, "figure", **key)["value"] != call(market, "figure", **key, as_of="2025-06-11")["value"]
    rows = call(market, "sql", query="select count(*) from fct_daily_liquidations", as_of="2020-01-01")["rows"]
    assert rows == [[0]]


def test_a_claim_and_a_text_are_judged_as_by_the_command(market: Market) -> None:
    claim = call(
        market, "verify_claim", metric="price_usd", date=DAY, value=104_000, comparator="at_least", statistic="high"
    )
    assert claim["verdict"] == "confirmed"
    assert "close of the UTC day, Binance: 103,261.60 USD, refuted" in claim["flips_with"]
    text = call(market, "verify_text", text="Bitcoin topped $104,000 on Thursday. Monero rose 5%.", date="2025-05-09")
    first, second = text["sentences"]
    assert (first["claims"][0]["verdict"], first["claims"][0]["is_mixed"]) == ("confirmed", True)
    assert second["not_understood"][0]["text"] == "5%"


def test_what_a_client_can_correct_is_a_sentence(market: Market) -> None:
    assert "did you mean price_usd?" in refusal(market, "figure", metric="price_us")
    assert "write it as 2025-05-08" in refusal(market, "figure", metric="price_usd", date="soon")
    assert "pass --date" in refusal(market, "verify_text", text="Bitcoin rose 3%.")
    assert "there are dim_asset" in refusal(market, "describe_table", table="nothing")
    assert "did you mean price_usd" in refusal(market, "query_metrics", metrics=["prise_usd"])
    assert "nothing is claimed" in refusal(market, "verify_claim", metric="price_usd", date=DAY)
    assert "write it as 2025-05-08" in refusal(market, "market_brief", date="soon")
    assert "write 2025-06-11" in refusal(market, "figure", metric="price_usd", at="0001-01-01T00:00+14:00")
    assert "no text about this market" in refusal(market, "verify_text", text="Bitcoin fell 3%.", date="0001-01-02")
    assert "there is no brief of 2001-01-01" in refusal(market, "market_brief", date="2001-01-01")


def test_a_sentence_of_the_brief_has_a_source_or_says_what_is_missing(market: Market) -> None:
    sentences = call(market, "market_brief", date=DAY)["sentences"]
    assert sentences
    for sentence in sentences:
        assert sentence["definition"]
        assert sentence["is_missing"] or (sentence["source"] and sentence["observed_at"]), sentence


def test_sql_describes_what_it_returns(market: Market) -> None:
    answer = call(market, "sql", query="select trade_date, close_usd, source from fct_daily_prices where asset = 'BTC'")
    assert answer["columns"] == ["trade_date", "close_usd", "source"]
    assert answer["definitions"]["close_usd"]
    assert "fct_daily_prices" in answer["tables"]
    assert answer["rows_are"].startswith("complete")
    assert answer["rows"][0][0].startswith("2024-11-")


@pytest.mark.parametrize("query", HARM)
def test_harmful_sql_is_refused(market: Market, query: str) -> None:
    with bounded(market.file()) as connection, pytest.raises(QueryRefused, match=HARM[query]):
        select(connection, query)
    assert not list(Path("/tmp").glob("stolen*"))


def test_huge_and_endless_queries_are_cut(market: Market) -> None:
    with bounded(market.file()) as connection:
        rows = select(connection, "select * from range(100000000)")
        assert (len(rows.rows), rows.is_cut) == (500, True)
        (((text,),), _) = (select(connection, "select repeat('x', 5000)").rows, None)
        assert text.endswith("… (cut, 5,000 characters)")
        assert len(text) < MOST_CHARACTERS + 50
        endless = "with recursive n as (select 1 as i union all select i + 1 from n) select count(*) from n"
        with pytest.raises(QueryRefused, match=r"more than 0\.5 seconds"):
            select(connection, endless, seconds=0.5)
        assert select(connection, "select 1").rows == [[1]]


def test_a_query_that_duckdb_can_not_interrupt_is_ended(market: Market) -> None:
    """One call of a function on two texts of a million characters takes hours, and is one vector."""
    file, endless = market.file(), "select levenshtein(repeat('a', 1000000), repeat('b', 1000000))"
    with pytest.raises(QueryRefused, match=r"more than 0\.2 seconds and was ended"):
        select_in_process(file, endless, seconds=0.2)
    assert select_in_process(file, "select 1 as one") == Rows(["one"], [[1]], False)
    with pytest.raises(QueryRefused, match="can't reach files"):
        select_in_process(file, "select * from read_text('/etc/passwd')")


def test_the_dictionary_is_a_resource(market: Market) -> None:
    async def ask(client: Client) -> list[str]:
        uris = [str(one.uri) for one in (await client.list_resources()).resources]
        assert uris == ["warehouse://metrics", "warehouse://tables"]
        read = [await client.read_resource(uri) for uri in (*uris, "warehouse://tables/dim_metrics")]
        return [str(one.contents[0].text) for one in read]  # type: ignore[union-attr]

    metrics, tables, table = talk(make_server(market), ask)
    assert "price_usd" in metrics
    assert "fct_daily_metrics" in tables
    assert "definition" in table


async def first_figure(client: Client) -> float:
    result = await client.call_tool("figure", {"metric": "price_usd", "date": DAY})
    return float(json.loads(result.content[0].text)["value"])  # type: ignore[union-attr]


@pytest.mark.slow
def test_over_standard_input_and_output(home: Path) -> None:
    server = StdioServerParameters(
        command=sys.executable, args=["-m", "orchestration", "mcp"], env=os.environ | {"WAREHOUSE_HOME": str(home)}
    )
    assert talk(server, first_figure) == 103_261.6


@pytest.fixture
def port(home: Path) -> Iterator[int]:
    """A server on a free port of this machine."""
    port = free_port()
    command = [sys.executable, "-m", "orchestration", "mcp", "--http", "--port", str(port)]
    environment = os.environ | {"WAREHOUSE_HOME": str(home)}
    with subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL) as process:
        try:
            for _ in range(600):
                if process.poll() is not None:
                    break
                with socket.socket() as door:
                    if door.connect_ex(("127.0.0.1", port)) == 0:
                        break
                time.sleep(0.1)
            yield port
        finally:
            process.terminate()


@pytest.mark.slow
def test_over_http_on_this_machine_alone(port: int) -> None:
    assert talk(f"http://127.0.0.1:{port}/mcp", first_figure) == 103_261.6
    request = (
        f"POST /mcp HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nOrigin: https://example.com\r\n"
        "Content-Type: application/json\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}"
    )
    with socket.create_connection(("127.0.0.1", port)) as door:
        door.sendall(request.encode())
        status = door.recv(100).split(b"\r\n")[0]
    assert b" 403 " in status
