"""The suites, the report, and a validation of small hand-made tables by the real Great Expectations."""

import json
import os
import string
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

import duckdb
import pytest

from data_checks.check import Between, Check, NoRows, NotEmpty, Rule, Severity, sentence
from data_checks.earlier import HISTORIES
from data_checks.results import CheckResult, Report, describe
from data_checks.suites.catalogue import ALL_CHECKS, SUITES
from data_checks.validation import validate

NOW = datetime(2025, 5, 12, 6)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Two tables of schema marts: days with a hole, a zero and a quote in a name, and one without rows."""
    path = tmp_path / "release.duckdb"
    with closing(duckdb.connect(str(path))) as connection:
        connection.execute("create schema marts")
        connection.execute(
            "create table marts.days (asset varchar, trade_date date, value decimal(18, 2), word varchar)"
        )
        connection.execute(
            """
            insert into marts.days values
                ('BTC', date '2025-05-08', 3.5, 'yes'), ('BTC', date '2025-05-09', 0, 'no'),
                ('BTC', date '2025-05-11', 2.5, 'it''s {odd} <b>'), ('ETH', date '2025-05-11', null, null)
            """
        )
        connection.execute("create table marts.nothing as from marts.days limit 0")
    return path


def check(rule: Rule, table: str = "days", severity: Severity = "critical", name: str = "it_holds") -> Check:
    return Check(name, table, severity, "because", rule, keys=("asset", "trade_date"))


def outcome(file: Path, rule: Rule, **options: str) -> CheckResult:
    return validate(file, NOW, checks=[check(rule, **options)]).results[0]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("rule", "success", "count"),
    [
        (NoRows("select asset, trade_date from $batch where value < 0"), True, 0),
        (NoRows("select asset, trade_date from $batch where value = 0"), False, 1),
        (NoRows("select * from $batch where trade_date < $now::date - 2 order by all"), False, 2),
        (NoRows("select * from $batch where value > $limit", {"limit": 2}), False, 2),
        (NoRows("select asset from $batch where word like '%{odd}%'"), False, 1),
        (
            NoRows("select b.asset from $batch as b join marts.days as d using (trade_date) where d.asset = 'ETH'"),
            False,
            2,
        ),
        (Between("value", 0), True, 0),
        (Between("value", 0, strict=True), False, 1),
        (Between("value", 0, 3), False, 1),
        (NotEmpty(), True, 0),
    ],
)
def test_a_rule_is_executed_by_great_expectations(file: Path, rule: Rule, success: bool, count: int) -> None:
    result = outcome(file, rule)
    assert (result.error, result.success, result.unexpected_count) == (None, success, count)
    assert len(result.examples) == count


def test_offending_rows_come_back_as_text_with_their_keys(file: Path) -> None:
    zero = outcome(file, NoRows("select asset, trade_date, value, word from $batch where value is null"))
    assert zero.examples == [{"asset": "ETH", "trade_date": "2025-05-11", "value": "null", "word": "null"}]
    between = outcome(file, Between("value", 1))
    assert between.examples == [{"asset": "BTC", "trade_date": "2025-05-09", "value": "0.00"}]


def test_five_examples_are_kept_of_many_rows(file: Path) -> None:
    result = outcome(file, NoRows("select unnest(range(1000)) as n, asset from $batch where value = 0"))
    assert result.unexpected_count == 1000
    assert result.observed == "1000 rows"
    assert [row["n"] for row in result.examples] == ["0", "1", "2", "3", "4"]


@pytest.mark.parametrize("rule", [NoRows("select * from $batch"), Between("value", 5)])
def test_an_empty_table_reports_that_there_was_nothing_to_check(file: Path, rule: Rule) -> None:
    result = outcome(file, rule, table="nothing")
    assert result.success
    assert result.observed == "nothing to check: the table is empty"


def test_a_table_that_must_have_rows_fails_when_empty(file: Path) -> None:
    result = outcome(file, NotEmpty(), table="nothing")
    assert (result.success, result.observed) == (False, "the table is empty")


@pytest.mark.parametrize("severity", ["critical", "withhold", "warning"])
@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (NoRows("select no_such_column from $batch"), "no_such_column"),
        (NoRows("select 1 from $batch where word::date > $now"), "Conversion Error"),
        (NoRows("select 1 from $batch where value > $limit"), "limit"),
        (Between("no_such_column", 0), "no_such_column"),
    ],
)
def test_a_check_that_cannot_run_has_failed_and_is_named(
    file: Path, rule: Rule, words: str, severity: Severity
) -> None:
    report = validate(file, NOW, checks=[check(rule, severity=severity, name="a_sentence"), check(NotEmpty())])
    [broken] = report.blocking if severity == "critical" else report.warnings
    assert (broken.name, broken.severity, broken.success) == ("a_sentence", severity, False)
    assert broken.error is not None
    assert broken.error.startswith("a_sentence could not be judged: ")
    assert words in broken.error
    assert report.results[1].success, "the checks after it still run"


def test_a_missing_table_is_critical_whatever_the_check(file: Path) -> None:
    [broken] = validate(file, NOW, checks=[check(NotEmpty(), "no_such_table", "warning")]).blocking
    assert broken.error is not None
    assert "no_such_table is missing" in broken.error


def test_severity_decides_between_blocking_withholding_and_warning(file: Path) -> None:
    rule = NoRows("select 1 from $batch")
    severities: list[Severity] = ["critical", "withhold", "warning"]
    report = validate(file, NOW, checks=[check(rule, severity=severity) for severity in severities])
    assert [result.severity for result in report.blocking] == ["critical"]
    assert [result.severity for result in report.warnings] == ["withhold", "warning"]


def test_a_failure_is_described_with_its_rows_and_the_next_step(file: Path) -> None:
    rule = NoRows("select unnest(range(9)) as n, asset from $batch where value = 0")
    warning, blocked = validate(file, NOW, checks=[check(rule, severity="warning"), check(rule)]).results
    first, *rows, more, advice = describe(warning)
    assert first == "warning: It holds (it_holds in days, 9 rows): because"
    assert rows == [f"    n {n}, asset BTC" for n in range(3)]
    assert (more, advice) == (
        "    and 6 more",
        "    → Nothing is blocked. Compare the rows with the provider's page before you quote them.",
    )
    assert describe(blocked)[0].startswith("blocked: It holds")
    assert "The earlier release is unchanged." in describe(blocked)[-1]


def test_the_file_is_free_for_its_writer_afterwards(file: Path) -> None:
    validate(file, NOW, checks=[check(NotEmpty())])
    with closing(duckdb.connect(str(file))) as connection:
        connection.execute("drop table marts.days")


def test_now_is_taken_as_utc(file: Path) -> None:
    at_athens = datetime(2025, 5, 12, 9, tzinfo=timezone(timedelta(hours=3)))
    for now in (NOW, NOW.replace(tzinfo=UTC), at_athens):
        assert validate(file, now, checks=[]).now == NOW
    result = validate(file, at_athens, checks=[check(NoRows("select $now as now from $batch limit 1"))]).results[0]
    assert result.examples == [{"now": "2025-05-12 06:00:00"}]


def test_a_file_that_is_missing_or_no_database_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="nowhere"):
        validate(tmp_path / "nowhere.duckdb", NOW)
    text = tmp_path / "text.duckdb"
    text.write_text("no database", encoding="utf-8")
    with pytest.raises(duckdb.Error):
        validate(text, NOW)


def _histories(path: Path, days: Sequence[str]) -> Path:
    with closing(duckdb.connect(str(path))) as connection:
        connection.execute("create schema marts")
        connection.execute("create table marts.rpt_withheld_figures (asset varchar, scope varchar, trade_date date)")
        for table, (_, moment) in HISTORIES.items():
            texts = ("asset", "venue", "fund_ticker", "scope", "metric", "time_window", "statistic")
            columns = ", ".join(f"'it''s' as {name}" for name in texts)
            connection.execute(
                f"create table marts.{table} as select {columns}, unnest(?::timestamp[]) as {moment}", [list(days)]
            )
        connection.execute("alter table marts.fct_revisions add column trade_date date default '2025-01-01'")
    return path


def _days(first: int, last: int) -> list[str]:
    return [str(date(2025, 1, 1) + timedelta(days=day)) for day in range(first, last)]


@pytest.mark.parametrize(
    ("before", "after", "lost", "taken_back"),
    [
        (_days(0, 40), _days(0, 41), 0, 0),
        (_days(0, 40), _days(0, 30), 8, 9),
        (_days(0, 40), [], 8, 9),
        # A few misread days that were refused are no loss of history, wherever they were.
        (_days(0, 40), _days(0, 37), 0, 9),
        (["1970-01-01", *_days(0, 40)], _days(0, 40), 0, 9),
        # A replay of an earlier instant has fewer days than the release of today, and that is no loss.
        (_days(0, 40), [*_days(0, 39), "2025-05-11"], 0, 0),
        ([*_days(0, 40), *_days(140, 180)], _days(0, 40), 0, 0),
        ([], _days(0, 1), 0, 0),
    ],
)
def test_a_series_may_not_lose_history(
    tmp_path: Path, before: list[str], after: list[str], lost: int, taken_back: int
) -> None:
    """Revisions are no history of their own: those of a misread row go with it."""
    previous, file = _histories(tmp_path / "previous.duckdb", before), _histories(tmp_path / "new.duckdb", after)
    names = ("no_history_has_shrunk", "no_published_figure_disappeared")
    checks = [check for check in ALL_CHECKS if check.name in names]
    results = validate(file, NOW, previous, checks).results
    assert [(result.name, result.error, result.unexpected_count) for result in results] == [
        (names[0], None, lost),
        (names[1], None, taken_back),
    ]
    assert [result.severity for result in results] == ["critical", "warning"]
    alone = validate(file, NOW, None, checks).results
    assert [(result.success, result.observed) for result in alone] == [
        (True, "nothing to compare with: no earlier release")
    ] * 2


def test_days_that_are_withheld_now_are_not_lost(tmp_path: Path) -> None:
    previous = _histories(tmp_path / "previous.duckdb", _days(0, 40))
    file = _histories(tmp_path / "new.duckdb", _days(0, 30))
    with closing(duckdb.connect(str(file))) as connection:
        connection.execute("update marts.fct_daily_prices set asset = 'BTC'")
        connection.executemany(
            "insert into marts.rpt_withheld_figures values ('it''s', 'binance', ?)", [[day] for day in _days(30, 40)]
        )
    checks = [check for check in ALL_CHECKS if check.name == "no_history_has_shrunk"]
    [result] = validate(file, NOW, previous, checks).results
    assert (result.error, result.success) == (None, False)
    assert [row["lost_count"] for row in result.examples] == ["40"], "another asset has no withheld days"


def test_a_table_missing_in_the_earlier_release_is_new(tmp_path: Path) -> None:
    previous, file = _histories(tmp_path / "previous.duckdb", _days(0, 9)), _histories(tmp_path / "n.duckdb", [])
    with closing(duckdb.connect(str(previous))) as connection:
        for table in list(HISTORIES)[1:]:
            connection.execute(f"drop table marts.{table}")
    checks = [check for check in ALL_CHECKS if check.name == "no_history_has_shrunk"]
    [result] = validate(file, NOW, previous, checks).results
    assert [row["table_name"] for row in result.examples] == [next(iter(HISTORIES))]


def test_a_report_survives_json(file: Path) -> None:
    rules = (NotEmpty(), NoRows("select word from $batch"), NoRows("select no_such_column from $batch"))
    report = validate(file, NOW, checks=[check(rule) for rule in rules])
    text = report.to_json()
    assert "\n" not in text
    assert Report.from_json(text) == report
    assert json.loads(text)["results"][1]["examples"][2] == {"word": "it's {odd} <b>"}


def test_great_expectations_sends_no_usage_statistics() -> None:
    import data_checks.expectations

    assert os.environ["GX_ANALYTICS_ENABLED"].lower() == "false"
    assert not data_checks.expectations._context().config.analytics_enabled


def test_names_are_sentences_in_snake_case() -> None:
    assert sentence("every_utc_day_has_a_price") == "Every UTC day has a price"
    with pytest.raises(ValueError, match="snake_case"):
        check(NotEmpty(), name="Every day")


def test_the_catalogue_is_sound() -> None:
    names = [check.name for check in ALL_CHECKS]
    assert len(names) == len(set(names))
    assert sum(len(checks) for checks in SUITES.values()) == len(names)
    for each in ALL_CHECKS:
        assert each.reason.endswith("."), each.name
        if isinstance(each.rule, NoRows):
            fields = {
                field
                for _, _, field, _ in string.Formatter().parse(each.rule.query("now", "batch", "earlier"))
                if field
            }
            assert fields == set(), f"{each.name}: a brace is left in the query"
            assert "$batch" in each.rule.sql, f"{each.name} does not read its own table"
            assert each.severity in ("critical", "withhold", "warning")
            assert each.advice.endswith(".")
