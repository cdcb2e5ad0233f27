"""pandas stays out of a process that is told to do without it: nothing else is different, and who needs it has it."""

import subprocess
import sys
from datetime import UTC, datetime

from orchestration.sources.shared.nyse_calendar import sessions

VALUES = """
import sys
from datetime import date, datetime
from decimal import Decimal
import duckdb, pyarrow

columns = {"number": [1, None], "text": [None, "a"], "day": [date(2025, 5, 8), None], "lists": [["a", None], None]}
values = [1, 2.5, "a", None, True, date(2025, 5, 8), datetime(2025, 5, 8, 6), Decimal("1.50"), ["a", None], {"a": 1}]
shown = pyarrow.table(columns)
connection = duckdb.connect()
connection.register("registered", shown)
print(shown, connection.execute("from registered").fetchall(), connection.execute("from shown").fetchall())
print(connection.execute(f"select {', '.join('?' * len(values))}", values).fetchall())
print(connection.execute("select $day, $names", {"day": date(2025, 5, 8), "names": ["a"]}).to_arrow_table())
connection.execute("create table rows (a varchar, b decimal(18, 2))")
connection.executemany("insert into rows values (?, ?)", [["a", Decimal("1.5")], [None, None]])
print(connection.execute("from rows").fetchall())
"""
LEFT_OUT = "from orchestration.without_pandas import leave_pandas_out\nleave_pandas_out()\n"
NEEDS_IT = """
import datetime
from orchestration.sources.shared.nyse_calendar import sessions
try:
    import pandas
except ModuleNotFoundError as missing:
    print(missing)
print(sessions(datetime.datetime(2025, 5, 12, 6, tzinfo=datetime.UTC)))
import pandas
"""
NOW = datetime(2025, 5, 12, 6, tzinfo=UTC)
IS_IMPORTED = "\nprint('pandas' in sys.modules)"


def _printed(program: str) -> str:
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def test_duckdb_and_pyarrow_take_the_same_values_without_it() -> None:
    with_it, without_it = _printed(VALUES + IS_IMPORTED), _printed(LEFT_OUT + VALUES + IS_IMPORTED)
    assert with_it.removesuffix("True\n") == without_it.removesuffix("False\n")
    assert with_it.endswith("True\n"), "where neither imports it any longer, nothing has to be left out"


def test_who_needs_it_has_it_and_anyone_else_learns_why_not() -> None:
    *_, message, rows = _printed(LEFT_OUT + VALUES + NEEDS_IT).splitlines()
    assert message.endswith("add the package that needs it to orchestration.without_pandas.NEEDED_BY")
    assert rows == str(sessions(NOW))
