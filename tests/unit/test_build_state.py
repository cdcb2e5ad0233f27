"""The notes on results in the working file."""

import duckdb

from orchestration.build.state import Note, forget, remember, stored_notes


def test_notes_are_kept_as_they_are_and_only_named_ones_are_removed() -> None:
    notes = {
        "test.it's": Note("inputs", "1 2", "fail", 3, "Got 3 results, 'quoted'", '{"day": "cast(\'2026\' as date)"}'),
        "model.plain": Note("other inputs"),
    }
    with duckdb.connect() as connection:
        assert stored_notes(connection) == {}
        remember(connection, notes)
        assert stored_notes(connection) == notes
        forget(connection, [])
        assert stored_notes(connection) == notes
        forget(connection, ["test.it's", "model.unknown"])
        assert stored_notes(connection).keys() == {"model.plain"}
        forget(connection)
        assert stored_notes(connection) == {}
