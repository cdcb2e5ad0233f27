"""Volume on an existing Spark cluster: the models that read events and hours, from the lake's Parquet files.

Belongs here: translating a model's SQL, handing its inputs over, running it. Not here: what a model means (that is its
SQL in `dbt_project`, written once, for DuckDB) and which models go to Spark (`meta: {volume: true}` in their config).
"""
