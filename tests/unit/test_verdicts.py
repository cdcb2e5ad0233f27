"""Which verdicts of the release before hold for a draft, so that nobody has to judge again."""

from contextlib import closing
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import duckdb
import pytest

from data_checks import verdicts
from data_checks.changes import Known
from data_checks.check import Between, Check, NoRows, NotEmpty, Rule
from data_checks.results import CheckResult
from data_checks.suites.catalogue import ALL_CHECKS
from data_checks.verdicts import Before, Verdict, holding, verdict

NOW = datetime(2025, 5, 12, 6)
SAME = {"days": Known("digest"), "other": Known("digest")}
CHANGED = {"days": Known("another"), "other": Known("digest")}
ZERO = NoRows("select trade_date from $batch where value = 0")
NEGATIVE = NoRows("select trade_date from $batch where value < 0")
STALE = NoRows("select max(trade_date) as newest from $batch having max(trade_date) < $now::date - 3")
ZERO_BY_DAY = NoRows(
    "select trade_date from $batch where value = 0 and trade_date >= $since order by all", days={"days": "trade_date"}
)


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


def before(file: Path, kept: Verdict, now: datetime = NOW) -> Before:
    """A release with the rows that `file` has at this moment."""
    release = file.with_name("before.duckdb")
    release.write_bytes(file.read_bytes())
    return Before(release, now, {"it_holds": kept}, SAME)


@pytest.mark.parametrize(
    ("rule", "result", "tables", "now", "holds"),
    [
        (Between("value", 0), passed(), SAME, NOW, True),
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
            {"days": Known("digest")},
            NOW,
            False,
        ),
    ],
)
def test_a_verdict_holds_while_nothing_can_have_changed_it(
    file: Path, rule: Rule, result: CheckResult, tables: dict[str, Known], now: datetime, holds: bool
) -> None:
    found = holding(file, now, before(file, stored(rule, result)), [check(rule)], tables)
    assert found == ({"it_holds": result} if holds else {})


@pytest.mark.parametrize(
    ("rule", "observed"),
    [
        (NotEmpty(), "2 rows"),
        (Between("value", 0), "2 rows in order"),
        (Between("value", 0, 5), "2 rows in order"),
        (Between("value", 0, 4), None),
        (Between("value", 0, strict=True), None),
        (Between("value", 1), None),
        (Between("no_such_column", 1), None),
    ],
)
def test_a_rule_about_a_column_or_the_number_of_rows_passes_on_other_rows_that_it_allows(
    file: Path, rule: Rule, observed: str | None
) -> None:
    was = replace(passed(), observed="1 rows")
    found = holding(file, NOW, before(file, stored(rule, was)), [check(rule)], CHANGED)
    assert found == ({"it_holds": replace(was, observed=observed)} if observed else {})
    assert not holding(file, NOW, before(file, stored(rule, failed("2025-05-10"))), [check(rule)], CHANGED)


def test_an_empty_table_is_judged(file: Path) -> None:
    release = before(file, stored(NotEmpty(), passed()))
    with closing(duckdb.connect(str(file))) as connection:
        connection.execute("delete from marts.days")
    assert not holding(file, NOW, release, [check(NotEmpty())], CHANGED)


def test_a_check_that_was_rewritten_is_judged(file: Path) -> None:
    release = before(file, stored(NEGATIVE, passed()))
    assert not holding(file, NOW, release, [check(NEGATIVE, "another reason")], SAME)


def test_a_table_that_got_its_first_rows_is_judged(file: Path) -> None:
    empty = CheckResult("it_holds", "days", "warning", "because", True, 0, "nothing to check: the table is empty", [])
    assert not holding(file, NOW, before(file, stored(NEGATIVE, empty)), [check(NEGATIVE)], CHANGED)


def test_what_could_not_be_judged_is_no_verdict() -> None:
    error = CheckResult("it_holds", "days", "warning", "because", False, 0, "no result", [], error="no such column")
    assert verdict(check(NEGATIVE), error, SAME) is None
    assert verdict(check(NEGATIVE), passed(), {"other": Known("digest")}) is None


def test_verdicts_are_read_as_they_were_written_and_a_damaged_file_holds_none(tmp_path: Path) -> None:
    kept = {"it_holds": stored(ZERO, failed("2025-05-10"))}
    verdicts.save(tmp_path, kept)
    assert verdicts.load(tmp_path) == kept
    (tmp_path / verdicts.VERDICTS_NAME).write_text('{"it_holds": {}}')
    assert verdicts.load(tmp_path) == {}


@pytest.mark.parametrize(
    ("change", "result", "holds"),
    [
        # The zero of May is not read again: a verdict on it is kept, whatever it was.
        ("insert into marts.days values (date '2025-06-01', 5)", passed(), True),
        ("insert into marts.days values (date '2025-06-01', 5)", failed("2025-05-10"), True),
        ("insert into marts.days values (date '2025-06-01', 0)", passed(), False),
        ("insert into marts.days values (date '2025-06-01', 0)", failed("2025-05-10"), False),
        ("update marts.days set value = 6 where value = 5", failed("2025-05-10"), True),
        ("update marts.days set value = 6", failed("2025-05-10"), False),
        # A month long ago changes as any other; a row without a day, or beyond the calendar, concerns all of them.
        ("insert into marts.days values (date '2019-06-01', 0)", passed(), False),
        ("insert into marts.days values (null, 5)", passed(), False),
        ("insert into marts.days values (date '12025-06-01', 5)", passed(), False),
    ],
)
def test_a_rule_that_promises_it_is_judged_from_the_first_changed_day_on(
    file: Path, change: str, result: CheckResult, holds: bool
) -> None:
    release = before(file, stored(ZERO_BY_DAY, result))
    with closing(duckdb.connect(str(file))) as connection:
        connection.execute(change)
    found = holding(file, NOW, release, [check(ZERO_BY_DAY)], CHANGED)
    assert found == ({"it_holds": result} if holds else {})


def test_months_that_the_build_knows_are_not_counted_again(file: Path) -> None:
    """Of the same rows, as the notes of two builds say that May changed, or June."""
    release = before(file, stored(ZERO_BY_DAY, passed()))
    for month, holds in (("2025-05", False), ("2025-06", True)):
        known = [{"days": Known(digest, "trade_date", {month: digest}), "other": SAME["other"]} for digest in "ab"]
        kept = verdict(check(ZERO_BY_DAY), passed(), known[0])
        assert kept is not None
        before_it = Before(release.file, NOW, {"it_holds": kept}, known[0])
        assert bool(holding(file, NOW, before_it, [check(ZERO_BY_DAY)], known[1])) == holds


def test_all_days_are_judged_where_more_than_days_changed(file: Path) -> None:
    """A clock that was set back, a verdict on other rows, another table without a day."""
    with closing(duckdb.connect(str(file))) as connection:
        connection.execute("create table marts.other as select 0 as value")
    sql = ZERO_BY_DAY.sql.replace("$batch", "$batch inner join marts.other using (value)")
    joined = NoRows(sql, days=ZERO_BY_DAY.days)
    release = before(file, stored(joined, passed()))
    with closing(duckdb.connect(str(file))) as connection:
        connection.execute("insert into marts.days values (date '2025-06-01', 5)")
    assert holding(file, NOW, release, [check(joined)], CHANGED)
    assert not holding(file, NOW, replace(release, now=datetime(2025, 5, 13)), [check(joined)], CHANGED)
    third = {"days": Known("third"), "other": SAME["other"]}
    assert not holding(file, NOW, replace(release, tables=third), [check(joined)], CHANGED)
    assert not holding(file, NOW, release, [check(joined)], CHANGED | {"other": Known("another")})


@pytest.mark.parametrize(
    ("name", "columns", "moment"),
    [
        ("every_hour_has_a_price", "'BTC' as asset, 'kraken' as venue", "hour_at"),
        ("every_venue_has_a_price_of_every_utc_day", "'BTC' as asset, 'kraken' as venue", "trade_date"),
        ("derivative_figures_have_no_gap", "'BTC' as asset, 'okx' as scope, 'okx' as source", "trade_date"),
    ],
)
def test_a_hole_that_begins_before_the_first_changed_day_is_found(
    tmp_path: Path, name: str, columns: str, moment: str
) -> None:
    """A series that goes on in June has none where May was its last day, and one where April was."""
    [holes] = [check for check in ALL_CHECKS if check.name == name]
    passes = CheckResult(name, holes.table, "warning", holes.reason, True, 0, "no row breaks the rule", [])
    then, now = ({holes.table: Known(digest)} for digest in ("before", "after"))
    kept = verdict(holes, passes, then)
    assert kept is not None
    for end, holds in (("2025-06-01", True), ("2025-05-01", False)):
        release, draft = tmp_path / f"{end}_before.duckdb", tmp_path / f"{end}.duckdb"
        write_series(release, holes.table, columns, moment, end)
        write_series(draft, holes.table, columns, moment, end)
        with closing(duckdb.connect(str(draft))) as connection:
            connection.execute(f"insert into marts.{holes.table} select {columns}, timestamp '2025-06-01'")
        found = holding(draft, NOW, Before(release, NOW, {name: kept}, then), [holes], now)
        assert found == ({name: passes} if holds else {})


def write_series(file: Path, table: str, columns: str, moment: str, end: str) -> None:
    """A table with a series from March 2025 up to the day `end`, by the hour or by the day."""
    kind, step = ("timestamp", "1 hour") if moment == "hour_at" else ("date", "1 day")
    with closing(duckdb.connect(str(file))) as connection:
        connection.execute("create schema marts")
        connection.execute(
            f"create table marts.{table} as select {columns}, range::{kind} as {moment} "
            f"from range(timestamp '2025-03-01', timestamp '{end}', interval {step})"
        )
