"""What is used of dagster-dbt, imported without dbt.

dagster-dbt imports half of dbt for a few names, two seconds of every start, and has plain stand-ins for where dbt is
not installed. The graph of assets needs the manifest alone, so the stand-ins serve; whatever runs dbt imports it.
"""

import sys

# `import dbt.version` fails while this stands there, which is how dagster-dbt looks for dbt.
_loaded = sys.modules.get("dbt.version")
sys.modules["dbt.version"] = None  # type: ignore[assignment]
try:
    from dagster_dbt import DagsterDbtTranslator, DbtProject, dbt_assets
    from dagster_dbt.asset_utils import get_asset_check_key_for_test
finally:
    del sys.modules["dbt.version"]
    if _loaded is not None:
        sys.modules["dbt.version"] = _loaded

__all__ = ["DagsterDbtTranslator", "DbtProject", "dbt_assets", "get_asset_check_key_for_test"]
