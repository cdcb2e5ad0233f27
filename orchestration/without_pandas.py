"""A process that does without pandas, which takes a quarter of a second of CPU and 35 to 75 MB to import.

DuckDB and pyarrow try to import it at the first value that they are given, to recognise pandas' own values. They do
without it where it is not installed, and that is what they find here. pyarrow remembers it: only a process of ours, in
which pyarrow is given no frames of pandas, may call `leave_pandas_out`.
"""

import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from types import ModuleType

NEEDED_BY = ("exchange_calendars", "great_expectations", "pyspark")
"""Where one of these packages is imported, pandas can be."""


class _LeftOut(MetaPathFinder):
    def find_spec(self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None) -> None:
        if fullname == "pandas" and not any(package in sys.modules for package in NEEDED_BY):
            raise ModuleNotFoundError(
                f"this process leaves pandas out: add the package that needs it to {__name__}.NEEDED_BY", name=fullname
            )


def leave_pandas_out() -> None:
    """Have `import pandas` fail in this process from now on, but for the packages that need it."""
    sys.meta_path.insert(0, _LeftOut())
