"""`python -m data_checks` as it is called: exit status, streams, the waiting process and the result page."""

import json
import subprocess
import sys
from contextlib import closing
from datetime import datetime
from html.parser import HTMLParser
from io import StringIO
from pathlib import Path

import duckdb
import pytest

from data_checks.__main__ import main
from data_checks.docs import render_page
from data_checks.results import CheckResult, Report
from data_checks.suites.catalogue import ALL_CHECKS

NOW = "2025-05-12T06:00:00+00:00"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A release that holds prices for a single day and lacks every other table: much to block."""
    path = tmp_path / "release.duckdb"
    with closing(duckdb.connect(str(path))) as connection:
        connection.execute("create schema marts")
        connection.execute(
            "create table marts.fct_daily_prices as select 'BTC' as asset, date '2025-05-11' as trade_date"
        )
    return path


def report(*results: CheckResult) -> Report:
    return Report(Path("release.duckdb"), datetime(2025, 5, 12, 6), list(results))


def result(name: str, success: bool, **changes: object) -> CheckResult:
    check = next(check for check in ALL_CHECKS if check.name == name)
    fields = {"unexpected_count": 0, "observed": "no row breaks the rule", "examples": [], "error": None} | changes
    return CheckResult(check.name, check.table, check.severity, check.reason, success, **fields)  # type: ignore[arg-type]


def test_a_blocked_file_exits_1_with_names_and_reasons(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(file), "--now", NOW]) == 1
    shown = " ".join(capsys.readouterr().out.split())
    assert "There are daily prices" in shown
    assert "table marts.fct_daily_liquidations is missing" in shown
    assert "not to be published" in shown


def test_json_is_one_line_and_holds_every_check(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(file), "--now", NOW, "--json"]) == 1
    [line] = capsys.readouterr().out.splitlines()
    reported = Report.from_json(line)
    assert [result.name for result in reported.results] == [check.name for check in ALL_CHECKS]
    assert next(result for result in reported.results if result.name == "there_are_daily_prices").success


@pytest.mark.parametrize("arguments", [[], ["--now", "yesterday", "x.duckdb"], ["--nonsense"]])
def test_wrong_use_exits_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    assert stopped.value.code == 2
    assert "usage" in capsys.readouterr().err


def test_a_missing_file_exits_2_and_names_the_next_step(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path / "nowhere.duckdb")]) == 2
    assert "build the marts first" in capsys.readouterr().err


def _wait(line: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "data_checks", "--wait"],
        input=line,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_the_waiting_process_responds_to_one_request_with_one_line(file: Path, tmp_path: Path) -> None:
    docs = tmp_path / "docs"
    response = _wait(json.dumps({"file": str(file), "now": NOW, "docs": str(docs)}) + "\n")
    assert response.returncode == 1
    [line] = response.stdout.splitlines()
    reported = Report.from_json(line)
    assert reported.file == file
    assert reported.now == datetime(2025, 5, 12, 6)
    assert "There are daily prices" in (docs / "index.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(("line", "status"), [("", 0), ('{"now": "2025-05-12"}\n', 2)])
def test_the_waiting_command_ends_without_a_valid_request(
    line: str, status: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    # In this process, where Great Expectations is imported already.
    monkeypatch.setattr("sys.stdin", StringIO(line))
    assert (main(["--wait"]), capsys.readouterr().out) == (status, "")


class _Links(HTMLParser):
    """Collects every place that a page points to, its ids, and its text."""

    def __init__(self) -> None:
        super().__init__()
        self.targets: list[str] = []
        self.ids: list[str] = []
        self.tags: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.targets += [value or "" for name, value in attrs if name in ("src", "href", "action", "data", "srcset")]
        self.ids += [value or "" for name, value in attrs if name == "id"]

    def handle_data(self, data: str) -> None:
        self.text += data


def test_the_page_needs_no_other_host_and_escapes_what_it_shows() -> None:
    hostile = "<script>alert('1')</script>"
    page = render_page(
        report(
            result("every_hour_has_a_price", True),
            result(
                "metrics_are_the_facts", False, unexpected_count=9, observed="9 rows", examples=[{hostile: hostile}]
            ),
            result(
                "liquidations_are_fresh", False, unexpected_count=1, observed="1 row", examples=[{"scope": "binance"}]
            ),
            result("there_is_a_brief", False, error=hostile),
        )
    )
    parsed = _Links()
    parsed.feed(page)
    assert parsed.targets, "the failures link to their details"
    assert {target.removeprefix("#") for target in parsed.targets} <= set(parsed.ids)
    assert not {"script", "link", "img", "iframe"} & set(parsed.tags)
    assert "url(" not in page
    assert "@import" not in page
    assert "prefers-color-scheme: dark" in page
    assert hostile not in page
    assert parsed.text.count(hostile) == 3, "it is shown, as text"
    assert "critical check" in parsed.text
    assert "1 of 9 rows" in parsed.text


def test_the_page_shows_severity_reason_and_rule_of_every_check() -> None:
    parsed = _Links()
    parsed.feed(render_page(report(*(result(check.name, True) for check in ALL_CHECKS))))
    assert "Fit to publish" in parsed.text
    assert set(parsed.ids) == {check.name for check in ALL_CHECKS}
    for check in ALL_CHECKS:
        assert check.reason in parsed.text
    assert "abs(net_flow_usd) > 10e9" in parsed.text, "with the threshold filled in"
