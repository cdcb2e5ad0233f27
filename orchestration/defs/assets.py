"""The raw assets: one per dataset of every source, all brought up to date by one step, and what no provider sends.

A new source module appears here by itself.
"""

import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path

import dagster as dg
from dagster._core.definitions.source_asset import SYSTEM_METADATA_KEY_SOURCE_ASSET_OBSERVATION

from orchestration.build.parsing import parsed_folder
from orchestration.defs.cadence import OWNERS, freshness
from orchestration.defs.resources import RunContext
from orchestration.defs.update import Update, update_datasets
from orchestration.raw.working_file import LEDGER, connect, raw_columns, replace_claims, replace_sessions
from orchestration.sources.shared.contract import Dataset
from orchestration.sources.shared.nyse_calendar import kept_sessions
from orchestration.sources.shared.registry import datasets, module_of
from orchestration.sources.user_claims import FILE, outcome_of, read_claims, summary

VERSION_DESCRIPTIONS = {
    "observed_at": "When the warehouse first observed this version: the run's instant, UTC.",
    "response_id": "The response it came from, in raw.responses.",
}


def _schema(columns: Mapping[str, str], descriptions: Mapping[str, str] | None = None) -> dg.TableSchema:
    """Columns as the UI shows them, from `name: 'type [not null]'`."""
    return dg.TableSchema(
        [
            dg.TableColumn(
                name,
                kind.removesuffix(" not null"),
                (descriptions or {}).get(name),
                constraints=dg.TableColumnConstraints(nullable=not kind.endswith(" not null")),
            )
            for name, kind in columns.items()
        ]
    )


def _spec(dataset: Dataset) -> dg.AssetSpec:
    """The asset `<provider>/<dataset>`: its raw table."""
    return dg.AssetSpec(
        key_of(dataset),
        deps=[dg.AssetKey(dataset.archive)] if dataset.archive else [],
        group_name="raw",
        tags={"subject": dataset.subject_group},
        description=f"{dataset.title}. Raw versions in `raw.{dataset.table}`. {dataset.provider.licence}",
        kinds={"python", "duckdb"},
        owners=OWNERS,
        freshness_policy=freshness(dataset.subject_group),
        metadata={
            "dagster/uri": dataset.provider.default_url,
            "dagster/table_name": f"raw.{dataset.table}",
            "dagster/column_schema": _schema(raw_columns(dataset), _descriptions(dataset)),
            **written_in(Path(module_of(dataset).__file__ or "")),
        },
    )


def written_in(file: Path) -> dict[str, dg.CodeReferencesMetadataValue]:
    """Metadata with which the UI links an asset to its file."""
    with warnings.catch_warnings():
        # Dagster warns each time that code references are "beta".
        warnings.simplefilter("ignore", dg.BetaWarning)
        reference = dg.LocalFileCodeReference(file_path=str(file))
        return {"dagster/code_references": dg.CodeReferencesMetadataValue(code_references=[reference])}


def _descriptions(dataset: Dataset) -> dict[str, str]:
    """What is known of each column of a raw table: figures are stored as received, and renamed in staging."""
    received = f"As {dataset.provider.name} returns it; the staging model names it and its unit."
    return {
        column: f"Part of the key. {received}" if column in dataset.key else received for column in dataset.columns
    } | VERSION_DESCRIPTIONS


def key_of(dataset: Dataset) -> dg.AssetKey:
    return dg.AssetKey([dataset.provider.name, dataset.name])


def extract_step() -> dg.AssetsDefinition:
    """All raw tables in one step: its providers are fetched side by side, and a skipped dataset costs nothing."""

    @dg.multi_asset(
        name="extract",
        specs=[_spec(dataset) for dataset in datasets()],
        can_subset=True,
        description="Fetch the datasets that are configured, store the responses, and load them into raw tables.",
        check_specs=[
            dg.AssetCheckSpec(
                "complete",
                asset=key_of(dataset),
                description="The provider responded to every request, and no record was rejected. "
                "A single source that fails does not stop the run.",
            )
            for dataset in datasets()
        ],
    )
    def extract(
        context: dg.AssetExecutionContext, run_context: RunContext
    ) -> Iterator[dg.MaterializeResult | dg.AssetCheckResult]:
        selected = [dataset for dataset in datasets() if key_of(dataset) in context.selected_asset_keys]
        with run_context.step():
            for update in update_datasets(selected, run_context, context.log.info):
                yield from _skipped(context, update) if update.extraction.skipped else _results(update)

    return extract


def _skipped(context: dg.AssetExecutionContext, update: Update) -> Iterator[dg.MaterializeResult]:
    """An observation with the reason, and no materialization."""
    key = key_of(update.dataset)
    outcome = {"outcome": update.extraction.outcome, "message": update.extraction.message or ""}
    context.log_event(dg.AssetObservation(key, metadata=outcome))
    yield _unchanged(key)


def _unchanged(key: dg.AssetKey) -> dg.MaterializeResult:
    """An output without a materialization event.

    The steps that follow need an output: Dagster skips them after an output that is left out, `skippable` or not. So
    it has the mark with which Dagster itself suppresses an event.
    """
    return dg.MaterializeResult(asset_key=key, metadata={SYSTEM_METADATA_KEY_SOURCE_ASSET_OBSERVATION: True})


def _results(update: Update) -> Iterator[dg.MaterializeResult | dg.AssetCheckResult]:
    key, extraction = key_of(update.dataset), update.extraction
    yield dg.MaterializeResult(asset_key=key, metadata=account(update))
    yield dg.AssetCheckResult(
        asset_key=key,
        check_name="complete",
        passed=not extraction.problems,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={"outcome": extraction.outcome, "message": extraction.message or ""},
    )


@dg.asset(
    key=["nyse", "sessions"],
    group_name="raw",
    description="Trading sessions of the New York Stock Exchange (XNYS), from the exchange_calendars library.",
    kinds={"python", "duckdb"},
    owners=OWNERS,
    freshness_policy=freshness(),
    metadata={
        "dagster/table_name": "raw.nyse_sessions",
        "dagster/column_schema": _schema(LEDGER["nyse_sessions"]),
    },
)
def nyse_sessions(run_context: RunContext) -> dg.MaterializeResult:
    rows = kept_sessions(run_context.now, parsed_folder())
    with run_context.step(), connect(run_context.settings.working_file) as connection:
        run_context.prepare(connection)
        replace_sessions(connection, rows)
    return dg.MaterializeResult(metadata={"dagster/row_count": len(rows)})


@dg.asset(
    key=["imports", "claims"],
    group_name="raw",
    description="The user's own claims about the market: `imports/claims.csv` in the home, judged like ours.",
    kinds={"python", "duckdb"},
    owners=OWNERS,
    freshness_policy=freshness(),
    metadata={
        "dagster/table_name": "raw.imports_claims",
        "dagster/column_schema": _schema(LEDGER["imports_claims"]),
    },
)
def user_claims(context: dg.AssetExecutionContext, run_context: RunContext) -> dg.MaterializeResult:
    claims = read_claims(run_context.settings.imports / FILE)
    message = summary(claims) if claims else None
    with run_context.step(), connect(run_context.settings.working_file) as connection:
        run_context.prepare(connection)
        replace_claims(connection, claims, run_context.now, message)
    if claims is None:
        return _unchanged(context.asset_key)
    if message:
        context.log.warning(message)
    return dg.MaterializeResult(
        metadata={
            "outcome": outcome_of(claims),
            "message": message or "",
            "dagster/row_count": len(claims.rows),
            "rejected_records": len(claims.rejected),
        }
    )


def raw_assets() -> list[dg.AssetsDefinition]:
    return [extract_step(), nyse_sessions, user_claims]


def account(update: Update) -> dict[str, dg.MetadataValue | int | str]:
    """What a run did with a dataset, and what its raw table holds now, as the UI shows it."""
    extraction, loaded = update.extraction, update.loaded
    return {
        "outcome": extraction.outcome,
        "message": extraction.message or "",
        "dagster/row_count": update.stored.version_count,
        "stored_from": update.stored.first,
        "stored_until": update.stored.last,
        "responses": len(extraction.responses),
        "responses_reused": extraction.reused_count,
        "rows_read": loaded.rows_read,
        "new_versions": loaded.rows_new,
        "rejected_records": loaded.rejected,
        "windows_without_rows": ", ".join(loaded.empty_responses),
    }
