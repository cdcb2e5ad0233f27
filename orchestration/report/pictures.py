"""The brief's charts of an asset and of the whole market: which figures, in which drawing, under which title.

This module chooses the series, and the title, metrics and query of a chart; `charts` draws it, `series` holds the
queries.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING

from orchestration.report import charts, series
from orchestration.report.wording import day_text, title

if TYPE_CHECKING:
    import duckdb

DAYS_SHOWN = 100
FUNDS = "us_spot_etfs"
RECORD_FROM_DAYS = 30
"""What is nearer is no news, and a line back to it would only cover the price."""
DOLLARS, RATIO = "US dollars", "per cent"


@dataclass(frozen=True)
class Picture:
    """A chart as a Vega-Lite specification; `legend` names its marks, `unit` is that of its axis.

    `metrics` are those of its figures, `sql` is the query on the published file that yields them. `asset` is ALL for
    the whole market.
    """

    title: str
    spec: charts.Spec
    metrics: tuple[str, ...] = ()
    sql: str = ""
    legend: Mapping[str, charts.LegendMark] = field(default_factory=dict)
    unit: str = DOLLARS
    asset: str = "ALL"


def draw(connection: "duckdb.DuckDBPyConnection", day: date, assets: Sequence[str] = ("BTC", "ETH")) -> list[Picture]:
    """The charts of the days up to `day`, of the market and of each asset; a series without a figure is left out."""
    from altair.utils.schemapi import debug_mode

    span = series.Span(day - timedelta(days=DAYS_SHOWN), day)
    # Altair would validate every part of every chart as it is made, which takes longer than all else.
    with debug_mode(False):
        drawn = list(_market_caps(connection, span))
        for asset in assets:
            scopes = series.scopes_of(connection, asset, span)
            if scopes.price:
                drawn += _prices(connection, asset, scopes.price, span)
            drawn += _flows(connection, asset, span)
            if scopes.liquidations:
                drawn += _liquidations(connection, asset, scopes.liquidations, span)
            if scopes.derivatives:
                drawn += _leverage(connection, asset, scopes.derivatives, span)
    return drawn


def _prices(connection: "duckdb.DuckDBPyConnection", asset: str, venue: str, span: series.Span) -> Iterator[Picture]:
    days = series.price_days(connection, asset, venue, span)
    if days:
        height = series.last_height(connection, asset, venue, span)
        record = None
        if height and (height.day - height.since).days >= RECORD_FROM_DAYS:
            label = f"close: highest since {day_text(height.since)}"
            record = charts.Since(height.since, height.day, height.value_usd, label)
        yield Picture(
            f"{asset}: price on {title(venue)}",
            charts.price_chart(days, record),
            ("price_usd",),
            series.as_sql(series.PRICES, span, asset=asset, scope=venue),
            charts.PRICE_LEGEND,
            asset=asset,
        )


def _flows(connection: "duckdb.DuckDBPyConnection", asset: str, span: series.Span) -> Iterator[Picture]:
    days = series.flow_days(connection, asset, FUNDS, span)
    if days:
        yield Picture(
            f"{asset}: net flow of the US spot ETFs per session",
            charts.flow_chart(days),
            ("etf_net_flow_usd", "etf_cumulative_net_flow_usd"),
            series.as_sql(series.FLOWS, span, asset=asset, scope=FUNDS),
            charts.FLOW_LEGEND,
            asset=asset,
        )


def _liquidations(
    connection: "duckdb.DuckDBPyConnection", asset: str, scope: str, span: series.Span
) -> Iterator[Picture]:
    days = series.liquidation_days(connection, asset, scope, span)
    sql = series.as_sql(series.LIQUIDATIONS, span, asset=asset, scope=scope)
    if days:
        yield Picture(
            f"{asset}: liquidations, {title(scope)}",
            charts.liquidation_chart(days),
            ("short_liquidations_usd", "long_liquidations_usd"),
            sql,
            charts.LIQUIDATION_LEGEND,
            asset=asset,
        )
    if any(day.long_share_ratio is not None for day in days):
        yield Picture(
            f"{asset}: the longs' share of liquidations, {title(scope)}",
            charts.imbalance_chart(days),
            ("long_liquidation_share_ratio",),
            sql,
            charts.IMBALANCE_LEGEND,
            RATIO,
            asset,
        )


def _leverage(connection: "duckdb.DuckDBPyConnection", asset: str, scope: str, span: series.Span) -> Iterator[Picture]:
    days = series.leverage_days(connection, asset, scope, span)
    if days:
        yield Picture(
            f"{asset}: open interest and funding, {title(scope)}",
            charts.leverage_chart(days),
            ("open_interest_usd", "funding_rate_ratio"),
            series.as_sql(series.LEVERAGE, span, asset=asset, scope=scope),
            charts.LEVERAGE_LEGEND,
            "US dollars above, per cent a year below",
            asset,
        )


def _market_caps(connection: "duckdb.DuckDBPyConnection", span: series.Span) -> Iterator[Picture]:
    points = series.market_cap_points(connection, span)
    if points:
        yield Picture(
            "Market capitalisation, every universe of coins a line of its own",
            charts.market_cap_chart(points),
            ("total_market_cap_usd", "ex_btc_market_cap_usd"),
            series.as_sql(series.MARKET_CAPS, span),
            charts.line_styles(points),
        )
