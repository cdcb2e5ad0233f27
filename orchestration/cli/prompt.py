"""The interactive prompt of `warehouse sql`: history, several lines until `;`, completion of table names."""

from pathlib import Path
from typing import TYPE_CHECKING

from prompt_toolkit import PromptSession
from prompt_toolkit.completion import WordCompleter
from prompt_toolkit.document import Document
from prompt_toolkit.filters import Condition
from prompt_toolkit.history import FileHistory, InMemoryHistory
from prompt_toolkit.lexers import PygmentsLexer
from pygments.lexers.sql import SqlLexer

from orchestration.cli.query import QueryRejected, run_query, write
from orchestration.report.query_result import Format

if TYPE_CHECKING:
    import duckdb

QUIT = {".quit", ".exit", "quit", "exit", "quit;", "exit;"}
HELP = "End a query with ';'. .tables lists tables, .schema TABLE its columns, .mode FORMAT the output, .quit ends."


def run_prompt(connection: "duckdb.DuckDBPyConnection", version: str, format_: Format) -> None:
    """Reads queries until `.quit` or Ctrl-D; Ctrl-C drops the line or stops the running query."""
    print(f"crypto_market {version}, read-only. {HELP}")
    session = _session(connection)
    while True:
        try:
            text = session.prompt("sql> ", prompt_continuation="...> ").strip()
        except KeyboardInterrupt:
            continue
        except EOFError:
            return
        if text.lower() in QUIT:
            return
        if text.startswith(".mode"):
            format_ = _mode(text, format_)
        elif text == ".help":
            print(HELP)
        elif text:
            _run(connection, text, format_)


def is_complete(text: str) -> bool:
    """True when Enter should send the text: it is empty, a dot command, or ends a statement."""
    text = text.strip()
    return not text or text.startswith(".") or text.lower() in QUIT or text.endswith(";")


def _run(connection: "duckdb.DuckDBPyConnection", text: str, format_: Format) -> None:
    try:
        write(run_query(connection, text), format_)
    except QueryRejected as refusal:
        print(refusal)
    except KeyboardInterrupt:
        print("stopped")


def _mode(text: str, current: Format) -> Format:
    wanted = text.removeprefix(".mode").strip()
    if wanted in Format.__members__:
        return Format(wanted)
    print(f"the output is {current}; .mode takes one of {', '.join(Format)}")
    return current


def _session(connection: "duckdb.DuckDBPyConnection") -> PromptSession[str]:
    words = [
        name
        for (name,) in connection.execute(
            "select table_name from duckdb_tables() where schema_name = 'marts' union "
            "select column_name from duckdb_columns() where schema_name = 'marts' union "
            "select function_name from duckdb_functions() where not internal"
        ).fetchall()
    ]
    session: PromptSession[str] = PromptSession(
        history=_history(),
        lexer=PygmentsLexer(SqlLexer),
        completer=WordCompleter([*sorted(words), ".tables", ".schema", ".mode", ".help", ".quit"], ignore_case=True),
        complete_while_typing=False,
    )
    session.multiline = Condition(lambda: not is_complete(_text(session.default_buffer.document)))
    return session


def _text(document: Document) -> str:
    return document.text


def _history() -> FileHistory | InMemoryHistory:
    path = Path.home() / ".warehouse_sql_history"
    try:
        path.touch(mode=0o600)
    except OSError:
        return InMemoryHistory()
    return FileHistory(str(path))
