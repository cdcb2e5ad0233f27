"""One asset per dataset of every source: fetch, store, load. A new source module appears here by itself."""

import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

import dagster as dg
import duckdb

from orchestration.collector.collected import collected
from orchestration.defects import ends_the_run
from orchestration.defs.cadence import OWNERS, freshness
from orchestration.defs.resources import RunContext
from orchestration.ingest.extract import extract, midnight
from orchestration.ingest.extraction import COMPLETE, PARTIAL, Extraction
from orchestration.ingest.progress import FetchProgress
from orchestration.raw.batch import Loaded
from orchestration.raw.empty_responses import missing_sentence
from orchestration.raw.load import load
from orchestration.raw.rejected_records import rejected_response_ids, rejections
from orchestration.raw.working_file import (
    LEDGER,
    archived_until,
    connect,
    last_attempt,
    prepare,
    raw_columns,
    record_attempt,
    replace_claims,
    replace_sessions,
)
from orchestration.sources.shared.contract import Dataset, Window
from orchestration.sources.shared.nyse_calendar import sessions
from orchestration.sources.shared.registry import datasets, symbols
from orchestration.sources.user_claims import FILE, outcome_of, parse_claims, summary

DAYS = dg.DailyPartitionsDefinition(start_date="2010-01-01", timezone="UTC")
"""UTC days, for backfills. A run usually has no partition: it requests each dataset's own look-back."""


def _schema(columns: Mapping[str, str]) -> dg.TableSchema:
    """Columns as the UI shows them, from `name: 'type [not null]'`."""
    return dg.TableSchema(
        [
            dg.TableColumn(
                name,
                kind.removesuffix(" not null"),
                constraints=dg.TableColumnConstraints(nullable=not kind.endswith(" not null")),
            )
            for name, kind in columns.items()
        ]
    )


def _newest_day(key: dg.AssetKey, now: datetime) -> dg.AssetMaterialization:
    """A run of the look-back includes the day that closed last, so that partition is done."""
    return dg.AssetMaterialization(key, partition=f"{now - timedelta(days=1):%Y-%m-%d}")


def raw_asset(dataset: Dataset) -> dg.AssetsDefinition:
    """The asset `<provider>/<dataset>`: its raw table, brought up to date."""

    @dg.asset(
        key=[dataset.provider.name, dataset.name],
        deps=[dg.AssetKey(dataset.archive)] if dataset.archive else [],
        group_name=f"raw_{dataset.subject_group}",
        description=f"{dataset.title}. Raw versions in `raw.{dataset.table}`. {dataset.provider.licence}",
        kinds={"python", "duckdb"},
        owners=OWNERS,
        # An archive has no daily partitions: a run with `start` requests whole files, and with partitions a dataset
        # that depends on it could not run without one.
        partitions_def=None if dataset.backfills_only else DAYS,
        backfill_policy=None if dataset.backfills_only else dg.BackfillPolicy.single_run(),
        freshness_policy=freshness(dataset.subject_group),
        metadata={
            "dagster/uri": dataset.provider.default_url,
            "dagster/table_name": f"raw.{dataset.table}",
            "dagster/column_schema": _schema(raw_columns(dataset)),
        },
        check_specs=[
            dg.AssetCheckSpec(
                "complete",
                asset=[dataset.provider.name, dataset.name],
                description="The provider responded to every request, and no record was rejected. "
                "A single source that fails does not stop the run.",
            )
        ],
    )
    def materialize(
        context: dg.AssetExecutionContext, run_context: RunContext
    ) -> Iterator[dg.MaterializeResult | dg.AssetCheckResult]:
        with run_context.step():
            extraction, loaded, stored = update_dataset(dataset, run_context, context.log.info)
        if run_context.window is None and extraction.outcome == "complete":
            context.log_event(_newest_day(context.asset_key, run_context.now))
        yield dg.MaterializeResult(metadata=_account(extraction, loaded, stored))
        yield dg.AssetCheckResult(
            check_name="complete",
            passed=not extraction.problems,
            severity=dg.AssetCheckSeverity.WARN,
            metadata={"outcome": extraction.outcome, "message": extraction.message or ""},
        )

    return materialize


def monthly_window(dataset: Dataset, now: datetime, last: tuple[datetime, str] | None) -> Window | None:
    """The whole history of a provider that rewrites it, until a run of the month has received it; else None.

    `last` is when the dataset was last attempted (naive UTC), and the outcome. All runs of a month's first day request
    it, so that a resumed run requests the same.
    """
    if dataset.monthly_lookback is None:
        return None
    if last and now.day > 1:
        attempted_at, outcome = last
        is_same_month = (attempted_at.year, attempted_at.month) == (now.year, now.month)
        if is_same_month and outcome in (COMPLETE, PARTIAL):
            return None
    return Window(midnight(now - dataset.monthly_lookback), now)


def update_dataset(
    dataset: Dataset, run_context: RunContext, report: Callable[[str], None]
) -> tuple[Extraction, Loaded, int]:
    """Fetch, store and load one dataset, and store the attempt. Returns also how many versions the table holds.

    `report` takes a sentence: how long it will take, where that is long, and the result at the end.
    """
    settings, now = run_context.settings, run_context.now
    with connect(settings.working_file) as connection:
        prepare(connection, datasets())
        last = last_attempt(connection, dataset)
        unfinished_run = run_context.unfinished_run(dataset, last, rejected_response_ids(connection, dataset))
        starts = archived_until(connection, dataset.archive) if dataset.archive and run_context.window else {}
        from_collector = (
            collected(dataset, settings, connection, now)
            if dataset.is_collected and settings.origin == "live"
            else None
        )
    client, names = run_context.client, symbols(dataset.provider.name)
    window = run_context.window or monthly_window(dataset, now, last)
    with FetchProgress(dataset, client.rate_limiter(dataset.provider), report).shown() as progress:
        try:
            extraction = from_collector or extract(
                dataset, settings, client, names, now, window, starts, unfinished_run, progress, run_context.defects
            )
        except Exception as error:
            extraction = _failed(Extraction(dataset, ()), error, "requesting", run_context)
        progress.loading()
        with connect(settings.working_file) as connection:
            loaded, extraction = _load(connection, extraction, run_context)
            run_context.record(extraction)
            record_attempt(connection, dataset, now, extraction.outcome, extraction.message)
            (stored,) = connection.execute(f"select count(*) from raw.{dataset.table}").fetchone() or (0,)
    if not extraction.skipped:
        report(f"{dataset.table}: {_in_words(extraction, loaded, progress)}")
    return extraction, loaded, stored


def _load(
    connection: duckdb.DuckDBPyConnection, extraction: Extraction, run_context: RunContext
) -> tuple[Loaded, Extraction]:
    """Load the responses of an extraction, and add rejected records and missing figures to its problems."""
    dataset = extraction.dataset
    try:
        loaded = load(connection, dataset, extraction.responses, run_context.settings.landing, run_context.defects)
        rejected = rejections(connection, extraction.accepted_ids)
        missing = missing_sentence(dataset, loaded.empty_responses)
        return loaded, extraction.after_load(loaded.rows_read, rejected.sentence, rejected.notices, missing)
    except Exception as error:
        return Loaded(0, 0, 0), _failed(extraction, error, "loading", run_context)


def _failed(extraction: Extraction, error: Exception, doing: str, run_context: RunContext) -> Extraction:
    """The result of a dataset on which our own code failed. Raises what would fail for every other dataset, too."""
    if ends_the_run(error):
        raise error
    dataset = extraction.dataset
    sentence = run_context.defects.sentence(error, f"{dataset.provider.name} {dataset.name}: {doing}")
    return replace(extraction, problems=(*extraction.problems, sentence), has_good_response=False)


def _in_words(extraction: Extraction, loaded: Loaded, progress: FetchProgress) -> str:
    reused = f", {extraction.reused_count} responses reused" if extraction.reused_count else ""
    unsent = f", {extraction.unsent_count} subjects not requested" if extraction.unsent_count else ""
    return (
        f"{extraction.outcome}, {loaded.rows_new} new versions of {progress.summary(loaded.rows_read)}{reused}{unsent}"
    )


@dg.asset(
    key=["nyse", "sessions"],
    group_name="raw_calendar",
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
    rows = sessions(run_context.now)
    with run_context.step(), connect(run_context.settings.working_file) as connection:
        prepare(connection, datasets())
        replace_sessions(connection, rows)
    return dg.MaterializeResult(metadata={"dagster/row_count": len(rows)})


@dg.asset(
    key=["imports", "claims"],
    group_name="imports",
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
    file = run_context.settings.imports / FILE
    claims = parse_claims(file.read_bytes()) if file.is_file() else None
    message = summary(claims) if claims else None
    with run_context.step(), connect(run_context.settings.working_file) as connection:
        prepare(connection, datasets())
        replace_claims(connection, claims, run_context.now, message)
    if message:
        context.log.warning(message)
    account: dict[str, int | str] = {
        "dagster/row_count": len(claims.rows) if claims else 0,
        "rejected_records": len(claims.rejected) if claims else 0,
        "message": message or "",
    }
    if claims:
        account["outcome"] = outcome_of(claims)
    return dg.MaterializeResult(metadata=account)


def raw_assets() -> list[dg.AssetsDefinition]:
    with warnings.catch_warnings():
        # Dagster warns that backfill policies are "beta", once per asset and run.
        warnings.simplefilter("ignore", dg.BetaWarning)
        return [*(raw_asset(dataset) for dataset in datasets()), nyse_sessions, user_claims]


def _account(extraction: Extraction, loaded: Loaded, stored: int) -> dict[str, dg.MetadataValue | int | str]:
    return {
        "outcome": extraction.outcome,
        "message": extraction.message or "",
        "dagster/row_count": stored,
        "responses": len(extraction.responses),
        "responses_reused": extraction.reused_count,
        "rows_read": loaded.rows_read,
        "new_versions": loaded.rows_new,
        "rejected_records": loaded.rejected,
        "windows_without_rows": ", ".join(loaded.empty_responses),
    }
