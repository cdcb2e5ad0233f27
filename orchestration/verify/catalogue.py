"""What an open release has: its assets, funds, metrics and series, as the grammar and the candidates need them."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from orchestration.verify.lexer import Names

if TYPE_CHECKING:
    import duckdb

SERIES = """
select distinct metric, asset, scope, time_window, statistic from fct_daily_metrics order by all
"""
HOURS = "select distinct metric, asset, scope from fct_rolling_24h order by all"
SESSIONS = "select date from dim_dates where is_nyse_session order by date"


@dataclass(frozen=True)
class Metric:
    """A row of `dim_metrics`."""

    metric: str
    family: str
    title: str
    unit: str
    definition: str
    default_scope: str


@dataclass(frozen=True)
class Catalogue:
    """The contents of a release by name. `launches` is the first session of each asset's funds."""

    names: Names
    metrics: dict[str, Metric]
    series: frozenset[tuple[str, str, str, str, str]]
    hours: frozenset[tuple[str, str, str]]
    launches: dict[str, date]
    launched: dict[str, date]
    fund_launches: dict[str, date]
    venues: frozenset[str]
    sessions: tuple[date, ...]

    def scopes(self, metric: str, asset: str) -> list[str]:
        """The scopes that have figures of a metric, the default one first, then venues by name, then all others."""
        found = {scope for of, one, scope, *_ in self.series if (of, one) == (metric, asset)}
        level = metric.replace("_change_ratio", "_usd")
        found |= {scope for of, one, scope in self.hours if (of, one) == (level, asset)}
        default = self.metrics[metric].default_scope
        return sorted(
            found, key=lambda scope: (scope != default, not scope.endswith("_all"), scope != "binance", scope)
        )

    def shapes(self, metric: str, asset: str, scope: str) -> set[tuple[str, str]]:
        """(time_window, statistic) of the daily series of a scope."""
        return {
            (window, statistic)
            for of, one, place, window, statistic in self.series
            if (of, one, place) == (metric, asset, scope)
        }


def read_catalogue(connection: "duckdb.DuckDBPyConnection") -> Catalogue:
    """The catalogue of the release that is open. As of an instant it has no hours: their table is not kept."""
    import duckdb

    rows = connection.execute("select asset, name, launched_date from dim_assets").fetchall()
    funds = connection.execute(
        "select fund_ticker, asset, first_trade_date, issuer, fund_name from dim_etf_funds order by all"
    ).fetchall()
    metrics = connection.execute(
        "select metric, family, title, unit, definition, default_scope from dim_metrics order by metric"
    ).fetchall()
    try:
        hours = connection.execute(HOURS).fetchall()
    except duckdb.Error:
        hours = [(metric, asset, scope) for metric, asset, scope, *_ in _series(connection) if metric == "price_usd"]
    launches: dict[str, date] = {}
    for _, asset, first, *_ in funds:
        if first is not None:
            launches[asset] = min(first, launches.get(asset, first))
    venues = connection.execute("select venue from dim_venues").fetchall()
    return Catalogue(
        names=Names(
            {asset: name for asset, name, _ in rows},
            {ticker: asset for ticker, asset, *_ in funds},
            _issuers([(ticker, asset, issuer) for ticker, asset, _, issuer, _ in funds if issuer]),
            {name: (ticker, asset) for ticker, asset, _, _, name in funds if name},
        ),
        metrics={row[0]: Metric(*row) for row in metrics},
        series=frozenset(_series(connection)),
        hours=frozenset(hours),
        launches=launches,
        fund_launches={ticker: first for ticker, _, first, *_ in funds if first is not None},
        launched={asset: first for asset, _, first in rows if first is not None},
        venues=frozenset(venue for (venue,) in venues),
        sessions=tuple(day for (day,) in connection.execute(SESSIONS).fetchall()),
    )


def _issuers(funds: list[tuple[str, str, str]]) -> dict[str, dict[str, tuple[str, ...]]]:
    """Issuer → asset → tickers; of two issuers of one fund each is named, too."""
    found: dict[str, dict[str, tuple[str, ...]]] = {}
    for ticker, asset, issuers in funds:
        for issuer in dict.fromkeys([issuers, *issuers.split(" and ")]):
            of = found.setdefault(issuer, {})
            of[asset] = (*of.get(asset, ()), ticker)
    return found


def last_session(sessions: Sequence[date], day: date) -> date:
    """The last of the NYSE sessions up to a day; the day itself where the calendar does not reach it."""
    place = bisect_right(sessions, day)
    return sessions[place - 1] if place else day


def _series(connection: "duckdb.DuckDBPyConnection") -> list[tuple[str, str, str, str, str]]:
    return connection.execute(SERIES).fetchall()
