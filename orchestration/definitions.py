"""The one Dagster code location: raw assets, dbt's models, the checks, the published copy, jobs and schedules."""

import dagster as dg

from orchestration.defs.assets import raw_assets
from orchestration.defs.dbt import dbt_definitions, mart_keys
from orchestration.defs.jobs import JOBS, SCHEDULES, backfill, progress
from orchestration.defs.release import draft_checks, published
from orchestration.defs.resources import RunContext
from orchestration.defs.sensors import run_failure_alert

dbt_build = dbt_definitions()
marts = mart_keys()

defs = dg.Definitions(
    assets=[*raw_assets(), dbt_build, published(marts)],
    asset_checks=[draft_checks(marts)],
    jobs=[*JOBS.values(), backfill],
    schedules=SCHEDULES,
    sensors=[run_failure_alert],
    loggers={"console": progress},
    resources={"run_context": RunContext()},
    executor=dg.in_process_executor,
)
