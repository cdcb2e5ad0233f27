"""A table is made as a whole or not at all, and one that fails stops no other."""

from datetime import UTC, datetime

import duckdb

from orchestration.build.recording import Node, Recording
from orchestration.build.replay import Player


def table(name: str, sql: str) -> Node:
    relation = f'"memory"."main"."{name}"'
    comments = f"comment on table {relation} is 'Prices';\ncomment on column {relation}.\"price\" is 'In USD'"
    return Node(f"model.market.{name}", "table", sql, (), relation, "(price integer)", ("price",), comments)


def test_a_table_that_can_not_be_made_stays_as_it_was_and_the_next_one_is_made() -> None:
    nodes = (table("failing", "select 'none'::integer as price"), table("good", "select 3 as price"))
    with duckdb.connect() as connection:
        connection.execute("create table failing as select 2 as price")
        player = Player(connection, Recording(nodes, {}, "", ""), "build", datetime(2026, 8, 11, tzinfo=UTC), {})
        failed, made = player.play()
        assert (failed.status, made.status) == ("error", "success")
        assert "Could not convert string 'none'" in str(failed.message)
        assert connection.execute("select failing.price, good.price from failing, good").fetchall() == [(2, 3)]
        comments = "select comment from duckdb_columns() where table_name in ('failing', 'good') order by table_name"
        assert connection.execute(comments).fetchall() == [(None,), ("In USD",)]
