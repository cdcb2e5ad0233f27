"""The result page: one HTML file that needs no network, in light and dark, readable on a phone.

Great Expectations' own Data Docs fetch styles, scripts and icons from other hosts, and an image that counts visits;
offline the marks for passed and failed disappear. This page contains everything it shows.
"""

from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from data_checks.check import NoRows, sentence
from data_checks.results import CheckResult, Report
from data_checks.suites.catalogue import SUITES

PAGE_NAME = "index.html"


def write_page(report: Report, folder: Path) -> Path:
    """Writes `index.html` into `folder`, which is made if missing, and returns its path."""
    folder.mkdir(parents=True, exist_ok=True)
    page = folder / PAGE_NAME
    page.write_text(render_page(report), encoding="utf-8")
    return page


def render_page(report: Report) -> str:
    """The page as text: the failures first, then every check of every suite with its severity, reason and rule."""
    environment = Environment(
        loader=PackageLoader("data_checks"), autoescape=select_autoescape(default=True), undefined=StrictUndefined
    )
    by_name = {result.name: result for result in report.results}
    suites = [
        (title, found)
        for title, checks in SUITES.items()
        if (found := [by_name[c.name] for c in checks if c.name in by_name])
    ]
    checks = {check.name: check for suite in SUITES.values() for check in suite}
    return environment.get_template("results.html.j2").render(
        report=report,
        suites=suites,
        failed=[*report.blocking, *report.warnings],
        passed_count=sum(result.success for result in report.results),
        sentence=sentence,
        rules={name: _rule_text(check.rule) for name, check in checks.items()},
        state=state,
    )


def state(result: CheckResult) -> str:
    """`passed`, or the severity of a failure: the state of a result."""
    return "passed" if result.success else result.severity


def _rule_text(rule: object) -> str:
    """The rule in the words of the suite: its query with the thresholds filled in, or the rule itself."""
    if not isinstance(rule, NoRows):
        return repr(rule)
    lines = rule.query(
        now="(now)", batch="(this table)", earlier="(earlier release)", since="(first changed day)"
    ).splitlines()
    return "\n".join(line.removeprefix(" " * 12) for line in lines)
