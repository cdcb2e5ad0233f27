"""A build by change keeps its memory small, and a model that needs more is made all the same."""

from datetime import UTC, datetime

import duckdb

from orchestration.build.recording import Node, Recording
from orchestration.build.replay import Player


def test_a_model_for_which_the_memory_is_too_small_gets_what_the_machine_has() -> None:
    sql = "select number from range(1000000) as numbers (number) order by hash(number)"
    node = Node("model.market.large", "table", sql, (), '"memory"."main"."large"')
    with duckdb.connect(config={"temp_directory": ""}) as connection:
        recording = Recording((node,), {}, "", "")
        player = Player(connection, recording, "build", datetime(2026, 8, 11, tzinfo=UTC), {}, memory="10MB")
        (result,) = player.play()
        assert (result.status, result.message) == ("success", None)
        assert connection.execute("select count(*) from large").fetchall() == [(1_000_000,)]
