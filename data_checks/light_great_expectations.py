"""Great Expectations imported without SciPy's statistics and Altair's charts, a third of its start-up time.

It imports both for distances between distributions, which no check measures. They are imported empty, and what would
use them fails with an `AttributeError`, which is a failed critical result.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType

UNUSED = ("altair", "scipy.stats")


@contextmanager
def _empty(names: tuple[str, ...]) -> Iterator[None]:
    """With empty modules of these names where none is imported yet; afterwards without them."""
    missing = [name for name in names if name not in sys.modules]
    sys.modules.update({name: ModuleType(name) for name in missing})
    try:
        yield
    finally:
        for name in missing:
            del sys.modules[name]


# Read once at import: by default Great Expectations sends usage statistics.
os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")

with _empty(UNUSED):
    import great_expectations as gx
    import great_expectations.expectations as gxe
    from great_expectations.core.batch import Batch
    from great_expectations.core.expectation_validation_result import ExpectationValidationResult
    from great_expectations.data_context import AbstractDataContext
    from great_expectations.datasource.fluent.sql_datasource import SQLDatasource

__all__ = ["AbstractDataContext", "Batch", "ExpectationValidationResult", "SQLDatasource", "gx", "gxe"]
