"""Models run again on tampered rows: what a changed figure does to the tables that follow from it.

Here belongs what a test needs to rerun a few models without dbt. Not here: what any model should say.
"""

import duckdb

from tests.warehouse.conftest import Warehouse

PRICES = ("fct_price_versions", "fct_daily_venue_prices", "fct_daily_prices")
METRICS = ("fct_daily_metrics", "fct_daily_records")
CLAIMS = ("rpt_claim_interpretations", "rpt_claims")


def rerun(sample: Warehouse, tampered: duckdb.DuckDBPyConnection, *models: str) -> None:
    """Makes the tables of `models` anew, in the given order, from the SQL that dbt compiled for the sample."""
    for model in models:
        statement = sample.compiled[f"model.crypto_market.{model}"]
        schema = "warehouse.intermediate" if model.startswith("int_") else "release.marts"
        tampered.execute(f"create or replace table {schema}.{model} as {statement}")
