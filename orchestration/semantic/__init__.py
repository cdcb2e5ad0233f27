"""The semantic layer: every metric of the one list, requested by name, dimensions and grain, without SQL.

Belongs here: the semantic models and metrics in dbt's form, made from the list (`model`), and requests by MetricFlow on
a release (`query`). Not here: what a metric means (`dbt_project/seeds/metrics.csv`), which figures exist
(`daily_figures` in `dbt_project.yml`), and how a figure is computed (the marts).
"""
