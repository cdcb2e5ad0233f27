"""How much a run shows."""

from enum import IntEnum


class Verbosity(IntEnum):
    """`quiet`: problems and the last line. `verbose`: every dataset and every offending row, too."""

    quiet = 0
    normal = 1
    verbose = 2
