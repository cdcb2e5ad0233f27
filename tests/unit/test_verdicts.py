"""Which verdicts of the release before hold for a draft, so that nobody has to judge again."""

from contextlib import closing
from datetime import datetime
from pathlib import Path

import duckdb
import pytest

from data_checks import verdicts
from data_checks.check import Between, Check, NoRows, NotEmpty, Rule
from data_checks.results import CheckResult
from data_checks.verdicts import Verdict, holding, verdict

NOW = datetime(2025, 5, 12, 6)
SAME = {"days": "digest", "other": "digest"}
CHANGED = {"days": "another", "other": "digest"}
ZERO = NoRows("select trade_date from $batch where value = 0")
NEGATIVE = NoRows("select trade_date from $batch where value < 0")
STALE = NoRows("select max(trade_date) as newest from $batch having max(trade_date) < $now::date - 3")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Two days, one of them with a zero."""
    path = tmp_path / "release.duckdb"
    with closing(duckdb.connect(str(path))) as connection:
        connection.execute("create schema marts")
        connection.execute("create table marts.days as select date '2025-05-10' as trade_date, 0 as value")
        connection.execute("insert into marts.days values (date '2025-05-11', 5)")
    return path


def check(rule: Rule, reason: str = "because") -> Check:
    return Check("it_holds", "days", "warning", reason, rule)


def passed() -> CheckResult:
    return CheckResult("it_holds", "days", "warning", "because", True, 0, "no row breaks the rule", [])


def failed(*days: str) -> CheckResult:
    examples = [{"trade_date": day} for day in days]
    return CheckResult("it_holds", "days", "warning", "because", False, len(days), f"{len(days)} rows", examples)


def stored(rule: Rule, result: CheckResult) -> Verdict:
    kept = verdict(check(rule), result, SAME)
    assert kept is not None
    return kept


@pytest.mark.parametrize(
    ("rule", "result", "digests", "now", "holds"),
    [
        (Between("value", 0), passed(), SAME, NOW, True),
        (Between("value", 0), passed(), CHANGED, NOW, False),
        (NotEmpty(), passed(), {}, NOW, False),
        # Queries, on a table with other rows: what they return decides.
        (NEGATIVE, passed(), CHANGED, NOW, True),
        (ZERO, passed(), CHANGED, NOW, False),
        (ZERO, failed("2025-05-10"), CHANGED, NOW, True),
        (ZERO, failed("2025-05-09"), CHANGED, NOW, False),
        (ZERO, failed("2025-05-09", "2025-05-10"), CHANGED, NOW, False),
        # Time alone breaks a rule on the same rows.
        (STALE, passed(), SAME, NOW, True),
        (STALE, passed(), SAME, datetime(2025, 5, 20), False),
        (
            NoRows("select * from $batch as b join marts.other using (trade_date)"),
            passed(),
            {"days": "digest"},
            NOW,
            False,
        ),
    ],
)
def test_a_verdict_holds_while_nothing_can_have_changed_it(
    file: Path, rule: Rule, result: CheckResult, digests: dict[str, str], now: datetime, holds: bool
) -> None:
    found = holding(file, now, None, [check(rule)], {"it_holds": stored(rule, result)}, digests)
    assert found == ({"it_holds": result} if holds else {})


def test_a_check_that_was_rewritten_is_judged(file: Path) -> None:
    before = stored(NEGATIVE, passed())
    assert not holding(file, NOW, None, [check(NEGATIVE, "another reason")], {"it_holds": before}, SAME)


def test_a_table_that_got_its_first_rows_is_judged(file: Path) -> None:
    empty = CheckResult("it_holds", "days", "warning", "because", True, 0, "nothing to check: the table is empty", [])
    assert not holding(file, NOW, None, [check(NEGATIVE)], {"it_holds": stored(NEGATIVE, empty)}, CHANGED)


def test_what_could_not_be_judged_is_no_verdict() -> None:
    error = CheckResult("it_holds", "days", "warning", "because", False, 0, "no result", [], error="no such column")
    assert verdict(check(NEGATIVE), error, SAME) is None
    assert verdict(check(NEGATIVE), passed(), {"other": "digest"}) is None


def test_verdicts_are_read_as_they_were_written_and_a_damaged_file_holds_none(tmp_path: Path) -> None:
    kept = {"it_holds": stored(ZERO, failed("2025-05-10"))}
    verdicts.save(tmp_path, kept)
    assert verdicts.load(tmp_path) == kept
    (tmp_path / verdicts.VERDICTS_NAME).write_text('{"it_holds": {}}')
    assert verdicts.load(tmp_path) == {}
