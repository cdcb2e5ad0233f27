"""Models run again on tampered rows: what a changed figure does to the tables that follow from it.

Here belongs what a test needs to rerun a few models without dbt. Not here: what any model should say.
"""

import duckdb

from tests.warehouse.conftest import Warehouse

PRICES = ("fct_price_versions", "fct_daily_venue_prices", "fct_daily_prices")
OF_ALL_DAYS = ("int_series_months", "int_unfollowed_days", "int_widest_scopes", "int_report_starts", "int_report_ends")
"""The small tables in which a question about all days is answered."""
METRICS = ("fct_daily_metrics", *OF_ALL_DAYS, "fct_daily_records")
CLAIMS = ("int_moment_months", "int_claim_moments", "int_claim_days", "rpt_claim_interpretations", "rpt_claims")


def rerun(sample: Warehouse, tampered: duckdb.DuckDBPyConnection, *models: str) -> None:
    """Makes the tables of `models` anew, in the given order, from the SQL that dbt compiled for the sample."""
    for model in models:
        statement = sample.compiled[f"model.crypto_market.{model}"]
        schema = "warehouse.intermediate" if model.startswith("int_") else "release.marts"
        tampered.execute(f"create or replace table {schema}.{model} as {statement}")
