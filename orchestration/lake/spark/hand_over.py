"""A build's hand-over to Spark: dbt's model of much volume is computed there, and DuckDB reads the result.

dbt calls `HandOver.make` (a function of its DuckDB, see the macro `duckdb__create_table_as`) with the model's SQL.
Staging views are translated, too, for they are as long as the raw tables; a raw table is read as the Parquet files of
the lake at the build's snapshot; what else the model reads, DuckDB computes and hands over as Parquet. What Spark
can't compute, DuckDB does, in more time and with the same rows: a build ends whole, with a warning.
"""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from secrets import token_hex
from threading import Lock

import duckdb
from sqlglot import exp, parse_one

from orchestration.lake.attach import NAME
from orchestration.lake.settings import Lake
from orchestration.lake.spark.cluster import Cluster, ClusterUnusable
from orchestration.lake.spark.translate import (
    Columns,
    Untranslatable,
    relations_of,
    spark_type,
    translate,
    view_name,
)

FUNCTION = "made_on_spark"
_open: list["HandOver"] = []
_listeners: list[Callable[[str], None]] = []


class HandOver:
    """The hand-over of one build, whose DuckDB is that of `connection`, at a snapshot of the lake or as it is."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, lake: Lake, snapshot: int | None, master: str) -> None:
        self._connection = connection.cursor()
        self._snapshot = "" if snapshot is None else f", snapshot_version => {snapshot}"
        self._folder = f"{lake.data}spark/{token_hex(8)}/"
        self._s3 = lake.s3
        self._master = master
        self._cluster: Cluster | None = None
        self._has_failed = False
        self._columns: dict[str, Columns] = {}
        # dbt makes two models at a time.
        self._lock = Lock()
        _open.append(self)

    def make(self, schema: str, name: str, sql: str) -> str:
        """The query with which DuckDB gets a model's rows: those that Spark computed, in the model's order.

        Where Spark can't, it is the model's own SQL. After a failure of the cluster no more is handed over.
        """
        with self._lock:
            if self._has_failed:
                return sql
            try:
                return self._made(schema, name, sql)
            except Untranslatable as problem:
                _warn(f"DuckDB computes {schema}.{name}, which has no translation to Spark: {problem}")
            except ClusterUnusable as problem:
                self._has_failed = True
                _warn(f"DuckDB computes {schema}.{name} and the models of much volume after it, because {problem}")
            return sql

    def _made(self, schema: str, name: str, sql: str) -> str:
        described = self._described(f"({sql})")
        for relation in sorted(relations_of(sql)):
            self._provide(*relation)
        view = view_name(schema, name)
        translated = translate(sql, self._columns, described)
        folder = self._spark.write(view, translated)
        self._columns[view] = described
        return f"select * from read_parquet('{_quoted(folder)}/*.parquet'){_order(sql)}"

    def close(self) -> None:
        if self._cluster is not None:
            self._cluster.close()
            self._cluster = None
        if self._s3 is None:
            # Of a cluster that did not start, or went away.
            shutil.rmtree(self._folder, ignore_errors=True)

    @property
    def _spark(self) -> Cluster:
        if self._cluster is None:
            self._cluster = Cluster(self._master, self._folder, self._s3)
        return self._cluster

    def _described(self, relation: str) -> dict[str, str]:
        """The columns that Spark can read, with DuckDB's types."""
        found = self._connection.execute(f"select column_name, column_type from (describe from {relation})").fetchall()
        return {name: kind for name, kind in found if spark_type(kind)}

    def _provide(self, schema: str, name: str) -> None:
        """Make a relation that a model reads known to Spark."""
        view = view_name(schema, name)
        if view in self._columns:
            return
        database = "release" if schema == "marts" else "warehouse"
        columns = self._described(f'{database}.{schema}."{name}"')
        if schema == "raw":
            self._spark.read(view, self._files_of_raw(name, columns), columns)
        elif not (schema == "staging" and self._translated(view, name)):
            self._spark.read(view, [self._exported(view, f'{database}.{schema}."{name}"', columns)], columns)
        self._columns[view] = columns

    def _translated(self, view: str, name: str) -> bool:
        """Whether a staging view could be translated, and is known to Spark now."""
        found = self._connection.execute(
            "select sql from duckdb_views() where schema_name = 'staging' and view_name = ?", [name]
        ).fetchall()
        if not found:  # a table of hours that DuckDB made
            return False
        sql = found[0][0].partition(" AS ")[2].rstrip().rstrip(";")
        try:
            for relation in sorted(relations_of(sql)):
                self._provide(*relation)
            self._spark.define(view, translate(sql, self._columns))
        except Exception as problem:
            if not (isinstance(problem, Untranslatable) or type(problem).__module__.startswith("pyspark.errors")):
                raise
            return False
        return True

    def _files_of_raw(self, name: str, columns: Columns) -> list[str]:
        """The Parquet files of a raw table: the lake's own and, of rows that are not in whole ones, one more.

        Rows of small commits are in PostgreSQL, and a file may have deleted rows, or rows of later snapshots.
        """
        relation = f'{NAME}.raw."{name}"'
        counts = dict(self._connection.execute(f"select filename, count(*) from {relation} group by all").fetchall())
        listed = self._connection.execute(
            f"select data_file from ducklake_list_files('{NAME}', ?, schema => 'raw'{self._snapshot})", [name]
        ).fetchall()
        rows = dict(
            self._connection.execute(
                "select file_name, num_rows from parquet_file_metadata(?)", [[file for (file,) in listed]]
            ).fetchall()
            if listed
            else []
        )
        whole = sorted(file for file, count in counts.items() if rows.get(file) == count)
        rest = [file for file in counts if file not in whole]
        if rest or not whole:
            texts = ", ".join(f"'{_quoted(file)}'" for file in rest) or "''"
            query = f"(select *, filename from {relation} where filename in ({texts}))"
            whole.append(self._exported(view_name("raw", name), query, columns))
        return whole

    def _exported(self, view: str, relation: str, columns: Columns) -> str:
        """The Parquet file with a relation's rows."""
        file = f"{self._folder}{view}.parquet"
        listed = ", ".join(f'"{column}"' for column in columns)
        self._connection.execute(f"copy (select {listed} from {relation}) to '{_quoted(file)}' (format parquet)")
        return file


@contextmanager
def handing_over(warn: Callable[[str], None]) -> Iterator[None]:
    """Around a build: `warn` gets a sentence where DuckDB computes what Spark was to.

    At the end every hand-over of this process ends: its files are deleted, and its session is stopped.
    """
    _listeners.append(warn)
    try:
        yield
    finally:
        _listeners.remove(warn)
        while _open:
            _open.pop().close()


def _warn(sentence: str) -> None:
    for warn in _listeners:
        warn(sentence)


def _order(sql: str) -> str:
    """The order in which the model's rows are stored, by columns of its result."""
    order = parse_one(sql, dialect="duckdb").args.get("order")
    if order is None:
        return ""
    for column in order.find_all(exp.Column):
        column.set("table", None)
    return f" {order.sql(dialect='duckdb')}"


def _quoted(text: str) -> str:
    return text.replace("'", "''")
