"""The last two steps: check the draft, then publish it. A draft that a critical check blocks is not published."""

from collections.abc import Iterator
from contextlib import closing

import dagster as dg

from data_checks.docs import write_page
from data_checks.results import CheckResult, Report
from data_checks.suites.catalogue import ALL_CHECKS
from orchestration.build.marts import snapshot_of_build
from orchestration.defs.cadence import OWNERS, freshness
from orchestration.defs.resources import RunContext
from orchestration.live_display import line
from orchestration.release.evidence import with_stored_responses
from orchestration.release.judging import judge
from orchestration.release.open import open_published
from orchestration.release.publish import publish
from orchestration.report.brief import read_brief
from orchestration.report.brief_text import markdown
from orchestration.settings import Settings, version

SEVERITY = {
    "critical": dg.AssetCheckSeverity.ERROR,
    "withhold": dg.AssetCheckSeverity.WARN,
    "warning": dg.AssetCheckSeverity.WARN,
}


def draft_checks(marts: dict[str, dg.AssetKey]) -> dg.AssetChecksDefinition:
    """The data checks on the draft. Critical ones block `published/crypto_market`, the others are warnings."""
    specs = [
        dg.AssetCheckSpec(
            check.name, asset=marts[check.table], description=check.reason, blocking=check.severity == "critical"
        )
        for check in ALL_CHECKS
    ]

    @dg.multi_asset_check(name="data_checks", specs=specs)
    def data_checks(context: dg.AssetCheckExecutionContext, run_context: RunContext) -> Iterator[dg.AssetCheckResult]:
        settings = run_context.settings
        with run_context.step(), line("data checks"):
            report = judge(settings.release_draft, settings.published, run_context.release_instant)
        report = with_stored_responses(report, settings.working_file)
        write_page(report, settings.check_report.parent)
        settings.check_report.write_text(report.to_json(), encoding="utf-8")
        context.log.info(
            f"{len(report.results)} data checks: {len(report.blocking)} block, {len(report.warnings)} warn"
        )
        for result in report.results:
            yield _outcome(result, marts[result.table], settings)

    return data_checks


def published(marts: dict[str, dg.AssetKey]) -> dg.AssetsDefinition:
    """The published copy: the marts alone, in one file, as Parquet, with a manifest."""

    @dg.asset(
        key=["published", "crypto_market"],
        deps=list(marts.values()),
        group_name="published",
        description="The copy that SQL users and BI tools open: a release, replaced in one step after the checks.",
        kinds={"duckdb", "parquet"},
        owners=OWNERS,
        freshness_policy=freshness(),
    )
    def crypto_market(context: dg.AssetExecutionContext, run_context: RunContext) -> dg.MaterializeResult:
        settings = run_context.settings
        with run_context.step(), line("publish"):
            warnings = [result.name for result in _passing_report(settings).warnings]
            release = publish(
                settings.release_draft,
                settings.published,
                run_context.release_instant,
                version(),
                settings.origin or "live",
                warnings,
                snapshot_of_build(settings),
            )
            if settings.lake:
                from orchestration.lake.release import share

                if not share(settings.lake, settings.published / "releases" / release.version):
                    context.log.warning(f"the lake points to a newer release than {release.version}: it stays so")
        context.log.info(f"published {release.version}: {len(release.tables)} tables")
        return dg.MaterializeResult(
            metadata={
                "version": release.version,
                "dagster/row_count": sum(table.row_count for table in release.tables),
                "file": dg.MetadataValue.path(str((settings.published / "crypto_market.duckdb").absolute())),
                "brief": dg.MetadataValue.md(_brief(settings)),
            }
        )

    return crypto_market


def _brief(settings: Settings) -> str:
    """The brief of the newest day as Markdown, for the UI."""
    with closing(open_published(settings.published)) as connection:
        brief = read_brief(connection)
    return markdown(brief) if brief else "There is no brief yet."


def _outcome(result: CheckResult, asset_key: dg.AssetKey, settings: Settings) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(
        asset_key=asset_key,
        check_name=result.name,
        passed=result.success,
        severity=SEVERITY[result.severity],
        description=result.reason,
        metadata={
            "observed": result.observed,
            "unexpected_count": result.unexpected_count,
            "examples": dg.MetadataValue.json(result.examples),
            "error": result.error or "",
            "next_step": result.next_step,
            "page": dg.MetadataValue.url(settings.result_page(result.name)),
            "page_file": dg.MetadataValue.path(str(settings.check_report.with_name("index.html").resolve())),
        },
    )


def _passing_report(settings: Settings) -> Report:
    """The report on the current draft. Materializing the published copy alone does not get around the checks."""
    draft, path = settings.release_draft, settings.check_report
    if not draft.exists():
        raise dg.Failure("there is no draft: build the marts first", allow_retries=False)
    if not path.exists() or path.stat().st_mtime_ns < draft.stat().st_mtime_ns:
        raise dg.Failure("the draft is not checked: run the data checks first", allow_retries=False)
    report = Report.from_json(path.read_text(encoding="utf-8"))
    if report.blocking:
        names = ", ".join(result.name for result in report.blocking)
        raise dg.Failure(f"blocked by {names}; the published version is unchanged", allow_retries=False)
    return report
