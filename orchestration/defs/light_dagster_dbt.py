"""What is used of dagster-dbt, imported without dbt and without the rest of dagster-dbt.

Its package imports all of its modules for a few names, half of dbt, dbt Cloud and an SQL parser among them, three
seconds of every start, and has plain stand-ins for where dbt is not installed. The graph of assets needs the manifest
alone, so the stand-ins serve; whatever runs dbt imports it.
"""

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.machinery import PathFinder
from types import ModuleType


@contextmanager
def _in_place_of(modules: Mapping[str, ModuleType | None]) -> Iterator[None]:
    """With these entries in `sys.modules`; afterwards with those that were there before."""
    before = {name: sys.modules[name] for name in modules if name in sys.modules}
    sys.modules.update(modules)  # type: ignore[arg-type]
    try:
        yield
    finally:
        for name in modules:
            del sys.modules[name]
        sys.modules.update(before)


def _package_alone(name: str) -> ModuleType:
    """The package as a place in which modules are found, without what it imports itself."""
    package = ModuleType(name)
    found = PathFinder.find_spec(name)
    package.__path__ = list(found.submodule_search_locations or ()) if found else []
    return package


# `import dbt.version` fails while None stands there, which is how dagster-dbt looks for dbt.
with _in_place_of({"dbt.version": None, "dagster_dbt": _package_alone("dagster_dbt")}):
    from dagster_dbt.asset_decorator import dbt_assets
    from dagster_dbt.asset_utils import get_asset_check_key_for_test
    from dagster_dbt.dagster_dbt_translator import DagsterDbtTranslator
    from dagster_dbt.dbt_project import DbtProject

__all__ = ["DagsterDbtTranslator", "DbtProject", "dbt_assets", "get_asset_check_key_for_test"]
