"""Proof that the data checks see what they are for: good tables pass, each corruption fails the check named for it."""

import re
import shutil
from collections.abc import Collection, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

import duckdb
import pytest

from data_checks.changes import Known
from data_checks.check import Between, Check
from data_checks.results import CheckResult, Report
from data_checks.suites.catalogue import ALL_CHECKS
from data_checks.validation import validate
from data_checks.verdicts import Before, holding, verdict
from tests.warehouse.conftest import NOW, Warehouse
from tests.warehouse.corruptions import (
    derivatives,
    etf_flows,
    indicators,
    leverage,
    liquidations,
    market_caps,
    metrics,
    prices,
    reference,
    reference_prices,
    withheld,
)
from tests.warehouse.corruptions.corruption import Corruption

CORRUPTIONS = (
    *reference.REFERENCE,
    *withheld.WITHHELD,
    *prices.PRICES,
    *reference_prices.REFERENCE_PRICES,
    *etf_flows.ETF_FLOWS,
    *liquidations.LIQUIDATIONS,
    *derivatives.DERIVATIVES,
    *leverage.LEVERAGE,
    *market_caps.MARKET_CAPS,
    *indicators.INDICATORS,
    *metrics.METRICS,
    *metrics.HISTORY,
    *metrics.READERS,
    *metrics.REPORTS,
)


@dataclass(frozen=True)
class Good:
    """A file that nothing is wrong with, the instant it belongs to, and what the checks say of it."""

    file: Path
    now: datetime
    report: Report
    parts: dict[frozenset[str], Path] = field(default_factory=dict)

    def part(self, tables: frozenset[str]) -> Path:
        """A file of these tables alone: all of them take longer to open than a check takes. Copy it to spoil it."""
        if tables not in self.parts:
            part = self.file.with_name(f"{self.file.stem}-{len(self.parts)}.duckdb")
            _without_constraints(self.file, part, tables)
            self.parts[tables] = part
        return self.parts[tables]

    def result(self, check: str) -> CheckResult:
        """The result of one check."""
        return next(result for result in self.report.results if result.name == check)


def _without_constraints(file: Path, copy: Path, only: Collection[str] = ()) -> None:
    """The marts of a release without keys and not-null: they'd refuse many a corruption before a check could see it.

    Nor with macros and comments, which take longer to open than a check takes. `only`: of these tables, not of all.
    """
    with closing(duckdb.connect(str(copy))) as connection:
        connection.execute(f"attach '{file}' as release (read_only)")
        connection.execute("create schema marts")
        tables = connection.execute(
            "select table_name from duckdb_tables() where database_name = 'release' and schema_name = 'marts'"
        ).fetchall()
        for (table,) in tables:
            if not only or table in only:
                connection.execute(f"create table marts.{table} as from release.marts.{table}")


@pytest.fixture(scope="module")
def good(sample: Warehouse, restated: Warehouse, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Good]:
    """The two warehouses to be spoiled, checked once as they are; each is its own earlier release."""
    folder = tmp_path_factory.mktemp("good")
    files = {"sample": (sample.release_file, NOW), "restated": (restated.release_file, datetime(2025, 8, 29, 6))}
    found = {}
    for name, (file, now) in files.items():
        copy = folder / f"{name}.duckdb"
        _without_constraints(file, copy)
        found[name] = Good(copy, now, validate(copy, now, previous=file))
    return found


def test_verdicts_on_good_tables_hold_for_the_same_rows(good: dict[str, Good], tmp_path: Path) -> None:
    copy = tmp_path / "copy.duckdb"
    copy.write_bytes(good["sample"].file.read_bytes())
    # A column without rows was not judged, so its rule is.
    without_rows = {
        check.name
        for check in ALL_CHECKS
        if isinstance(check.rule, Between) and "nothing to check" in good["sample"].result(check.name).observed
    }
    assert held(copy, good["sample"], ALL_CHECKS) == {check.name for check in ALL_CHECKS} - without_rows


def test_the_sample_passes_every_critical_check(good: dict[str, Good]) -> None:
    report = good["sample"].report
    assert [(result.name, result.examples, result.error) for result in report.blocking] == []
    assert [result.name for result in report.results] == [check.name for check in ALL_CHECKS]
    # TradingView's figures end with the imported file, and a reader should hear it.
    assert [result.name for result in report.warnings] == ["market_caps_are_fresh"]


def test_a_restated_history_passes_every_critical_check(good: dict[str, Good]) -> None:
    assert [(result.name, result.examples, result.error) for result in good["restated"].report.blocking] == []


def test_seeds_as_the_page_prints_them_pass_their_checks(made_up: Warehouse) -> None:
    """Of funds that have another ticker now or are described nowhere, too; the bundled sample has no seeds."""
    assert made_up.row("select count(*) > 2 from marts.fct_etf_seed_money") == (True,)
    checks = [check for check in ALL_CHECKS if check.table == "fct_etf_seed_money"]
    results = validate(made_up.release_file, NOW, checks=checks).results
    assert [(result.name, result.examples, result.error) for result in results if not result.success] == []
    assert len(results) == 2


def test_every_published_table_has_a_check_with_a_severity_and_a_reason(sample: Warehouse) -> None:
    tables = {name for (name,) in sample.rows("select table_name from duckdb_tables() where schema_name = 'marts'")}
    checked = {check.table for check in ALL_CHECKS if check.reason}
    assert tables - checked == set()


def test_every_check_has_a_corruption_that_fails_it() -> None:
    assert {check.name for check in ALL_CHECKS} == {corruption.check for corruption in CORRUPTIONS}


def held(file: Path, base: Good, checks: Sequence[Check]) -> set[str]:
    """The checks whose verdicts on the good file hold for `file`, where every table could have changed."""
    known = [{table: Known(rows) for check in ALL_CHECKS for table in check.tables} for rows in ("before", "after")]
    kept = {check.name: verdict(check, base.result(check.name), known[0]) for check in checks}
    verdicts = {name: one for name, one in kept.items() if one is not None}
    return set(holding(file, base.now, Before(base.file, base.now, verdicts, known[0]), checks, known[1]))


@pytest.mark.parametrize("corruption", CORRUPTIONS, ids=lambda corruption: f"{corruption.what} → {corruption.check}")
def test_a_corruption_fails_its_check(corruption: Corruption, good: dict[str, Good], tmp_path: Path) -> None:
    base = good[corruption.base]
    checks = [check for check in ALL_CHECKS if check.name == corruption.check]
    used = checks[0].tables.union(re.findall(r"\bmarts\.(\w+)", corruption.sql))
    part, spoiled = base.part(frozenset(used)), tmp_path / "spoiled.duckdb"
    shutil.copyfile(part, spoiled)
    with closing(duckdb.connect(str(spoiled))) as connection:
        changed = connection.execute(corruption.sql).fetchall()
    assert changed[0][0] > 0, "the corruption found no row to spoil"

    assert not held(spoiled, replace(base, file=part), checks), "judged by change, it is not seen"
    [result] = validate(spoiled, base.now, previous=base.file, checks=checks).results

    before = base.result(corruption.check)
    assert result.error is None
    assert not result.success
    # Where the good file has a finding already, the corruption must add to it.
    assert before.success or result.unexpected_count > before.unexpected_count
    assert result.severity == checks[0].severity
    assert result.reason == checks[0].reason
    if result.unexpected_count:
        assert 1 <= len(result.examples) <= 5
