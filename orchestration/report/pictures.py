"""The brief's charts of one asset and of the whole market: which figures, in which drawing, under which title.

This module chooses the series, and the title, metrics and query of a chart; `charts` draws it, `series` holds the
queries.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING

from orchestration.report import charts, series
from orchestration.report.axes import SIZES, Size
from orchestration.report.wording import day_text

if TYPE_CHECKING:
    import duckdb

DAYS_SHOWN = 90
VENUE, FUNDS = "binance", "us_spot_etfs"
"""The venue and the funds of an asset's charts; the titles name them."""
RECORD_FROM_DAYS = 7
"""A line back to a day that is nearer would only cover the price."""


@dataclass(frozen=True)
class Picture:
    """A chart drawn in every size ({size: SVG}). `legend` names its lines where the title doesn't.

    `metrics` are those of its figures, `sql` is the query on the published file that yields them.
    """

    title: str
    sizes: Mapping[str, str]
    metrics: tuple[str, ...] = ()
    sql: str = ""
    legend: Mapping[str, charts.LineStyle] = field(default_factory=dict)


def draw(connection: "duckdb.DuckDBPyConnection", day: date, asset: str = "BTC") -> list[Picture]:
    """The charts of the days up to `day`. A series without a figure is left out."""
    span = series.Span(day - timedelta(days=DAYS_SHOWN), day)
    return [
        *_prices(connection, asset, span),
        *_flows(connection, asset, span),
        *_liquidations(connection, asset, span),
        *_market_caps(connection, span),
    ]


def _prices(connection: "duckdb.DuckDBPyConnection", asset: str, span: series.Span) -> Iterator[Picture]:
    days = series.price_days(connection, asset, VENUE, span)
    if days:
        height = series.last_height(connection, asset, VENUE, span)
        record = None
        if height and (height.day - height.since).days >= RECORD_FROM_DAYS:
            label = f"close: highest since {day_text(height.since)}"
            record = charts.Since(height.since, height.day, height.value_usd, label)
        yield Picture(
            f"{asset}: daily close, high and low, Binance",
            _in_sizes(lambda size: charts.price_chart(days, record, size)),
            ("price_usd",),
            series.as_sql(series.PRICES, span, asset=asset, scope=VENUE),
        )


def _flows(connection: "duckdb.DuckDBPyConnection", asset: str, span: series.Span) -> Iterator[Picture]:
    days = series.flow_days(connection, asset, FUNDS, span)
    if days:
        yield Picture(
            f"{asset}: US spot ETF net flow per session, and their sum since launch",
            _in_sizes(lambda size: charts.flow_chart(days, size)),
            ("etf_net_flow_usd", "etf_cumulative_net_flow_usd"),
            series.as_sql(series.FLOWS, span, asset=asset, scope=FUNDS),
        )


def _liquidations(connection: "duckdb.DuckDBPyConnection", asset: str, span: series.Span) -> Iterator[Picture]:
    days = series.liquidation_days(connection, asset, VENUE, span)
    sql = series.as_sql(series.LIQUIDATIONS, span, asset=asset, scope=VENUE)
    if days:
        yield Picture(
            f"{asset}: liquidated shorts above, longs below, Binance",
            _in_sizes(lambda size: charts.liquidation_chart(days, size)),
            ("short_liquidations_usd", "long_liquidations_usd"),
            sql,
        )
    if any(day.long_share_ratio is not None for day in days):
        yield Picture(
            f"{asset}: imbalance, the longs' share of liquidations, Binance",
            _in_sizes(lambda size: charts.imbalance_chart(days, size)),
            ("long_liquidation_share_ratio",),
            sql,
        )


def _market_caps(connection: "duckdb.DuckDBPyConnection", span: series.Span) -> Iterator[Picture]:
    points = series.market_cap_points(connection, span)
    if points:
        yield Picture(
            "Market capitalisation by scope",
            _in_sizes(lambda size: charts.market_cap_chart(points, size)),
            ("total_market_cap_usd", "ex_btc_market_cap_usd"),
            series.as_sql(series.MARKET_CAPS, span),
            charts.line_styles(points),
        )


def _in_sizes(chart: Callable[[Size], str]) -> dict[str, str]:
    return {size.name: chart(size) for size in SIZES}
