"""dbt's semantic models and metrics, made from the one list of metrics.

`python -m orchestration.semantic.model` (or `make docs`) writes `dbt_project/semantic/metrics.yml`; a test fails when
it is out of date. A metric of the semantic layer is one metric with one statistic and one window: `price_usd` is the
close, because the list has it as the default, `price_usd_high` the high, `long_liquidations_usd_rolling_24h` the 24
hours. What the funds report has metrics of its own (`etf_fund_net_flow_usd`), so that no query adds the funds to their
total.
"""

import csv
import sys
from dataclasses import dataclass
from functools import cache
from typing import Any

import yaml

from orchestration.project import DBT_PROJECT, SEEDS

FILE = DBT_PROJECT / "semantic" / "metrics.yml"
HEAD = """\
# Made from `daily_figures` in dbt_project.yml and from seeds/metrics.csv by `make docs`: change those.
# A semantic metric is one metric, statistic and window on `fct_daily_metrics`. Group by `asset` and `scope`, or filter
# each to one: figures of several assets or scopes have no sum.
"""
ALL_FUNDS = "us_spot_etfs"
OVER_TIME = {
    "sum": ("summed", "the sum of its days"),
    "high": ("highest", "the highest of its days"),
    "low": ("lowest", "the lowest of its days"),
    "open": ("first_of_series", "that of its first day with a figure"),
    "close": ("last_of_series", "that of its last day with a figure"),
    "end": ("last_of_series", "that of its last day with a figure"),
    "snapshot": ("last_of_series", "that of its last day with a figure"),
    "mean": ("averaged", "the mean of its days"),
}
"""Of each statistic the measure that makes a longer period of days, and what it is then, in words."""
OF_ONE_DAY = ("change", "share")
"""Statistics that a longer period does not have, and neither do 24 hours that may overlap those of the day before."""
NO_LONGER_PERIOD = ("last_of_series", "none, request it by day")


@dataclass(frozen=True)
class SemanticMetric:
    """A metric of the semantic layer: `metric`, `statistic` and `time_window` are its key in `fct_daily_metrics`.

    `is_of_funds`: its scopes are the tickers of funds, which add up to an issuer's. `default_scope` is None then.
    """

    name: str
    metric: str
    statistic: str
    time_window: str
    title: str
    unit: str
    definition: str
    default_asset: str
    default_scope: str | None
    is_of_funds: bool

    @property
    def is_of_one_day(self) -> bool:
        """Whether a period longer than a day has none."""
        return self.statistic in OF_ONE_DAY or self.time_window == "rolling_24h"


@cache
def semantic_metrics() -> tuple[SemanticMetric, ...]:
    """Every metric, in the order of the list of figures."""
    settings = yaml.safe_load((DBT_PROJECT / "dbt_project.yml").read_text(encoding="utf-8"))
    with (SEEDS / "metrics.csv").open(encoding="utf-8", newline="") as file:
        described = {row["metric"]: row for row in csv.DictReader(file)}
    found: dict[str, SemanticMetric] = {}
    for group in settings["vars"]["daily_figures"]:
        for metric, statistic, _ in group["figures"]:
            made = _metric(described[metric], group["time_window"], statistic, group["scope"] == "fund_ticker")
            found.setdefault(made.name, made)
    return tuple(found.values())


def _metric(row: dict[str, str], time_window: str, statistic: str, is_of_funds: bool) -> SemanticMetric:
    name = row["metric"].replace("etf_", "etf_fund_", 1) if is_of_funds else row["metric"]
    name += "" if statistic == row["default_statistic"] else f"_{statistic}"
    # `rolling_24h` says more than the `snapshot` at its end, `utc_day` bars more than their instants.
    name += "" if time_window == row["default_time_window"] else f"_{time_window}"
    return SemanticMetric(
        name=name,
        metric=row["metric"],
        statistic=statistic,
        time_window=time_window,
        title=f"{row['title']}{' of funds' * is_of_funds}, {row['unit']}, {statistic}, {time_window}",
        unit=row["unit"],
        definition=row["definition"],
        default_asset=row["default_asset"],
        default_scope=None if is_of_funds else row["default_scope"],
        is_of_funds=is_of_funds,
    )


def semantic_models() -> list[dict[str, Any]]:
    """The semantic models, as dbt's YAML has them."""
    daily = {
        "name": "daily_metrics",
        "description": "The figures of days, sessions and snapshots, one row per figure.",
        "model": "ref('fct_daily_metrics')",
        "defaults": {"agg_time_dimension": "trade_date"},
        "primary_entity": "figure",
        "entities": [
            {"name": "asset", "type": "foreign"},
            {"name": "scope", "type": "foreign"},
            {"name": "fund", "type": "foreign", "expr": "asset || ' ' || scope"},
        ],
        "dimensions": [
            {"name": "trade_date", "type": "time", "type_params": {"time_granularity": "day"}},
            *({"name": name, "type": "categorical"} for name in ("metric", "statistic", "time_window", "source")),
        ],
        "measures": _measures(),
    }
    funds = {
        "name": "etf_funds",
        "description": "The funds and their issuers.",
        "model": "ref('dim_etf_funds')",
        "entities": [{"name": "fund", "type": "primary", "expr": "asset || ' ' || fund_ticker"}],
        "dimensions": [
            {"name": "ticker", "type": "categorical", "expr": "fund_ticker"},
            {"name": "issuer", "type": "categorical"},
        ],
    }
    return [daily, funds]


def _measures() -> list[dict[str, Any]]:
    """How the days of a longer period become one figure, and what is known of the figures."""
    measures: list[dict[str, Any]] = [
        {"name": "summed", "agg": "sum", "expr": "value"},
        {"name": "averaged", "agg": "average", "expr": "value"},
        {"name": "highest", "agg": "max", "expr": "value"},
        {"name": "lowest", "agg": "min", "expr": "value"},
    ]
    for name, choice in (("first_of_series", "min"), ("last_of_series", "max")):
        of_series = {"name": "trade_date", "window_choice": choice, "window_groupings": ["asset", "scope"]}
        measures.append({"name": name, "agg": "sum", "expr": "value", "non_additive_dimension": of_series})
    measures += [
        {"name": "newest_observed_at", "agg": "max", "expr": "observed_at"},
        {"name": "pending_figures", "agg": "sum", "expr": "case when is_final then 0 else 1 end"},
    ]
    return measures


def metric_definitions() -> list[dict[str, Any]]:
    """The metrics, as dbt's YAML has them."""
    return [_definition(one) for one in semantic_metrics()] + [
        {
            "name": name,
            "label": label,
            "description": "Of figures of any metric: filter figure__metric.",
            "type": "simple",
            "type_params": {"measure": {"name": name}},
        }
        for name, label in (
            ("newest_observed_at", "When the newest figure was observed"),
            ("pending_figures", "Figures that are not final yet"),
        )
    ]


def _definition(one: SemanticMetric) -> dict[str, Any]:
    measure, words = over_time(one)
    grouping = "Funds add up, to an issuer's too." if one.is_of_funds else "Group by scope, or filter it to one."
    return {
        "name": one.name,
        "label": one.title,
        "description": f"{one.definition} Unit: {one.unit}. Of a period longer than a day: {words}. {grouping}",
        "type": "simple",
        "type_params": {"measure": {"name": measure}},
        "filter": metric_filter(one),
    }


def over_time(one: SemanticMetric) -> tuple[str, str]:
    """The measure that makes a longer period of a metric's days, and what it is then, in words."""
    return NO_LONGER_PERIOD if one.is_of_one_day else OVER_TIME[one.statistic]


def metric_filter(one: SemanticMetric) -> str:
    """The rows of `fct_daily_metrics` that are a metric's figures, as MetricFlow's filters are written."""
    key = {"metric": one.metric, "statistic": one.statistic, "time_window": one.time_window}
    parts = [f"{{{{ Dimension('figure__{name}') }}}} = '{value}'" for name, value in key.items()]
    if one.metric.startswith("etf_"):
        parts.append(f"{{{{ Entity('scope') }}}} {'<>' if one.is_of_funds else '='} '{ALL_FUNDS}'")
    return " and ".join(parts)


def written() -> str:
    """The file as it should be."""
    project = {"version": 2, "semantic_models": semantic_models(), "metrics": metric_definitions()}
    text: str = yaml.safe_dump(project, sort_keys=False, allow_unicode=True, width=118)
    return HEAD + text


def main() -> int:
    """Write the file. Status 0; it is only touched when something changed."""
    before = FILE.read_text(encoding="utf-8") if FILE.exists() else ""
    if written() != before:
        FILE.write_text(written(), encoding="utf-8")
        print(f"wrote {FILE.relative_to(DBT_PROJECT.parent)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
