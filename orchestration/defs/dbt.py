"""dbt's models as assets, its tests as asset checks; one dbt build in this process makes them all."""

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb

from orchestration.build.lineage_file import Origins, stored_lineage
from orchestration.build.marts import build
from orchestration.build.node_result import UNCHANGED, NodeResult, failures_in_words
from orchestration.build.parsing import ensure_manifest, project_folder
from orchestration.defs.assets import written_in
from orchestration.defs.cadence import OWNERS, freshness
from orchestration.defs.light_dagster_dbt import (
    DagsterDbtTranslator,
    DbtProject,
    dbt_assets,
    get_asset_check_key_for_test,
)
from orchestration.defs.resources import RunContext
from orchestration.file_errors import is_damage
from orchestration.project import DBT_PROJECT
from orchestration.raw.known_rows import forget_rows
from orchestration.raw.recheck import reject_impossible_rows
from orchestration.raw.working_file import connect, damaged
from orchestration.release.checker import checker
from orchestration.release.publish import current
from orchestration.run_summary import NOTHING_EXTRACTED
from orchestration.sources.shared.registry import datasets


class Translator(DagsterDbtTranslator):
    """Asset keys are table names. Each layer is one group, so that the graph at rest is the way of the data."""

    def __init__(self) -> None:
        super().__init__()
        self._specs: dict[tuple[int, str], dg.AssetSpec] = {}

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str | None:
        return "seeds" if dbt_resource_props["resource_type"] == "seed" else str(dbt_resource_props["fqn"][1])

    def get_tags(self, dbt_resource_props: Mapping[str, Any]) -> Mapping[str, str]:
        """Marts have their subject as a tag."""
        layer, *folders = dbt_resource_props["fqn"][1:-1] or [""]
        return {"subject": folders[0]} if layer == "marts" else {}

    def get_owners(self, dbt_resource_props: Mapping[str, Any]) -> Sequence[str]:
        return OWNERS

    def get_asset_spec(self, manifest: Mapping[str, Any], unique_id: str, project: DbtProject | None) -> dg.AssetSpec:
        # Requested again for every model that reads this one.
        if (known := self._specs.get((id(manifest), unique_id))) is not None:
            return known
        spec = super().get_asset_spec(manifest, unique_id, project)
        if node := manifest["nodes"].get(unique_id):
            spec = spec.merge_attributes(metadata=written_in(DBT_PROJECT / node["original_file_path"]))
        if origins := _lineage().get(unique_id):
            spec = spec.merge_attributes(metadata={"dagster/column_lineage": self._column_lineage(manifest, origins)})
        if manifest["nodes"].get(unique_id, {}).get("schema") == "marts":
            spec = spec.replace_attributes(freshness_policy=freshness())
        self._specs[id(manifest), unique_id] = spec
        return spec

    def _column_lineage(self, manifest: Mapping[str, Any], origins: Origins) -> dg.TableColumnLineage:
        nodes = manifest["nodes"] | manifest["sources"]
        return dg.TableColumnLineage(
            {
                column: [
                    dg.TableColumnDep(asset_key=self.get_asset_key(nodes[parent]), column_name=name)
                    for parent, name in parents
                ]
                for column, parents in origins.items()
            }
        )


@cache
def _manifest() -> Mapping[str, Any]:
    manifest: Mapping[str, Any] = json.loads(ensure_manifest().read_bytes())
    return manifest


@cache
def _lineage() -> dict[str, Origins]:
    return stored_lineage(project_folder())


TRANSLATOR = Translator()


def dbt_definitions() -> dg.AssetsDefinition:
    """All of the dbt project as one asset function.

    A step downstream of a mart waits for its event and those of its tests, so these are there in every run. Of other
    models, seeds and tests, the last event is about the result that was taken over.
    """
    manifest = _manifest()

    @dbt_assets(manifest=manifest, dagster_dbt_translator=TRANSLATOR, name="dbt_build")
    def dbt_build(
        context: dg.AssetExecutionContext, run_context: RunContext
    ) -> Iterator[dg.MaterializeResult | dg.AssetCheckResult]:
        if run_context.has_no_figures:
            raise dg.Failure(
                "no source returned any figures, so nothing was built; the published version is unchanged",
                metadata={NOTHING_EXTRACTED: True},
                allow_retries=False,
            )
        if run_context.full_refresh or current(run_context.settings.published) is None:
            # Everything will be judged. Otherwise the checks are started where a build has new rows for them.
            checker().start()
        if run_context.skipped_count:
            context.log.info(
                f"{run_context.skipped_count} datasets were not requested: `warehouse sources` lists what they need"
            )
        with run_context.step():
            with connect(run_context.settings.working_file) as connection:
                if run_context.full_refresh:
                    forget_rows(connection)
                for sentence in reject_impossible_rows(connection, datasets()):
                    context.log.warning(sentence)
            run_context.close_working_file()
            results = build(
                run_context.settings,
                run_context.release_instant,
                report=context.log.info,
                full_refresh=run_context.full_refresh,
                warn=context.log.warning,
            )
            if words := next((result.message for result in results if is_damage(result.message or "")), None):
                raise damaged(run_context.settings.working_file, words)
            counts = row_counts(run_context.settings.release_draft)
        for result in results:
            if result.is_new or result.is_failure or _mart_of(manifest, result) in counts:
                yield from _events(manifest, result, counts)
        failures = [result for result in results if result.is_failure]
        if failures:
            raise dg.Failure(
                f"dbt: {failures_in_words(results)}; the published version is unchanged",
                metadata={result.unique_id: result.message or result.status for result in failures},
                allow_retries=False,
            )

    return dbt_build


def _mart_of(manifest: Mapping[str, Any], result: NodeResult) -> str:
    """The model that a result is of, or that its test belongs to, by name."""
    node = manifest["nodes"].get(result.unique_id, {})
    return str(node.get("attached_node") or result.unique_id).rpartition(".")[2]


def mart_keys() -> dict[str, dg.AssetKey]:
    """The published tables and their asset keys."""
    return {
        node["name"]: TRANSLATOR.get_asset_key(node)
        for node in _manifest()["nodes"].values()
        if node["resource_type"] == "model" and node["schema"] == "marts"
    }


def row_counts(draft: Path) -> dict[str, int]:
    """Rows of every mart in a closed draft; nothing where dbt did not make a draft."""
    if not draft.exists():
        return {}
    with duckdb.connect(str(draft), read_only=True) as connection:
        names = connection.execute("select table_name from duckdb_tables() where schema_name = 'marts'").fetchall()
        counts = [connection.execute(f"select count(*) from marts.{name}").fetchone() for (name,) in names]
    return {name: count[0] for (name,), count in zip(names, counts, strict=True) if count}


def _events(
    manifest: Mapping[str, Any], result: NodeResult, counts: Mapping[str, int]
) -> Iterator[dg.MaterializeResult | dg.AssetCheckResult]:
    """One dbt result as Dagster events. Unit tests and hooks have no asset."""
    node = manifest["nodes"].get(result.unique_id)
    if node is None:
        return
    if node["resource_type"] in {"model", "seed"} and not result.is_failure and result.status != "skipped":
        key = TRANSLATOR.get_asset_key(node)
        counted: dict[str, float] = {"dagster/row_count": counts[node["name"]]} if node["name"] in counts else {}
        metadata = {"seconds": result.seconds, "unchanged": result.status == UNCHANGED}
        yield dg.MaterializeResult(asset_key=key, metadata=metadata | counted)
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
