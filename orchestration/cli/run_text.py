"""What a person reads at the end of a run, as text: what is new, what failed and what to do, what was withheld and why.

Belongs here: the words. Not here: what is printed at which verbosity (`output`), and where it is read (`release_news`).
Without a terminal no line wraps, so that logs can be searched.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING

from orchestration.report.readable_figures import kind_of, readable_figure
from orchestration.report.terminal import Terminal
from orchestration.report.wording import day_text
from orchestration.report.wrapping import paragraph

if TYPE_CHECKING:
    from data_checks.results import CheckResult
    from orchestration.report.release_news import NewFigures, News, Restated, Withheld
    from orchestration.run_summary import SourceProblem

MOST_WITHHELD = 5
UNLIMITED = 1_000_000


def news_text(news: "News", is_first: bool, terminal: Terminal) -> str:
    """The new, restated and withheld figures, each under its heading; one sentence where there are none."""
    blocks = []
    if news.figures:
        heading = "The first release" if is_first else "New"
        blocks.append(_block(heading, "bold", [_new(one) for one in news.figures], terminal))
    elif not news.restated:
        blocks.append("No figure is new and none changed.\n")
    if news.restated:
        lines = [_restated(one) for one in news.restated]
        blocks.append(_block("Changed since the release before", "bold", lines, terminal))
    if news.withheld:
        lines = [_withheld(one) for one in news.withheld[:MOST_WITHHELD]]
        more = len(news.withheld) - MOST_WITHHELD
        and_more = f"and {more} more series: " if more > 0 else ""
        lines.append(f'{and_more}warehouse sql "from rpt_withheld_figures"')
        blocks.append(_block("Withheld, because they are not plausible", "bold yellow", lines, terminal))
    return "\n".join(blocks)


def problems_text(problems: "Sequence[SourceProblem]", titles: Mapping[str, str], terminal: Terminal) -> str:
    """The datasets with a problem, and what to do; a problem that several share, such as a blocked host, once.

    `titles` are those of the datasets, by `source dataset`.
    """
    noted = [problem for problem in problems if problem.outcome == "complete"]
    incomplete = [problem for problem in problems if problem.outcome != "complete"]
    blocks = []
    if incomplete:
        blocks.append(_block("Not complete, and what to do", "bold red", _sentences(incomplete, titles), terminal))
    if noted:
        blocks.append(_block("Complete, with a note", "bold", _sentences(noted, titles), terminal))
    return "\n".join(blocks)


def _sentences(problems: "Sequence[SourceProblem]", titles: Mapping[str, str]) -> list[str]:
    alike: dict[tuple[str, str], list[str]] = {}
    for problem in problems:
        alike.setdefault((problem.outcome, problem.message), []).append(problem.dataset)
    lines = []
    for (outcome, message), names in alike.items():
        # The message of a single dataset may begin with its name.
        sentence = message.removeprefix(f"{names[0]}: ") if len(names) == 1 else message
        titled = f"{names[0]} ({titles[names[0]]})" if len(names) == 1 and names[0] in titles else ", ".join(names)
        lines.append(f"{titled}: {sentence}" if outcome == "complete" else f"{titled}: {outcome}: {sentence}")
    return lines


def warnings_text(results: "Sequence[CheckResult]", terminal: Terminal) -> str:
    """The checks that failed without blocking, in a sentence each; then each next step once."""
    from data_checks.check import sentence

    lines = []
    for result in results:
        word = "withheld, " if result.severity == "withhold" else ""
        rows = _counted(result.unexpected_count, "row")
        lines.append(f"{sentence(result.name)} ({word}{rows} of {result.table}): {result.reason}")
    lines += dict.fromkeys(f"→ {result.next_step}" for result in results if result.next_step)
    return _block("Checks that warn", "bold yellow", lines, terminal)


def _block(heading: str, style: str, lines: Sequence[str], terminal: Terminal) -> str:
    texts = [paragraph(line, _width(terminal), 4, first=2) for line in lines]
    return "\n".join([terminal.styled(heading, style), *texts]) + "\n"


def _width(terminal: Terminal) -> int:
    return terminal.width if terminal.is_interactive else UNLIMITED


def _new(new: "NewFigures") -> str:
    of_assets = f" of {new.asset_count} assets" if new.asset_count > 1 else ""
    return f"{new.subject}: {_counted(new.figure_count, 'figure')}{of_assets}, {_days(new)}"


def _days(new: "NewFigures") -> str:
    if new.first_date == new.last_date:
        return day_text(new.first_date)
    return f"{new.day_count} days, {_span(new.first_date, new.last_date)}"


def _span(first: date, last: date) -> str:
    return day_text(first) if first == last else f"{day_text(first)} to {day_text(last)}"


def _restated(restated: "Restated") -> str:
    kind = kind_of(restated.metric)
    before, now = readable_figure(restated.old_value, kind), readable_figure(restated.new_value, kind)
    most = "" if restated.figure_count == 1 else "most of all "
    return (
        f"{restated.subject}: {_counted(restated.figure_count, 'figure')}, {most}{restated.example} on "
        f"{day_text(restated.trade_date)}: {before} → {now}"
    )


def _withheld(withheld: "Withheld") -> str:
    counted = "" if withheld.figure_count == 1 else f" ({withheld.figure_count} figures)"
    return f"{withheld.figure}, {_span(withheld.first_date, withheld.last_date)}{counted}: {withheld.reason}"


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
