"""`warehouse status`: the worst first, each with its next step, within the terminal's width."""

from datetime import datetime, timedelta

import pytest

from orchestration.cli.status import MOST_NAMED, WIDTH_WITH_TITLES, Line, Reach, State, state_of, status_text
from orchestration.report.terminal import Terminal

NOON = datetime(2025, 5, 12)
TITLE = "Daily spot bars (OHLCV, UTC days) of an exchange with a long name"


def line(name: str, outcome: str, message: str | None = None, days_behind: int = 0, step: str = Line.next_step) -> Line:
    reach = Reach(outcome, message, NOON, NOON - timedelta(days=days_behind), NOON)
    return Line(name, "candles_1d", TITLE, reach, "no key needed", step)


LINES = [
    line("fresh", "complete"),
    Line("new", "candles_1d", TITLE, Reach(), "no key needed"),
    line("slow", "complete", days_behind=2),
    line("slower", "complete", days_behind=9),
    line("export", "complete", days_behind=12, step="put a newer file into imports/"),
    line("broken", "failed", "broken returned 451: blocked from this region; set BROKEN_BASE_URL or rely on coinbase"),
    line("half", "partial", "half candles_1d: 3 of 9 requests failed; run again"),
    *(line(f"keyed_{n}", "skipped", "no key: set A_KEY") for n in range(MOST_NAMED)),
    *(line(f"left_out_{n}", "skipped", "not part of the bundled sample") for n in range(MOST_NAMED + 1)),
]


def test_a_dataset_that_lags_is_behind_and_an_unknown_one_was_never_requested() -> None:
    assert [state_of(one) for one in LINES[:4]] == [State.current, State.never, State.behind, State.behind]


@pytest.mark.parametrize("width", [80, 120])
def test_the_worst_comes_first_with_its_title_and_next_step(width: int) -> None:
    text = status_text(LINES, Terminal(width=width))
    lines = text.splitlines()
    assert max(map(len, lines)) <= width
    places = [text.index(f"{name} candles_1d") for name in ("broken", "half", "export", "slower", "slow", "new")]
    assert places == sorted(places)
    assert text.index("new candles_1d") < text.index("fresh")
    titles = 6 if width >= WIDTH_WITH_TITLES else 5
    assert " ".join(text.split()).count(" ".join(TITLE.split()[:3])) == titles
    for step in ("set BROKEN_BASE_URL", "next: put a newer file into imports/", "next: `warehouse run` requests it"):
        assert step in " ".join(text.split())
    assert "half candles_1d: 3 of" not in text, "a message does not repeat the name above it"


def test_what_is_not_requested_takes_a_line_per_reason() -> None:
    text = status_text(LINES, Terminal(width=120))
    assert "no key: set A_KEY: keyed_0, keyed_1, keyed_2, keyed_3, keyed_4, keyed_5\n" in text
    assert f"not part of the bundled sample: {MOST_NAMED + 1} sources\n" in text
    assert "`warehouse sources`" in text


def test_everything_that_a_colour_tells_is_in_words_too() -> None:
    plain = status_text(LINES, Terminal(width=80))
    styled = status_text(LINES, Terminal(width=80, is_interactive=True, has_styles=True))
    assert "\x1b[" in styled
    assert {"Failed (1)", "Partly failed (1)", "Behind (3)", "Up to date (1)"} <= set(plain.splitlines())
