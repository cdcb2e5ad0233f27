"""The page of data checks as Markdown, from the suites of `data_checks`."""

from data_checks.check import sentence
from data_checks.suites.catalogue import ALL_CHECKS, SUITES

PAGE = "reference/checks.md"


def checks_page() -> str:
    """Every data check by suite: what it expects, of which table, what a failure means, and why."""
    critical = sum(check.severity == "critical" for check in ALL_CHECKS)
    lines = [
        "# Data checks",
        "",
        f"{len(ALL_CHECKS)} checks judge every draft before it is published; {critical} of them are critical.",
        "",
        "- `critical`: the release as a whole is worthless. It is not published, and the earlier release stays.",
        "- `withhold`: the models keep the named figures out of the release and list them in `rpt_withheld_figures`.",
        "- `warning`: nothing is blocked; the check is shown with example rows.",
    ]
    for title, checks in SUITES.items():
        lines += ["", f"## {title}", "", "| check | why |", "| --- | --- |"]
        lines += [
            f"| {sentence(check.name)}<br>`{check.severity}` · [`{check.table}`](tables/{check.table}.md) | "
            f"{' '.join(check.reason.split()).replace('|', chr(92) + '|')} |"
            for check in checks
        ]
    return "\n".join(lines) + "\n"
