"""One asset per dataset of every source: ask, land, load. A new source module appears here by itself."""

from collections.abc import Iterator

import dagster as dg

from orchestration.batch import Loaded
from orchestration.defs.surroundings import Surroundings
from orchestration.extract import Extraction, extract
from orchestration.loading import load
from orchestration.sources.contract import Dataset
from orchestration.sources.nyse_calendar import sessions
from orchestration.sources.registry import datasets, symbols
from orchestration.warehouse import archived_until, connect, prepare, record_attempt, replace_sessions


def raw_asset(dataset: Dataset) -> dg.AssetsDefinition:
    """The asset `<provider>/<dataset>`: its raw table, brought up to date."""

    @dg.asset(
        key=[dataset.provider.name, dataset.name],
        deps=[dg.AssetKey(dataset.archive)] if dataset.archive else [],
        group_name=dataset.subject_group,
        description=f"{dataset.title}. Raw versions in `raw.{dataset.table}`. {dataset.provider.licence}",
        kinds={"python", "duckdb"},
        metadata={"dagster/table_name": f"raw.{dataset.table}", "dagster/column_schema": _column_schema(dataset)},
        check_specs=[
            dg.AssetCheckSpec(
                "answered",
                asset=[dataset.provider.name, dataset.name],
                description="The provider answered everything that was asked. A source that fails alone stops nothing.",
            )
        ],
    )
    def materialize(
        context: dg.AssetExecutionContext, surroundings: Surroundings
    ) -> Iterator[dg.MaterializeResult | dg.AssetCheckResult]:
        settings, now, window = surroundings.settings, surroundings.now, surroundings.window
        starts = {}
        if dataset.archive and window:
            with connect(settings.working_file) as connection:
                prepare(connection, datasets())
                starts = archived_until(connection, dataset.archive)
        names = symbols(dataset.provider.name)
        extraction = extract(dataset, settings, surroundings.client, names, now, window, starts)
        with connect(settings.working_file) as connection:
            prepare(connection, datasets())
            loaded = load(connection, dataset, extraction.answers, settings.landing)
            record_attempt(connection, dataset, now, extraction.outcome, extraction.message)
        context.log.info(f"{dataset.table}: {extraction.outcome}, {loaded.rows_new} new versions")
        yield dg.MaterializeResult(metadata=_account(extraction, loaded))
        yield dg.AssetCheckResult(
            check_name="answered",
            passed=not extraction.problems,
            severity=dg.AssetCheckSeverity.WARN,
            metadata={"outcome": extraction.outcome, "message": extraction.message or ""},
        )

    return materialize


@dg.asset(
    key=["nyse", "sessions"],
    group_name="calendar",
    description="Trading sessions of the New York Stock Exchange (XNYS), from the exchange_calendars library.",
    kinds={"python", "duckdb"},
)
def nyse_sessions(surroundings: Surroundings) -> dg.MaterializeResult:
    rows = sessions(surroundings.now)
    with connect(surroundings.settings.working_file) as connection:
        prepare(connection, datasets())
        replace_sessions(connection, rows)
    return dg.MaterializeResult(metadata={"dagster/row_count": len(rows)})


def raw_assets() -> list[dg.AssetsDefinition]:
    return [*(raw_asset(dataset) for dataset in datasets()), nyse_sessions]


def _account(extraction: Extraction, loaded: Loaded) -> dict[str, dg.MetadataValue | int | str]:
    return {
        "outcome": extraction.outcome,
        "message": extraction.message or "",
        "requests": len(extraction.answers),
        "rows_read": loaded.rows_read,
        "new_versions": loaded.rows_new,
        "rejected_records": loaded.rejected,
        "answers_without_rows": ", ".join(loaded.empty_responses),
    }


def _column_schema(dataset: Dataset) -> dg.TableSchema:
    return dg.TableSchema([dg.TableColumn(name, kind) for name, kind in dataset.columns.items()])
