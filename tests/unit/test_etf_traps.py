"""Traps of ETF flows that others fell into, each with the test that stands guard.

A trap is a fact of the sources (../shared/contracts/etf_flows.md, section 8, lists where each was seen). This file says
where the guard is, and that it is there.
"""

import ast
import csv
import re
import subprocess
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
FARSIDE = "unit/test_source_farside.py"
PROPERTIES = "unit/test_source_farside_properties.py"
HISTORY = "unit/test_farside_history.py"
MIRRORS = "unit/test_source_etf_mirrors.py"
SOSOVALUE = "unit/test_source_sosovalue.py"
STATES = "warehouse/test_etf_states.py"
PAGES = "warehouse/test_recorded_etf_pages.py"

GUARDS = {
    "a dash read as 0.0": [(STATES, "test_state_of_a_cell")],
    "a total of 0.0 on a row of dashes": [
        (STATES, "test_a_session_of_dashes_has_no_total"),
        (PAGES, "test_a_row_of_dashes_has_no_total_and_is_not_final"),
    ],
    "a provisional 0.0 that is replaced": [
        (PAGES, "test_a_provisional_zero_is_a_figure_until_it_is_revised"),
        ("unit/test_schedules.py", "test_etf_flows_follow_the_clock_of_new_york"),
    ],
    "negatives lost in span.redFont": [
        (FARSIDE, "test_every_printed_cell_is_a_row_and_the_total_is_one_of_them"),
        ("unit/test_source_recorded.py", "test_a_farside_page_that_lost_its_outflows_is_refused_row_by_row"),
    ],
    "columns by position": [
        (PROPERTIES, "test_a_fund_put_anywhere_between_the_others_changes_none_of_them"),
        (STATES, "test_an_undescribed_fund_is_kept_and_pointed_out"),
    ],
    "an ether header without the word Total": [
        (FARSIDE, "test_four_header_rows_a_seed_row_and_an_unnamed_total_are_understood"),
        (
            "unit/test_source_farside_properties.py",
            "test_a_row_whose_total_is_not_the_sum_is_refused_and_the_others_stay",
        ),
    ],
    "the first table is the menu": [
        (FARSIDE, "test_navigation_a_stray_row_and_a_doubled_end_are_no_part_of_the_table")
    ],
    "a stray row and a doubled end": [
        (FARSIDE, "test_navigation_a_stray_row_and_a_doubled_end_are_no_part_of_the_table")
    ],
    "footers that change or are wrong": [(FARSIDE, "test_footers_may_be_gone_or_wrong")],
    "seed money with a footnote": [
        (FARSIDE, "test_seed_money_is_kept_apart_from_flows_with_its_footnote_mark"),
        (STATES, "test_seed_money_is_in_a_table_of_its_own_and_in_no_flow"),
    ],
    "pages that are a short window": [
        (HISTORY, "test_the_rolling_page_of_sol_adds_up_to_a_history_week_after_week"),
        (HISTORY, "test_the_recent_page_and_the_page_of_all_data_are_one_table"),
    ],
    "holidays as rows, and as none": [
        (PAGES, "test_ether_sessions_add_up_and_are_those_of_the_exchange"),
        (STATES, "test_days_without_a_closed_session_have_no_rows"),
        ("unit/test_source_registry.py", "test_sessions_know_holidays_early_closes_and_the_clock_change"),
    ],
    "weekends filled with zeros": [(STATES, "test_a_weekend_filled_with_zeros_has_no_rows")],
    "a row pasted under another date": [
        (FARSIDE, "test_a_row_that_does_not_prove_itself_is_refused_whole_with_its_reason"),
        (FARSIDE, "test_a_repeated_row_is_refused_and_stored_once"),
        ("warehouse/test_mutations.py", "test_a_corruption_fails_its_check"),
    ],
    "dates by locale": [(FARSIDE, "test_a_row_that_does_not_prove_itself_is_refused_whole_with_its_reason")],
    "errors of CoinGlass with status 200 and a code in words": [(MIRRORS, "test_coinglass_errors_come_as_200")],
    "stamps in milliseconds, seconds, at noon, as text": [
        (MIRRORS, "test_a_coinglass_stamp_that_is_no_midnight_in_milliseconds_is_refused"),
        (MIRRORS, "test_a_point_that_is_no_flow_is_refused_with_its_reason"),
        (SOSOVALUE, "test_dates_come_as_text_or_milliseconds"),
    ],
    "sources that tell a session later": [(MIRRORS, "test_a_session_settles_by_new_york_time")],
    "cumulative flows differ by source": [
        ("warehouse/test_sample_facts.py", "test_etf_flows_add_up_to_40_806_million_since_launch"),
        (STATES, "test_the_gap_to_every_other_source_is_told"),
        (PAGES, "test_a_tally_of_its_own_agrees_on_305_sessions"),
    ],
    "fees and unreported funds of SoSoValue are 0": [
        (SOSOVALUE, "test_a_zero_is_no_figure_because_a_fund_that_has_not_reported_looks_the_same"),
        (STATES, "test_the_present_terms_are_those_of_the_fund_and_every_row_has_its_source"),
    ],
    "SoSoValue documents one shape and sends another": [
        (SOSOVALUE, "test_the_chart_is_asked_with_a_body"),
        (SOSOVALUE, "test_dates_come_as_text_or_milliseconds"),
    ],
    "SOL has no page of all data": [
        (FARSIDE, "test_an_asset_is_asked_for_from_the_launch_of_its_first_fund_on"),
        (HISTORY, "test_the_rolling_page_of_sol_adds_up_to_a_history_week_after_week"),
    ],
    "a fund whose column vanished": [
        ("unit/test_etf_traps.py", "test_retired_funds_stay_in_the_list"),
        (HISTORY, "test_a_column_that_vanishes_takes_nothing_with_it"),
    ],
    "keys in public code": [("unit/test_etf_traps.py", "test_no_key_has_a_value_in_the_example_of_settings")],
    "redistribution": [("unit/test_etf_traps.py", "test_no_page_of_farside_is_in_the_repository")],
}
"""Trap → the tests that stand guard."""


@pytest.mark.parametrize("trap", GUARDS)
def test_every_trap_has_its_guard(trap: str) -> None:
    for file, name in GUARDS[trap]:
        defined = {
            node.name for node in ast.parse((TESTS / file).read_text()).body if isinstance(node, ast.FunctionDef)
        }
        assert name in defined, f"{file} has no {name}"


def test_retired_funds_stay_in_the_list() -> None:
    seeds = TESTS.parent / "dbt_project" / "seeds" / "etf_funds.csv"
    with seeds.open(newline="") as file:
        assert ("BTC", "DEFI") in {(line["asset"], line["fund_ticker"]) for line in csv.DictReader(file)}


def test_no_key_has_a_value_in_the_example_of_settings() -> None:
    keys = re.findall(r"^\w+_API_KEY=(.*)$", (TESTS.parent / ".env.example").read_text(), re.MULTILINE)
    assert keys
    assert set(keys) == {""}


def test_no_page_of_farside_is_in_the_repository() -> None:
    """Fixtures are written by hand and have a few rows; the figures of the sample are named in its SOURCES.md."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=TESTS.parent, capture_output=True, check=True).stdout
    files = [TESTS.parent / name for name in listed.decode().split("\0") if name]
    dated = re.compile(rb"\b\d{1,2} (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) 20\d\d\b")
    rows = {path: len(dated.findall(path.read_bytes())) for path in files if path.is_file()}
    assert len(rows) > 400
    assert not {path for path, count in rows.items() if count > 20}
