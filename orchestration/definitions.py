"""The one Dagster code location: raw assets, dbt's models, the checks, the published copy, jobs and schedules."""

import dagster as dg

from orchestration.defs.jobs import main_job, progress
from orchestration.defs.raw import raw_assets
from orchestration.defs.release import draft_checks, published
from orchestration.defs.surroundings import Surroundings
from orchestration.defs.transform import dbt_definitions, mart_keys

dbt_build = dbt_definitions()
marts = mart_keys()

defs = dg.Definitions(
    assets=[*raw_assets(), dbt_build, published(marts)],
    asset_checks=[draft_checks(marts)],
    jobs=[main_job],
    loggers={"console": progress},
    resources={"surroundings": Surroundings()},
    executor=dg.in_process_executor,
)
