"""The tools and resources of `warehouse mcp`, for language models and agents. Every response carries its definition,
its source, when it was observed, and the release that it was read from. Nothing is written, and no other host is
reached.

Belongs here: what a client is offered, and its words. Not here: how a figure is found (`orchestration.client`).
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from typing import Any

from mcp.server import MCPServer
from mcp.server.mcpserver.exceptions import ResourceNotFoundError, ToolError
from mcp.server.transport_security import TransportSecuritySettings
from mcp_types import ToolAnnotations

from orchestration.client import Market, UnknownDay, as_day
from orchestration.file_errors import FileUnusable
from orchestration.mcp.safe_sql import MOST_ROWS, MOST_SECONDS, QueryRefused, bounded, mentioned, plain
from orchestration.mcp.sql_process import select_in_process
from orchestration.release.as_of import UnknownInstant
from orchestration.release.open import NothingPublished
from orchestration.semantic.query import InvalidRequest
from orchestration.verify.figures import NoFigure
from orchestration.verify.structured import InvalidClaim, claim_of
from orchestration.verify.text import NoDay
from orchestration.verify.written import as_short_json, judgement_json, plain_values

INSTRUCTIONS = """
A warehouse of the crypto market in which every number has a definition, a source and the instant at which it was
observed. Call list_metrics first: it names the metrics and their default asset, scope (venue, venue list, fund universe
or index), window and statistic. `figure` returns one figure with its identity; `compare_definitions` returns what the
same words may mean otherwise; `verify_text` and `verify_claim` judge claims about the market. Days are UTC days,
flows belong to NYSE sessions. Quote a figure with its scope, window and source, and state as_of or observed_at. Missing
is not zero.
"""
READS = ToolAnnotations(read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False)
HOSTS = TransportSecuritySettings(
    allowed_hosts=["127.0.0.1:*", "localhost:*"], allowed_origins=["http://127.0.0.1:*", "http://localhost:*"]
)
"""A page of another host can't talk to the server through a browser."""
TABLES = "select table_name, comment from duckdb_tables() where schema_name = 'marts' order by table_name"
COLUMNS = """
select column_name, data_type, comment from duckdb_columns() where schema_name = 'marts' and table_name = ?
order by column_index
"""
BRIEF = """
from rpt_market_brief
where trade_date = coalesce(?, (select max(trade_date) from rpt_market_brief))
order by asset, sentence_number
"""
FORESEEN = (
    FileUnusable,
    InvalidClaim,
    InvalidRequest,
    NoDay,
    NoFigure,
    NothingPublished,
    QueryRefused,
    UnknownDay,
    UnknownInstant,
)

Content = dict[str, Any]


class Tools:
    """What the server offers, over one published copy."""

    def __init__(self, market: Market) -> None:
        self._market = market

    def list_metrics(self) -> Content:
        """Every metric: what it measures, its unit, sign, default key and sources, and what a missing figure means."""
        with foreseen():
            return self._with_release({"metrics": [plain_values(asdict(metric)) for metric in self._market.metrics()]})

    def figure(
        self,
        metric: str,
        asset: str | None = None,
        scope: str | None = None,
        window: str | None = None,
        statistic: str | None = None,
        date: str | None = None,
        at: str | None = None,
        as_of: str | None = None,
    ) -> Content:
        """One figure with its unit, definition, source, observed_at, revisions and record.

        What is left out is the metric's default; without a date it is the newest day. `at` (an ISO instant, UTC)
        gives the 24 hours up to it. `as_of` (a date or an instant, UTC) gives the figure as it was known then.
        """
        with foreseen():
            found = self._at(as_of).figure(
                metric, asset, date=date, at=at, scope=scope, window=window, statistic=statistic
            )
            return self._with_release(plain_values(asdict(found)), as_of)

    def compare_definitions(
        self, metric: str, date: str, asset: str | None = None, as_of: str | None = None
    ) -> Content:
        """The figures of a day by every definition that the same words may mean: high and close, each venue."""
        with foreseen():
            found = self._at(as_of).definitions(metric, asset, date=date)
            return self._with_release({"figures": [plain_values(asdict(one)) for one in found]}, as_of)

    def records(self, date: str | None = None, asset: str | None = None, as_of: str | None = None) -> Content:
        """The figures of a day that nothing had matched for at least 30 days, above or below."""
        with foreseen():
            found = self._at(as_of).records(date, asset)
            return self._with_release({"figures": [plain_values(asdict(one)) for one in found]}, as_of)

    def query_metrics(
        self,
        metrics: list[str],
        by: list[str] | None = None,
        only: dict[str, list[str]] | None = None,
        start: str | None = None,
        end: str | None = None,
        as_of: str | None = None,
    ) -> Content:
        """Figures of many days or series without SQL: `etf_net_flow` by `issuer`, `week`.

        `by` takes asset, scope, source, issuer, fund and one of day, week, month, quarter, year; `only` the wanted
        values of those dimensions, such as {"asset": ["ETH"]}. An asset or scope that is left open is the default of
        the metric. Every metric of list_metrics exists by its name; a statistic or window other than its default is
        a suffix: price_usd_high. `start` and `end` are days, both included. At most 500 rows.
        """
        with foreseen():
            found = self._at(as_of).query(metrics, by=by or (), only=only, start=start, end=end)
            rows = [[plain(value) for value in row] for row in found.rows[:MOST_ROWS]]
            content = plain_values(asdict(replace(found, rows=[])))
            limits = f"cut at {MOST_ROWS} rows" if len(found.rows) > MOST_ROWS else "complete"
            return self._with_release(content | {"rows": rows, "limits": limits}, as_of)

    def verify_claim(
        self,
        metric: str,
        date: str | None = None,
        at: str | None = None,
        value: float | None = None,
        comparator: str | None = None,
        tolerance_ratio: float | None = None,
        asset: str | None = None,
        scope: str | None = None,
        window: str | None = None,
        statistic: str | None = None,
        period_start_date: str | None = None,
        record_direction: str | None = None,
        since_date: str | None = None,
        since_precision: str | None = None,
        history_from_date: str | None = None,
        as_of: str | None = None,
    ) -> Content:
        """Judge one claim: confirmed, refuted or undecidable, with the figure and the definitions that flip it.

        `value` is in the metric's unit (USD, or 1 for 100 percent); `comparator` is above, at_least, about, at_most or
        below. For a record: `record_direction` highest or lowest, with `since_date` (and `since_precision` day,
        month or year).
        """
        given = {
            "metric": metric, "claim_date": date, "claim_at": at, "threshold": value, "comparator": comparator,
            "tolerance_ratio": tolerance_ratio, "asset": asset, "scope": scope, "time_window": window,
            "statistic": statistic, "period_start_date": period_start_date, "record_direction": record_direction,
            "since_date": since_date, "since_precision": since_precision, "history_from_date": history_from_date,
        }  # fmt: skip
        with foreseen():
            market = self._at(as_of)
            with market.connect() as connection:
                claim = claim_of(connection, {name: _written(one) for name, one in given.items() if one is not None})
            return self._with_release(judgement_json(market.verify_claim(claim)), as_of)

    def verify_text(
        self, text: str, date: str | None = None, at: str | None = None, as_of: str | None = None
    ) -> Content:
        """Check a text sentence by sentence: how each claim is understood, the verdict of every interpretation its
        words allow, and what was not understood. `date` is the day the text was written, if it does not say so."""
        with foreseen():
            return self._with_release(as_short_json(self._at(as_of).verify(text, date=date, at=at)), as_of)

    def market_brief(self, date: str | None = None) -> Content:
        """The brief of a day, the newest by default: sentences, each with its definition, figures, source and SQL.

        A sentence about a missing figure has no source, and says why it is missing.
        """
        with foreseen(), bounded(self._market.file()) as connection:
            result = connection.execute(BRIEF, [as_day(date)])
            names = [column[0] for column in result.description or []]
            rows = [dict(zip(names, row, strict=True)) for row in result.fetchall()]
            if not rows:
                raise NoFigure(f"there is no brief of {date}")
            return self._with_release({"sentences": [plain_values(row) for row in rows]})

    def describe_table(self, table: str) -> Content:
        """A published table: its description, and of each column the type, unit, sign and what null means."""
        with foreseen(), bounded(self._market.file()) as connection:
            tables = dict(connection.execute(TABLES).fetchall())
            name = table.removeprefix("marts.")
            if name not in tables:
                raise NoFigure(f"there is no table {table}; there are {', '.join(tables)}")
            columns = [
                {"column": column, "type": kind, "description": comment}
                for column, kind, comment in connection.execute(COLUMNS, [name]).fetchall()
            ]
            return self._with_release({"table": name, "description": tables[name], "columns": columns})

    def sql(self, query: str, as_of: str | None = None) -> Content:
        """One read-only DuckDB SELECT on the published tables (`select table_name from duckdb_tables()` lists them).

        At most 500 rows and 20 seconds. The response describes the tables and the columns that the query names.
        `as_of` gives the daily tables as they were known at an instant.
        """
        with foreseen():
            market = self._at(as_of)
            rows = select_in_process(market.file(), query, market.known_at)
            with bounded(market.file()) as connection:
                tables = mentioned(query, dict(connection.execute(TABLES).fetchall()))
                described = {
                    column: comment
                    for table in tables
                    for column, _, comment in connection.execute(COLUMNS, [table]).fetchall()
                    if column in rows.columns
                }
            limits = (
                f"cut at {MOST_ROWS} rows"
                if rows.is_cut
                else f"complete; limits are {MOST_ROWS} rows, {MOST_SECONDS:g} s"
            )
            return self._with_release(
                {
                    "columns": rows.columns,
                    "rows": rows.rows,
                    "rows_are": limits,
                    "tables": tables,
                    "definitions": described,
                },
                as_of,
            )

    def _at(self, as_of: str | None) -> Market:
        return self._market.as_of(as_of) if as_of else self._market

    def _with_release(self, content: Content, as_of: str | None = None) -> Content:
        """The content of a response with the release it was read from and the instant of knowledge."""
        file = self._market.file()
        published_at = file.published_at.isoformat() if file.published_at else None
        return content | {"release": file.version, "published_at": published_at, "as_of": as_of or published_at}


def _written(value: object) -> str:
    """A value as a line of claims has it: 104000, not 104000.0, which would claim another digit."""
    return f"{value:.15g}" if isinstance(value, float) else str(value)


@contextmanager
def foreseen() -> Iterator[None]:
    """What a client can correct becomes a sentence for it; everything else is a defect."""
    try:
        yield
    except FORESEEN as problem:
        raise ToolError(str(problem)) from None


def make_server(market: Market, version: str = "") -> MCPServer[Any]:
    """The server over a published copy."""
    server: MCPServer[Any] = MCPServer(
        "crypto-market-warehouse", instructions=INSTRUCTIONS.strip(), version=version, log_level="WARNING"
    )
    tools = Tools(market)
    offered: tuple[Callable[..., Content], ...] = (
        tools.list_metrics, tools.figure, tools.compare_definitions, tools.records, tools.query_metrics,
        tools.verify_claim, tools.verify_text, tools.market_brief, tools.describe_table, tools.sql,
    )  # fmt: skip
    for tool in offered:
        server.add_tool(tool, annotations=READS)
    _add_resources(server, tools)
    return server


def _add_resources(server: MCPServer[Any], tools: Tools) -> None:
    import json

    @server.resource(
        "warehouse://metrics", mime_type="application/json", description="Every metric with its definition"
    )
    def metrics() -> str:
        return json.dumps(tools.list_metrics(), indent=1)

    @server.resource("warehouse://tables", mime_type="application/json", description="Every table with its description")
    def tables() -> str:
        with bounded(tools._market.file()) as connection:
            return json.dumps(dict(connection.execute(TABLES).fetchall()), indent=1)

    @server.resource("warehouse://tables/{table}", mime_type="application/json", description="The columns of a table")
    def table(table: str) -> str:
        try:
            return json.dumps(tools.describe_table(table), indent=1)
        except ToolError as problem:
            raise ResourceNotFoundError(str(problem)) from None


def serve(market: Market, port: int | None, version: str) -> None:
    """Serves on standard input and output, or with a port by HTTP on 127.0.0.1, until it is ended."""
    server = make_server(market, version)
    if port is None:
        server.run("stdio")
    else:
        server.run("streamable-http", host="127.0.0.1", port=port, transport_security=HOSTS, stateless_http=True)
