"""Text in lines of a width: words stay whole, and what is longer than a line breaks behind `_`, `/` or `,`."""

import re
import textwrap
from collections.abc import Iterator

BREAK = re.compile(r"(?<=[_/,;&?=:.\-(])")


def wrapped(text: str, width: int) -> list[str]:
    """The lines of `text`, each at most `width` characters; line ends of the text stay. At least one line."""
    if len(text) <= width and "\n" not in text:
        return [text]
    lines = [line for paragraph in text.splitlines() for line in _lines(paragraph, max(width, 1))]
    return lines or [""]


def longest_word(text: str) -> int:
    """The width below which a word of the text would have to break."""
    return max((len(word) for word in text.split()), default=0)


def longest_piece(text: str) -> int:
    """The width below which a part of a name, such as `interest_` of `open_interest_usd`, would have to break."""
    return max((len(piece) for word in text.split() for piece in BREAK.split(word)), default=0)


def paragraph(text: str, width: int, indent: int = 0, first: int | None = None) -> str:
    """The text in lines of `width`, each indented by `indent`; the first line by `first`, where that differs."""
    lines = wrapped(text, width - indent)
    start = " " * (indent if first is None else first)
    return "\n".join([start + lines[0], *(" " * indent + line for line in lines[1:])])


def _lines(text: str, width: int) -> Iterator[str]:
    if len(text) <= width:
        yield text
        return
    line = ""
    for word in text.split():
        if line and len(line) + 1 + len(word) <= width:
            line += f" {word}"
            continue
        if line:
            yield line
        *full, line = _pieces(word, width)
        yield from full
    yield line


def _pieces(word: str, width: int) -> list[str]:
    """A word in pieces that fit: the word itself, if it does."""
    pieces = [""]
    for piece in BREAK.split(word):
        for part in textwrap.wrap(piece, width) or [piece]:
            if len(pieces[-1]) + len(part) <= width:
                pieces[-1] += part
            else:
                pieces.append(part)
    return pieces
