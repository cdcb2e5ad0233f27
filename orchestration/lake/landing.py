"""The landing files of all machines: each stores its own in its home and in the lake, and fetches what it lacks.

A home's folder is a copy that can be lost; the lake's `landing/` is whole. Files never change, so a name that is in
both places needs no comparison.
"""

from collections.abc import Iterator
from pathlib import Path

from orchestration.lake.objects import Objects
from orchestration.lake.settings import Lake


class SharedFiles:
    """The lake's landing files, and the home's folder of them."""

    def __init__(self, lake: Lake, folder: Path) -> None:
        self._folder = folder
        self._objects = Objects(lake, "landing")

    def store(self, paths: tuple[Path, ...]) -> None:
        """Store these files of the folder in the lake, in this order: a description comes after its body."""
        for path in paths:
            self._objects.put(path.relative_to(self._folder).as_posix(), path.read_bytes())

    def missing(self, prefix: str) -> Iterator[tuple[Path, bytes]]:
        """The files below the folder `prefix` that another machine stored, bodies before descriptions."""
        names = [name for name in self._objects.names(prefix) if not (self._folder / name).exists()]
        for name, content in self._objects.fetch(sorted(names, key=lambda name: name.endswith(".json"))):
            yield self._folder / name, content

    def store_all(self, prefix: str = "") -> int:
        """Store every file of the folder, or of the folder `prefix` in it, that the lake lacks. Returns how many."""
        there = set(self._objects.names(prefix))
        here = [
            path.relative_to(self._folder).as_posix()
            for path in sorted((self._folder / prefix).rglob("*"), key=lambda path: (path.suffix == ".json", path))
            if path.is_file() and path.suffix in (".zst", ".json") and not path.name.startswith(".")
        ]
        new = [name for name in here if name not in there]
        bodies = [name for name in new if not name.endswith(".json")]
        self._objects.upload(self._folder, bodies)
        self._objects.upload(self._folder, new[len(bodies) :])
        return len(new)
