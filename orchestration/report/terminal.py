"""Where a command writes for people: how wide it is, and whether styles can be shown.

Without a terminal, as in a pipe or a file, the width is `COLUMNS` or a constant, so that the output is the same
everywhere. Styles only repeat what words already tell, and there are none where `NO_COLOR` is set.
"""

import os
import sys
from dataclasses import dataclass
from typing import TextIO

DEFAULT_WIDTH = 120
NARROWEST = 20
STYLES = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33"}


@dataclass(frozen=True)
class Terminal:
    """`is_interactive`: a person looks at it, so it gets what fits and no more."""

    width: int = DEFAULT_WIDTH
    is_interactive: bool = False
    has_styles: bool = False

    @classmethod
    def of(cls, stream: TextIO | None = None) -> "Terminal":
        """The terminal behind a stream, which is standard output by default."""
        stream = stream or sys.stdout
        is_interactive = stream.isatty()
        has_styles = is_interactive and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
        return cls(max(NARROWEST, _width(stream, is_interactive)), is_interactive, has_styles)

    def styled(self, text: str, style: str) -> str:
        """The text in a style such as `bold red`, if styles can be shown."""
        if not self.has_styles or not style:
            return text
        return f"\x1b[{';'.join(STYLES[name] for name in style.split())}m{text}\x1b[0m"


def _width(stream: TextIO, is_interactive: bool) -> int:
    wanted = os.environ.get("COLUMNS", "")
    if wanted.isdecimal() and int(wanted):
        return int(wanted)
    if is_interactive:
        try:
            return os.get_terminal_size(stream.fileno()).columns or DEFAULT_WIDTH
        except OSError:
            pass
    return DEFAULT_WIDTH
