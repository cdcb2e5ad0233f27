"""The figures of a brief, read from the marts of a published file.

Belongs here: which rows they are made of. Not here: tiles (`brief_tiles`), tables (`brief_tables`), sentences
(`brief`), what is worth a headline (`brief_headline`), and how it looks (`brief_text`, `page`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from orchestration.report.brief_history import MONTH, SESSIONS, History
from orchestration.report.brief_tables import Grid, asset_grid, derivatives_grid, etf_grids
from orchestration.report.brief_tiles import Tile, asset_tiles, market_tiles
from orchestration.report.wording import Number

if TYPE_CHECKING:
    import duckdb

HISTORY_DAYS = 366
MARKET = """
select asset, trade_date, close_usd, high_usd, low_usd, return_ratio, volume_usd, price_source, quote_asset,
    etf_net_flow_usd, etf_cumulative_net_flow_usd, is_etf_flow_final, liquidation_scope, long_liquidations_usd,
    short_liquidations_usd, total_liquidations_usd, long_liquidation_share_ratio, derivatives_scope, open_interest_usd,
    open_interest_change_ratio, funding_rate_ratio, funding_rate_annual_ratio, long_short_account_ratio
from marts.fct_daily_market where trade_date between $first and $last order by asset, trade_date
"""
CAPS = """
select scope, trade_date, total_usd, ex_btc_usd, btc_dominance_ratio from marts.fct_daily_market_caps
where total_usd is not null and trade_date between $first and $last order by scope, trade_date
"""
ASSET_CAPS = """
select asset, max(market_cap_usd) as market_cap_usd from marts.fct_daily_asset_market_caps
where trade_date = $last group by asset
"""
FUNDS = """
with sessions as (
    select asset, trade_date from marts.fct_daily_etf_totals where trade_date <= $last
    qualify row_number() over (partition by asset order by trade_date desc) <= $sessions
)
select flows.asset, flows.fund_ticker, coalesce(funds.issuer, 'unknown') as issuer, flows.trade_date,
    flows.net_flow_usd, flows.state, flows.source
from marts.fct_daily_etf_flows as flows join sessions using (asset, trade_date)
left join marts.dim_etf_funds as funds using (asset, fund_ticker)
where flows.state != 'not_listed' order by all
"""
TOTALS = """
select asset, trade_date, net_flow_usd, reported_total_usd, cumulative_net_flow_usd, source, is_final
from marts.fct_daily_etf_totals where trade_date between $first and $last order by asset, trade_date
"""
LEVERAGE = """
select asset, scope, leverage_leaning, liquidation_percentile_ratio, is_short_squeeze, is_long_flush
from marts.fct_daily_leverage where trade_date = $last
"""
NAMES = "select asset, name from marts.dim_assets"


@dataclass(frozen=True)
class Figures:
    """What the tables and the headline of a day are made of. `assets`: Bitcoin first, then by capitalisation."""

    day: date
    market: History | None
    market_scope: str
    assets: Sequence[History]
    leverage: Mapping[tuple[str, str], Mapping[str, Any]]
    tiles: Sequence[Tile]
    grids: Sequence[Grid]

    @property
    def order(self) -> Mapping[str, int]:
        """The place of each asset, the whole market (ALL) first."""
        return {"ALL": 0} | {history.asset: place for place, history in enumerate(self.assets, 1)}


def read_figures(connection: "duckdb.DuckDBPyConnection", day: date) -> Figures:
    """The figures of `day` and what they are compared with."""
    reader = _Reader(connection, day)
    assets = reader.assets()
    market, scope = reader.market()
    leverage = {(row["asset"], row["scope"]): row for row in reader.rows(LEVERAGE)}
    tiles = [*market_tiles(market, scope), *(tile for history in assets[:2] for tile in asset_tiles(history))]
    etf_rows, totals = reader.rows(FUNDS, sessions=SESSIONS), reader.rows(TOTALS)
    grids = [
        *asset_grid(assets, reader.caps()),
        *(grid for history in assets for grid in etf_grids(history, etf_rows, totals)),
        *derivatives_grid(assets, leverage),
    ]
    return Figures(day, market, scope, assets, leverage, tiles, grids)


class _Reader:
    """Queries on the marts up to a day, as mappings from column to value."""

    def __init__(self, connection: "duckdb.DuckDBPyConnection", day: date) -> None:
        self.connection, self.day = connection, day
        self.first = day - timedelta(days=HISTORY_DAYS)

    def rows(self, query: str, **parameters: Any) -> list[dict[str, Any]]:
        known = {"first": self.first, "last": self.day, **parameters}
        result = self.connection.execute(query, {name: known[name] for name in known if f"${name}" in query})
        names = [column[0] for column in result.description or []]
        return [dict(zip(names, row, strict=True)) for row in result.fetchall()]

    def caps(self) -> dict[str, Number]:
        return {row["asset"]: row["market_cap_usd"] for row in self.rows(ASSET_CAPS)}

    def assets(self) -> list[History]:
        names = {row["asset"]: row["name"] for row in self.rows(NAMES)}
        days: dict[str, dict[date, dict[str, Any]]] = {}
        for row in self.rows(MARKET):
            days.setdefault(row["asset"], {})[row["trade_date"]] = row
        caps = self.caps()
        histories = [History(asset, names.get(asset, asset), self.day, of_asset) for asset, of_asset in days.items()]

        def size(history: History) -> tuple[bool, float, float]:
            volume = history.total("volume_usd", MONTH) or 0.0
            return history.asset != "BTC", -float(caps.get(history.asset, 0)), -volume

        return sorted(histories, key=size)

    def market(self) -> tuple[History | None, str]:
        """The universe of coins with the day's figure and the longest history."""
        days: dict[str, dict[date, dict[str, Any]]] = {}
        for row in self.rows(CAPS):
            days.setdefault(row["scope"], {})[row["trade_date"]] = row
        with_day = {scope: of_scope for scope, of_scope in days.items() if self.day in of_scope}
        if not with_day:
            return None, ""
        scope = max(sorted(with_day), key=lambda name: len(with_day[name]))
        return History("ALL", "The whole market", self.day, with_day[scope]), scope
