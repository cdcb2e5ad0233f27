"""The notes on results in the working file."""

import duckdb

from orchestration.build.node_result import NodeResult, failures_in_words
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


def test_a_failed_build_names_a_model_before_tests_with_the_reason_of_dbt() -> None:
    results = [
        NodeResult("test.crypto_market.unique_key_of_days.1a2b", "fail", "Got 1 result, configured to fail", 0.1),
        NodeResult("model.crypto_market.fct_days", "error", "Conversion Error: too large\n\nLINE 18: select", 0.1),
        NodeResult("model.crypto_market.fct_weeks", "skipped", None, 0.0),
    ]
    assert failures_in_words(results) == "2 of 3 failed, first the model fct_days (Conversion Error: too large)"
    assert failures_in_words(results[:1]) == (
        "1 of 1 failed, first the test unique_key_of_days (Got 1 result, configured to fail)"
    )
