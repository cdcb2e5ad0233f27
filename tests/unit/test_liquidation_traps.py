"""The known traps of liquidations and derivatives, each with the tests that guard it or the reason why it can't bite.

A trap is a habit of a provider that gives a wrong figure without an error. Whoever drops or renames a guard learns here
which trap stands open then.
"""

import ast
from functools import cache
from pathlib import Path

import duckdb
import pytest

from orchestration.sources import coinalyze
from orchestration.sources.shared.registry import datasets
from tests.recordings import RECORDED, needs_recordings

TESTS = Path(__file__).parents[1]
SOURCES = Path(coinalyze.__file__).parent

UNIT, WAREHOUSE = "unit/test_source_", "warehouse/test_"

GUARDED = {
    "1 errors of CoinGlass come with status 200": [
        f"{UNIT}coinglass::test_errors_that_come_as_http_200_are_errors",
        f"{UNIT}coinglass::test_an_empty_past_window_is_named_and_no_zero_is_made_up",
    ],
    "5 days that begin at 16:00 UTC": [
        f"{UNIT}coinglass::test_days_that_begin_in_china_are_refused_as_a_whole",
        f"{UNIT}okx::test_a_hong_kong_day_is_refused",
        f"{UNIT}futures::test_a_day_in_another_time_zone_is_refused",
    ],
    "6 a page border that loses a bar": [
        f"{UNIT}coinglass::test_pages_overlap_by_a_day_and_hold_at_most_a_thousand",
        f"{UNIT}coinglass::test_a_cut_bar_at_the_border_of_a_page_is_never_used",
        f"{UNIT}gate::test_pages_follow_each_other_without_a_gap",
        f"{UNIT}events::test_okx_pages_meet_without_a_gap",
    ],
    "7 history that is rewritten": [
        f"{WAREHOUSE}recorded_vintages::test_every_day_is_told_as_it_was_pulled",
        "unit/test_restatement::test_every_run_asks_for_what_may_still_change_and_a_month_s_first_for_all",
        "unit/test_loading::test_a_restatement_appends_the_changed_rows_only",
    ],
    "8 a list of venues that changes": [
        f"{UNIT}coinglass::test_a_window_becomes_rows_that_carry_the_list_they_were_asked_for",
        f"{WAREHOUSE}leverage::test_a_break_reaches_the_sums_that_its_venue_is_in",
        f"{WAREHOUSE}leverage::test_a_comparison_across_a_break_says_so",
    ],
    "9 Bybit names the position": [
        f"{WAREHOUSE}venue_facts::test_a_stream_counts_where_it_was_listened_to_all_day",
        "unit/test_collector::test_what_is_heard_becomes_rows_and_twins_stay_two",
    ],
    "10 Gate's stamps are seconds": [f"{UNIT}gate::test_a_question_is_in_seconds_and_names_the_hour_bar"],
    "11 Bitfinex's sign is the side, its match flag is not": [
        f"{UNIT}events::test_bitfinex_triggers_and_executions_are_told_apart",
        f"{WAREHOUSE}venue_facts::test_an_event_closes_the_position_that_the_convention_of_its_venue_says",
    ],
    "12 Coinalyze answers milliseconds and unknown symbols with nothing": [
        f"{UNIT}coinalyze::test_silence_is_no_answer",
        f"{UNIT}coinalyze::test_a_symbol_without_an_answer_is_on_record_and_the_others_are_kept",
    ],
    "13 Coinalyze counts every symbol": [
        f"{UNIT}coinalyze::test_every_symbol_counts_and_a_question_has_at_most_twenty"
    ],
    "14 coins or dollars, by the contract's margin": [
        f"{UNIT}coinalyze::test_perpetuals_are_chosen_by_their_description_and_dollars_are_asked_for"
    ],
    "15 funding in percent or as a fraction": [
        f"{WAREHOUSE}venue_facts::test_funding_is_a_fraction_per_eight_hours_weighed_by_open_positions",
        f"{UNIT}binance_archive_futures::test_funding_is_a_fraction_with_its_interval",
        f"{WAREHOUSE}derivative_facts::test_funding_is_the_sum_of_a_days_rates_over_three_whatever_the_interval",
    ],
    "16 one contract of a coin taken for all": [
        f"{UNIT}coinalyze::test_perpetuals_are_chosen_by_their_description_and_dollars_are_asked_for"
    ],
    "17 Binance's streams fall silent under the old route": [
        "unit/test_collector_venues::test_binance_is_listened_to_under_the_address_that_is_not_silent",
        "unit/test_collector::test_silence_after_an_acknowledgement_is_told_once_and_not_counted_as_heard",
    ],
    "18 Binance's archive of coin-margined events has every row twice": [
        f"{UNIT}binance_archive_futures::test_every_event_is_written_twice_and_counted_once"
    ],
    "19 liquidations of USDT-margined contracts were taken out of Binance's archive": [
        f"{UNIT}binance_archive_futures::test_nothing_asks_for_the_liquidations_that_were_taken_down"
    ],
    "20 Gate's wall of 180 days": [
        f"{UNIT}gate::test_nothing_is_asked_from_beyond_the_wall_of_180_days",
        f"{UNIT}gate::test_the_wall_comes_as_400_and_is_told",
    ],
    "22 OKX's references and its 24 hours": [
        f"{UNIT}events::test_okx_events_become_rows_and_twins_stay_two",
        f"{UNIT}events::test_okx_is_asked_for_what_it_keeps",
        "unit/test_schedules::test_utc_schedules_know_no_summer_time",
    ],
    "23 HTX's amount is contracts": [f"{UNIT}events::test_htx_events_have_ids_and_their_turnover_is_the_value"],
    "25 Bitfinex writes a liquidation twice, with the price of entry": [
        f"{UNIT}events::test_bitfinex_triggers_and_executions_are_told_apart",
        f"{WAREHOUSE}venue_facts::test_an_event_closes_the_position_that_the_convention_of_its_venue_says",
    ],
    "26 Bybit counts both sides of open interest": [
        f"{WAREHOUSE}derivative_facts::test_open_interest_of_both_sides_is_halved_and_valued_at_the_venues_price"
    ],
    "27 24 hours at some hour compared with a UTC day": [
        f"{WAREHOUSE}claims::test_an_undecidable_claim_says_what_is_missing"
    ],
    "28 throttles report less on the days of a crash": [
        f"{WAREHOUSE}sample_facts::test_liquidations_are_those_of_one_venue_and_not_final",
        f"{WAREHOUSE}leverage::test_a_comparison_across_a_break_says_so",
    ],
    "30 a predicted rate taken for a paid one": ["unit/test_liquidation_traps::test_paid_funding_is_asked_for"],
    "31 stamps in local time": [f"{UNIT}coinalyze::test_stamps_are_seconds_and_both_ends_are_asked"],
    "32 figures of CoinGlass in the repository's tests": [
        "unit/test_liquidation_traps::test_no_recorded_liquidation_is_in_a_fixture"
    ],
}

UNUSED = {
    "2 CoinGlass's list of pairs has the sides swapped": "pairs-markets",
    "3 CoinGlass's list of exchanges names its fields otherwise than documented": "liquidation/exchange-list",
    "4 CoinGlass's rolling windows are no days": "liquidation/coin-list",
    "21 Gate's events come by the hour alone, and its sums tell the same": "liq_orders",
    "24 BitMEX tells open orders without a time": "bitmex.com",
    "29 CoinGlass contradicts itself on the side of an event": "liquidation/order",
}
"""Deliberately not asked for: the trap, and what an address would have that asks for it."""


@cache
def names_in(file: str) -> frozenset[str]:
    tree = ast.parse((TESTS / f"{file}.py").read_text())
    return frozenset(node.name for node in tree.body if isinstance(node, ast.FunctionDef))


def test_every_trap_is_guarded_or_out_of_reach() -> None:
    numbers = sorted(int(trap.split()[0]) for trap in [*GUARDED, *UNUSED])
    assert numbers == list(range(1, 33))


@pytest.mark.parametrize(("trap", "guards"), GUARDED.items(), ids=GUARDED)
def test_the_guards_of_a_trap_are_there(trap: str, guards: list[str]) -> None:
    missing = [guard for guard in guards if guard.split("::")[1] not in names_in(guard.split("::")[0])]
    assert guards
    assert not missing, trap


@pytest.mark.parametrize(("trap", "address"), UNUSED.items(), ids=UNUSED)
def test_what_is_unused_is_asked_for_by_no_source(trap: str, address: str) -> None:
    asking = [file.name for file in SOURCES.glob("*.py") if address in file.read_text()]
    assert not asking, trap


def test_paid_funding_is_asked_for() -> None:
    """CoinGlass's funding history is the running rate: it is asked for liquidations alone."""
    assert "funding-rate-history" in coinalyze.HISTORIES
    assert not [history for history in coinalyze.HISTORIES if history.startswith("predicted")]
    assert not [d.table for d in datasets() if d.provider.name == "coinglass" and "funding" in d.name]


@needs_recordings
def test_no_recorded_liquidation_is_in_a_fixture() -> None:
    """CoinGlass allows nobody to pass its figures on: what tests are given is written by hand."""
    files = [file for file in (TESTS / "fixtures").rglob("*") if file.is_file()]
    fixtures = " ".join(file.read_text(errors="ignore") for file in files)
    figures = duckdb.sql(
        f"select unnest([aggregated_long_liquidation_usd, aggregated_short_liquidation_usd])::varchar "
        f"from '{RECORDED}/coinglass/*.parquet' where time > 1600000000000"
    ).fetchall()
    assert len(figures) > 1_000
    assert not [figure for (figure,) in figures if len(figure) > 9 and figure in fixtures]
