"""`make bench`: the time of the warehouse, next to bare DuckDB for the same work in the same run.

Figures are printed, never asserted: a machine has its moods. `python -m bench loading records` runs a choice, and
`python -m bench events --events 50000000` one at another size. `scale` runs only by name (`make bench scale`).
"""

import sys
from collections.abc import Callable

from bench import archive, etf, events, loading, pipeline, publishing, records, scale

BENCHMARKS: dict[str, Callable[[], None]] = {
    "loading": loading.main,
    "archive": archive.main,
    "events": events.main,
    "etf": etf.main,
    "records": records.main,
    "publishing": publishing.main,
    "pipeline": pipeline.main,
    "scale": scale.main,
}
ONLY_BY_NAME = frozenset({"scale"})
"""What takes minutes."""
WITH_OPTIONS: dict[str, Callable[[list[str]], None]] = {"events": events.main, "scale": scale.main}


def main() -> int:
    if len(sys.argv) > 2 and sys.argv[1] in WITH_OPTIONS and sys.argv[2].startswith("-"):
        WITH_OPTIONS[sys.argv[1]](sys.argv[2:])
        return 0
    wanted = sys.argv[1:] or [name for name in BENCHMARKS if name not in ONLY_BY_NAME]
    unknown = [name for name in wanted if name not in BENCHMARKS]
    if unknown:
        print(f"unknown benchmark {', '.join(unknown)}; there are {', '.join(BENCHMARKS)}", file=sys.stderr)
        return 2
    for name in wanted:
        print(f"\n{name}")
        BENCHMARKS[name]()
    return 0


if __name__ == "__main__":
    sys.exit(main())
