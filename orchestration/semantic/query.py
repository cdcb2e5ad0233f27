"""Requests for metrics by name, dimensions and grain: MetricFlow writes the SQL, the release runs it.

MetricFlow gets the semantic models in memory, so nothing is parsed by dbt and nothing but the release is read. Every
result has the definition of its metrics, the sources of its figures, when the newest was observed, and the SQL.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from difflib import get_close_matches
from functools import cache
from typing import TYPE_CHECKING, Any, Never

from orchestration.semantic.model import SemanticMetric, metric_definitions, metric_filter, semantic_metrics
from orchestration.semantic.model import semantic_models as models

if TYPE_CHECKING:
    import duckdb
    from metricflow.engine.metricflow_engine import MetricFlowEngine
    from metricflow.protocols.sql_client import SqlEngine
    from metricflow.sql.render.sql_plan_renderer import SqlPlanRenderer
    from metricflow_semantic_interfaces.implementations.semantic_manifest import PydanticSemanticManifest

DIMENSIONS = {
    "asset": "asset",
    "scope": "scope",
    "source": "figure__source",
    "issuer": "fund__issuer",
    "fund": "fund__ticker",
}
"""What figures are grouped and filtered by: the name here, and MetricFlow's."""
FILTERS = {
    "asset": "{{ Entity('asset') }}",
    "scope": "{{ Entity('scope') }}",
    "source": "{{ Dimension('figure__source') }}",
    "issuer": "{{ Dimension('fund__issuer') }}",
    "fund": "{{ Dimension('fund__ticker') }}",
}
OF_FUNDS = frozenset({"issuer", "fund"})
GRAINS = ("day", "week", "month", "quarter", "year")
"""Weeks begin on Monday, as in ISO 8601; a period is named by its first day."""
REF = re.compile(r"ref\('(\w+)'\)")


class InvalidRequest(Exception):
    """A request that no figure fits; the message says why and what to write."""


@dataclass(frozen=True)
class MetricRequest:
    """Metrics by dimensions (`asset`, `scope`, `source`, `issuer`, `fund`) and at most one grain (`day` to `year`).

    `only` holds the wanted values of dimensions. `first` and `last` are UTC days or sessions, both included.
    """

    metrics: tuple[str, ...]
    by: tuple[str, ...] = ()
    only: Mapping[str, Sequence[str]] = field(default_factory=dict)
    first: date | None = None
    last: date | None = None


@dataclass(frozen=True)
class Provenance:
    """Where the figures of one metric in a result come from. `newest_observed_at` is naive UTC."""

    metric: str
    definition: str
    unit: str
    sources: tuple[str, ...]
    newest_observed_at: datetime | None
    pending_figures_count: int


@dataclass(frozen=True)
class MetricResult:
    """The rows of a request. `defaults` are the values that the request left open, by dimension."""

    columns: list[str]
    rows: list[tuple[Any, ...]]
    defaults: Mapping[str, str]
    provenance: tuple[Provenance, ...]
    sql: str


@dataclass(frozen=True)
class _Plan:
    metrics: tuple[SemanticMetric, ...]
    by: tuple[str, ...]
    only: Mapping[str, Sequence[str]]
    defaults: Mapping[str, str]
    request: MetricRequest


def query_metrics(connection: "duckdb.DuckDBPyConnection", request: MetricRequest) -> MetricResult:
    """The figures that a request describes, from an open release, ordered by grain and dimensions.

    An asset or scope that the request neither groups by nor names is the metric's default. Raises InvalidRequest.
    """
    plan = _plan(request)
    sql = _sql(plan, [one.name for one in plan.metrics], plan.by, [])
    result = connection.execute(sql)
    columns = [column[0] for column in result.description or []]
    rows = result.fetchall()
    provenance = tuple(_provenance(connection, plan, metric) for metric in plan.metrics)
    return MetricResult(columns, rows, plan.defaults, provenance, sql)


def _plan(request: MetricRequest) -> _Plan:
    names = [*request.by, *request.only]
    unknown = [name for name in names if name not in DIMENSIONS and not (name in request.by and name in GRAINS)]
    if unknown:
        raise InvalidRequest(
            f"there is no dimension {unknown[0]}: there are {', '.join(DIMENSIONS)}, and the grains {', '.join(GRAINS)}"
        )
    grains = [name for name in request.by if name in GRAINS]
    if len(grains) > 1:
        raise InvalidRequest(f"a request has one grain, this one has {' and '.join(grains)}: leave one out")
    if not request.metrics:
        raise InvalidRequest("the request names no metric: `warehouse metrics list` lists them")
    of_funds = not OF_FUNDS.isdisjoint(names)
    metrics = tuple(_metric(name, of_funds) for name in request.metrics)
    for metric in metrics:
        _check(metric, of_funds, grains)
    by, only, defaults = _series(metrics, request)
    return _Plan(metrics, by, only, defaults, request)


def _metric(name: str, of_funds: bool) -> SemanticMetric:
    """The metric of a name, which may lack its unit; of the funds where the request is about them."""
    known = {one.name: one for one in semantic_metrics()}
    full = [one for one in known if one == name or one == f"{name}_{known[one].unit}"]
    if len(full) != 1:
        near = full or get_close_matches(name, known, n=3)
        hint = f"did you mean {' or '.join(near)}? " if near else ""
        raise InvalidRequest(f"there is no metric {name}: {hint}`warehouse metrics list` lists them")
    if of_funds:
        return known.get(full[0].replace("etf_", "etf_fund_", 1), known[full[0]])
    return known[full[0]]


def _check(metric: SemanticMetric, of_funds: bool, grains: Sequence[str]) -> None:
    if of_funds and not metric.is_of_funds:
        raise InvalidRequest(f"{metric.name} has no issuer and no fund: group by asset, scope or source")
    if metric.is_of_one_day and grains != ["day"]:
        raise InvalidRequest(f"{metric.name} is of one day and has no longer period: add `day` to what you group by")


def _series(
    metrics: Sequence[SemanticMetric], request: MetricRequest
) -> tuple[tuple[str, ...], dict[str, Sequence[str]], dict[str, str]]:
    """What is grouped by and filtered, so that figures of several assets or scopes are never added; the defaults."""
    by, only, defaults = list(request.by), dict(request.only), {}
    for dimension in ("asset", "scope"):
        wanted = only.get(dimension, ())
        is_open = dimension not in by and not wanted
        if len(wanted) > 1 and dimension not in by:
            by.append(dimension)
        values = {one.default_asset if dimension == "asset" else one.default_scope for one in metrics} - {None}
        if is_open and len(values) > 1:
            raise InvalidRequest(
                f"these metrics differ in their default {dimension}: name one, or group by {dimension}"
            )
        if is_open and values:
            defaults[dimension] = str(values.pop())
    return tuple(by), only | {name: [value] for name, value in defaults.items()}, defaults


def _sql(plan: _Plan, metrics: Sequence[str], by: Sequence[str], conditions: Sequence[str]) -> str:
    """MetricFlow's SQL, with the names of the request for its columns."""
    from metricflow.engine.metricflow_engine import MetricFlowQueryRequest

    request = plan.request
    columns = {name: f"metric_time__{name}" if name in GRAINS else DIMENSIONS[name] for name in by}
    explained = _engine().explain(
        MetricFlowQueryRequest.create(
            metric_names=list(metrics),
            group_by_names=list(columns.values()),
            where_constraints=[*(_filter(*one) for one in plan.only.items()), *conditions, *_days(request)],
        )
    )
    selected = [
        f"cast({column} as date) as {name}" if name in GRAINS else f"{column} as {name}"
        for name, column in columns.items()
    ]
    order = [str(number) for number in range(1, len(columns) + 1)]
    return (
        f"select {', '.join([*selected, *metrics])}\nfrom (\n{explained.sql_statement.sql.rstrip()}\n) as figures"
        + (f"\norder by {', '.join(order)}" if order else "")
    )


def _filter(dimension: str, values: Sequence[str]) -> str:
    for value in values:
        if re.search(r"[{}%\\]", value):
            raise InvalidRequest(f"a value of {dimension} can't contain braces, percent signs or backslashes: {value}")
    quoted = ", ".join("'" + value.replace("'", "''") + "'" for value in values)
    return f"{FILTERS[dimension]} in ({quoted})"


def _days(request: MetricRequest) -> list[str]:
    bounds = ((">=", request.first), ("<=", request.last))
    return [f"{{{{ TimeDimension('metric_time', 'day') }}}} {sign} '{day}'" for sign, day in bounds if day]


def _provenance(connection: "duckdb.DuckDBPyConnection", plan: _Plan, metric: SemanticMetric) -> Provenance:
    sql = _sql(plan, ["newest_observed_at", "pending_figures"], ["source"], [metric_filter(metric)])
    found = connection.execute(sql).fetchall()
    return Provenance(
        metric=metric.name,
        definition=f"{metric.title}: {metric.definition}",
        unit=metric.unit,
        sources=tuple(source for source, _, _ in found),
        newest_observed_at=max((observed for _, observed, _ in found), default=None),
        pending_figures_count=int(sum(pending for _, _, pending in found)),
    )


@cache
def _engine() -> "MetricFlowEngine":
    from metricflow.engine.metricflow_engine import MetricFlowEngine
    from metricflow_semantics.model.semantic_manifest_lookup import SemanticManifestLookup

    return MetricFlowEngine(SemanticManifestLookup(semantic_manifest()), _Dialect())


def semantic_manifest() -> "PydanticSemanticManifest":
    """The semantic models and metrics as MetricFlow has them, with the published tables for dbt's models."""
    from metricflow_semantic_interfaces.implementations.semantic_manifest import PydanticSemanticManifest
    from metricflow_semantic_interfaces.transformations.semantic_manifest_transformer import (
        PydanticSemanticManifestTransformer,
    )

    manifest = PydanticSemanticManifest.parse_obj(
        {
            "semantic_models": [_on_published_tables(one) for one in models()],
            "metrics": metric_definitions(),
            "project_configuration": {
                "time_spines": [
                    {
                        "node_relation": {"alias": "dim_dates", "schema_name": "marts"},
                        "primary_column": {"name": "date", "time_granularity": "day"},
                    }
                ]
            },
        }
    )
    return PydanticSemanticManifestTransformer.transform(manifest)


def _on_published_tables(model: Mapping[str, Any]) -> dict[str, Any]:
    found = REF.fullmatch(model["model"])
    assert found is not None
    others = {name: value for name, value in model.items() if name != "model"}
    return others | {"node_relation": {"alias": found[1], "schema_name": "marts"}}


class _Dialect:
    """DuckDB's SQL for MetricFlow, which writes it here and runs nothing."""

    @property
    def sql_engine_type(self) -> "SqlEngine":
        from metricflow.protocols.sql_client import SqlEngine

        return SqlEngine.DUCKDB

    @property
    def sql_plan_renderer(self) -> "SqlPlanRenderer":
        from metricflow.sql.render.duckdb_renderer import DuckDbSqlPlanRenderer

        return DuckDbSqlPlanRenderer()

    def render_bind_parameter_key(self, bind_parameter_key: str) -> str:
        return f"${bind_parameter_key}"

    def query(self, *_: object) -> Never:
        raise NotImplementedError("the release runs the SQL, not MetricFlow")

    execute = dry_run = query

    def close(self) -> None:
        return
