"""The series behind the brief's charts, read from `fct_daily_metrics` of a published file.

Belongs here: one query per chart, and its rows as typed records, oldest first. A day without a figure is absent.
"""

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from orchestration.report.wording import title

if TYPE_CHECKING:
    import duckdb


@dataclass(frozen=True)
class PriceDay:
    """A UTC day of one venue's spot price, US dollars."""

    day: date
    high_usd: float
    low_usd: float
    close_usd: float
    is_final: bool


@dataclass(frozen=True)
class FlowDay:
    """A NYSE session: creations less redemptions of all spot funds, and their sum since launch, US dollars."""

    day: date
    net_flow_usd: float
    cumulative_usd: float | None
    is_final: bool


@dataclass(frozen=True)
class LiquidationDay:
    """A UTC day: positions closed by force, US dollars; `long_share_ratio` is long / (long + short)."""

    day: date
    long_usd: float
    short_usd: float
    long_share_ratio: float | None
    is_final: bool


@dataclass(frozen=True)
class CapPoint:
    """A market capitalisation in US dollars. `scope` is the universe of coins, `measure` 'total' or 'ex_btc'."""

    day: date
    scope: str
    measure: str
    value_usd: float
    is_final: bool

    @property
    def line(self) -> str:
        """The name of the line it belongs to: one per scope and measure."""
        return f"{title(self.scope)}, {'all coins' if self.measure == 'total' else 'without Bitcoin'}"


@dataclass(frozen=True)
class LeverageDay:
    """A UTC day: open positions at its end in US dollars, and what longs paid, as a fraction of a year."""

    day: date
    open_interest_usd: float | None
    funding_annual_ratio: float | None
    is_final: bool


@dataclass(frozen=True)
class Scopes:
    """Where an asset's figures of a day are measured; None for what it has none of."""

    price: str | None
    liquidations: str | None
    derivatives: str | None


@dataclass(frozen=True)
class Height:
    """A close, US dollars, and the last earlier day that closed at least as high."""

    since: date
    day: date
    value_usd: float


@dataclass(frozen=True)
class Span:
    """The days a chart shows, both ends included."""

    first: date
    last: date


PRICES = """
select trade_date, max(value) filter (statistic = 'high') as high, max(value) filter (statistic = 'low') as low,
    max(value) filter (statistic = 'close') as close, bool_and(is_final)
from marts.fct_daily_metrics
where metric = 'price_usd' and time_window = 'utc_day' and asset = $asset and scope = $scope
    and trade_date between $first and $last
group by trade_date having high is not null and low is not null and close is not null order by trade_date
"""
FLOWS = """
select trade_date, max(value) filter (metric = 'etf_net_flow_usd') as flow,
    max(value) filter (metric = 'etf_cumulative_net_flow_usd') as cumulative,
    bool_and(is_final) filter (metric = 'etf_net_flow_usd')
from marts.fct_daily_metrics
where metric in ('etf_net_flow_usd', 'etf_cumulative_net_flow_usd') and time_window = 'nyse_session'
    and asset = $asset and scope = $scope and trade_date between $first and $last
group by trade_date having flow is not null order by trade_date
"""
LIQUIDATIONS = """
select trade_date, max(value) filter (metric = 'long_liquidations_usd') as longs,
    max(value) filter (metric = 'short_liquidations_usd') as shorts,
    max(value) filter (metric = 'long_liquidation_share_ratio') as share, bool_and(is_final)
from marts.fct_daily_metrics
where metric in ('long_liquidations_usd', 'short_liquidations_usd', 'long_liquidation_share_ratio')
    and time_window = 'utc_day' and asset = $asset and scope = $scope and trade_date between $first and $last
group by trade_date having longs is not null and shorts is not null order by trade_date
"""
LEVERAGE = """
select trade_date, open_interest_usd::double, funding_rate_annual_ratio, is_final from marts.fct_daily_derivatives
where asset = $asset and scope = $scope and trade_date between $first and $last
    and coalesce(open_interest_usd, funding_rate_annual_ratio) is not null order by trade_date
"""
SCOPES = """
select max_by(price_source, trade_date), max_by(liquidation_scope, trade_date), max_by(derivatives_scope, trade_date)
from marts.fct_daily_market where asset = $asset and trade_date between $first and $last
"""
HEIGHT = """
select highest_since_date, trade_date, value from marts.fct_daily_records
where metric = 'price_usd' and statistic = 'close' and time_window = 'utc_day' and asset = $asset and scope = $scope
    and trade_date = $last and highest_since_date >= $first
"""
MARKET_CAPS = """
select trade_date, scope, case metric when 'total_market_cap_usd' then 'total' else 'ex_btc' end as measure,
    value, is_final
from marts.fct_daily_metrics
where metric in ('total_market_cap_usd', 'ex_btc_market_cap_usd') and statistic in ('snapshot', 'close')
    and time_window in ('instant', 'utc_day') and trade_date between $first and $last
order by measure desc, scope, trade_date
"""


def price_days(connection: "duckdb.DuckDBPyConnection", asset: str, scope: str, span: Span) -> list[PriceDay]:
    """High, low and close of one venue."""
    return [PriceDay(*row) for row in _rows(connection, PRICES, span, asset=asset, scope=scope)]


def last_height(connection: "duckdb.DuckDBPyConnection", asset: str, scope: str, span: Span) -> Height | None:
    """The close of the last day and since when it was not as high; None for a record and for days before the span."""
    found = _rows(connection, HEIGHT, span, asset=asset, scope=scope)
    return Height(*found[0]) if found else None


def flow_days(connection: "duckdb.DuckDBPyConnection", asset: str, scope: str, span: Span) -> list[FlowDay]:
    """Sessions whose flow is known; the cumulative flow is null where an earlier session is missing."""
    return [FlowDay(*row) for row in _rows(connection, FLOWS, span, asset=asset, scope=scope)]


def liquidation_days(
    connection: "duckdb.DuckDBPyConnection", asset: str, scope: str, span: Span
) -> list[LiquidationDay]:
    """Days on which both sides are known."""
    return [LiquidationDay(*row) for row in _rows(connection, LIQUIDATIONS, span, asset=asset, scope=scope)]


def leverage_days(connection: "duckdb.DuckDBPyConnection", asset: str, scope: str, span: Span) -> list[LeverageDay]:
    """Days with open interest or funding."""
    return [LeverageDay(*row) for row in _rows(connection, LEVERAGE, span, asset=asset, scope=scope)]


def scopes_of(connection: "duckdb.DuckDBPyConnection", asset: str, span: Span) -> Scopes:
    """The scopes of the newest day that has any."""
    return Scopes(*_rows(connection, SCOPES, span, asset=asset)[0])


def market_cap_points(connection: "duckdb.DuckDBPyConnection", span: Span) -> list[CapPoint]:
    """Snapshots and daily closes of every scope."""
    return [CapPoint(*row) for row in _rows(connection, MARKET_CAPS, span)]


def as_sql(query: str, span: Span, **keys: str) -> str:
    """A query with its parameters as literals: what a reader can paste."""
    for name, value in {**keys, "first": span.first, "last": span.last}.items():
        literal = f"date '{value}'" if isinstance(value, date) else f"'{value}'"
        query = query.replace(f"${name}", literal)
    return query.strip()


def _rows(connection: "duckdb.DuckDBPyConnection", query: str, span: Span, **keys: str) -> list[tuple[Any, ...]]:
    return connection.execute(query, {**keys, "first": span.first, "last": span.last}).fetchall()
