"""dbt's models as assets, its tests as asset checks; one dbt build in this process makes them all."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, dbt_assets
from dagster_dbt.asset_utils import get_asset_check_key_for_test

from orchestration.defs.surroundings import Surroundings
from orchestration.transform import MANIFEST, NodeResult, build, ensure_manifest


class Translator(DagsterDbtTranslator):
    """Asset keys are table names; groups are the subject folders of the dbt project."""

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str | None:
        if dbt_resource_props["resource_type"] == "seed":
            return "seeds"
        folders = [part for part in dbt_resource_props["fqn"][1:-1] if part != "marts"]
        return "_".join(folders) or "marts"


TRANSLATOR = Translator()


def dbt_definitions() -> dg.AssetsDefinition:
    """All of the dbt project as one asset function."""
    manifest = json.loads(ensure_manifest().read_text())

    @dbt_assets(manifest=MANIFEST, dagster_dbt_translator=TRANSLATOR, name="dbt_build")
    def dbt_build(
        context: dg.AssetExecutionContext, surroundings: Surroundings
    ) -> Iterator[dg.MaterializeResult | dg.AssetCheckResult]:
        results = build(surroundings.settings, surroundings.now)
        for result in results:
            yield from _events(manifest, result)
        failures = [result for result in results if result.is_failure]
        if failures:
            raise dg.Failure(
                f"dbt: {len(failures)} of {len(results)} failed; the published version stands",
                metadata={result.unique_id: result.message or result.status for result in failures},
                allow_retries=False,
            )

    return dbt_build


def mart_keys() -> dict[str, dg.AssetKey]:
    """The published tables and their asset keys."""
    manifest = json.loads(ensure_manifest().read_text())
    return {
        node["name"]: TRANSLATOR.get_asset_spec(manifest, unique_id, None).key
        for unique_id, node in manifest["nodes"].items()
        if node["resource_type"] == "model" and node["schema"] == "marts"
    }


def _events(manifest: Mapping[str, Any], result: NodeResult) -> Iterator[dg.MaterializeResult | dg.AssetCheckResult]:
    """What Dagster is told of one dbt result. Unit tests and hooks have no asset to speak of."""
    node = manifest["nodes"].get(result.unique_id)
    if node is None:
        return
    if node["resource_type"] in {"model", "seed"} and not result.is_failure and result.status != "skipped":
        key = TRANSLATOR.get_asset_spec(manifest, result.unique_id, None).key
        yield dg.MaterializeResult(asset_key=key, metadata={"seconds": result.seconds})
    elif node["resource_type"] == "test" and result.status != "skipped":
        check = get_asset_check_key_for_test(manifest, TRANSLATOR, result.unique_id, project=None)
        if check is not None:
            is_error = node["config"].get("severity", "error").lower() == "error"
            yield dg.AssetCheckResult(
                asset_key=check.asset_key,
                check_name=check.name,
                passed=result.status == "pass",
                severity=dg.AssetCheckSeverity.ERROR if is_error else dg.AssetCheckSeverity.WARN,
                metadata={"failures": result.failures or 0, "message": result.message or ""},
            )
