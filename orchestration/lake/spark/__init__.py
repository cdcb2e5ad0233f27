"""The SQL of the models that read events and hours on an existing Spark cluster, from Parquet files.

Belongs here: translating a model's SQL and running it there. Not here: what a model means (that is its SQL in
`dbt_project`, written once, for DuckDB). Builds do not use it yet; `bench/spark.py` compares both engines with it.
"""
