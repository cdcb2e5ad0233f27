"""The figures of a brief: tiles, and the tables of assets, of ETF flows and of derivatives.

Belongs here: which figures they have, from the marts of a published file, as text. Not here: sentences (`brief`), what
is worth a headline (`brief_headline`), and how it looks (`brief_text`, `page`). Every figure is one of the marts: a day
without one has a dash.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from orchestration.report.wording import (
    MINUS,
    UNKNOWN,
    Number,
    day_text,
    millions,
    money,
    percent,
    points,
    price,
    title,
)

if TYPE_CHECKING:
    import duckdb

HISTORY_DAYS = 366
SPARK_DAYS = 30
SESSIONS = 5
WEEK, MONTH = 7, 30
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
class Tile:
    """A key figure: its value, what exactly it is, and how it moved.

    `changes` are (span, change) as text; `spark` has the last days, oldest first, None where there is no figure.
    """

    title: str
    value: str
    detail: str
    changes: tuple[tuple[str, str], ...]
    spark: tuple[float | None, ...]
    metric: str
    sql: str


@dataclass(frozen=True)
class Grid:
    """A table as text. The first `left` columns are words, the others figures; a text without room drops the last."""

    title: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    note: str
    metrics: tuple[str, ...]
    sql: str
    left: int = 1


@dataclass(frozen=True)
class History:
    """The days of one asset, or of the whole market, up to a day: a figure per column, absent where there is none."""

    asset: str
    name: str
    day: date
    days: Mapping[date, Mapping[str, Any]] = field(repr=False)

    def at(self, column: str, back: int = 0) -> Any:
        """The figure `back` days before the day."""
        return self.days.get(self.day - timedelta(days=back), {}).get(column)

    def change(self, column: str, back: int) -> float | None:
        """The figure over that of `back` days before, minus one."""
        now, then = self.at(column), self.at(column, back)
        return float(now) / float(then) - 1 if now is not None and then else None

    def difference(self, column: str, back: int) -> float | None:
        now, then = self.at(column), self.at(column, back)
        return float(now) - float(then) if now is not None and then is not None else None

    def total(self, column: str, count: int) -> float | None:
        """The sum of the last `count` days; None without a figure."""
        values = [value for back in range(count) if (value := self.at(column, back)) is not None]
        return float(sum(values)) if values else None

    def last(self, column: str, count: int) -> tuple[float | None, ...]:
        values = (self.at(column, back) for back in range(count - 1, -1, -1))
        return tuple(None if value is None else float(value) for value in values)

    def before(self, column: str) -> list[float]:
        """Every earlier figure, newest first."""
        earlier = sorted((day for day in self.days if day < self.day), reverse=True)
        return [float(value) for day in earlier if (value := self.days[day].get(column)) is not None]


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
    tiles = [*_market_tiles(market, scope), *(tile for history in assets[:2] for tile in _asset_tiles(history))]
    etf_rows, totals = reader.rows(FUNDS, sessions=SESSIONS), reader.rows(TOTALS)
    grids = [
        *_asset_grid(assets, reader.caps()),
        *(grid for history in assets for grid in _etf_grids(history, etf_rows, totals)),
        *_derivatives_grid(assets, leverage),
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


def _sql(metric: str, asset: str, scope: str, statistic: str, day: date) -> str:
    return (
        f"select trade_date, value, unit, source, observed_at, is_final from marts.fct_daily_metrics "
        f"where metric = '{metric}' and asset = '{asset}' and scope = '{scope}' and statistic = '{statistic}' "
        f"and trade_date between date '{day - timedelta(days=SPARK_DAYS)}' and date '{day}' order by trade_date"
    )


def _level(history: History, column: str) -> tuple[tuple[str, str], ...]:
    spans = ((1, "1 day"), (WEEK, "7 days"), (MONTH, "30 days"))
    return tuple((name, percent(history.change(column, back), signed=True)) for back, name in spans)


def _shares(history: History, column: str) -> tuple[tuple[str, str], ...]:
    spans = ((1, "1 day"), (WEEK, "7 days"), (MONTH, "30 days"))
    return tuple((name, points(history.difference(column, back))) for back, name in spans)


def _sums(history: History, column: str, *, signed: bool) -> tuple[tuple[str, str], ...]:
    spans = ((WEEK, "7 days"), (MONTH, "30 days"))
    return tuple((name, money(history.total(column, count), signed=signed)) for count, name in spans)


def _market_tiles(market: History | None, scope: str) -> Iterator[Tile]:
    if market is None:
        return
    for metric, column, name, text, changes in (
        ("total_market_cap_usd", "total_usd", "Market cap", money, _level),
        ("ex_btc_market_cap_usd", "ex_btc_usd", "Market cap without Bitcoin", money, _level),
        ("btc_dominance_ratio", "btc_dominance_ratio", "Bitcoin dominance", percent, _shares),
    ):
        sql = _sql(metric, "ALL", scope, "snapshot", market.day)
        spark = market.last(column, SPARK_DAYS)
        yield Tile(name, text(market.at(column)), title(scope), changes(market, column), spark, metric, sql)


def _asset_tiles(history: History) -> Iterator[Tile]:
    day, name, asset = history.day, history.name, history.asset
    if venue := history.at("price_source"):
        detail = f"close, {title(venue)}, {history.at('quote_asset')}"
        sql = _sql("price_usd", asset, venue, "close", day)
        spark = history.last("close_usd", SPARK_DAYS)
        yield Tile(name, price(history.at("close_usd")), detail, _level(history, "close_usd"), spark, "price_usd", sql)
    yield from _flow_tile(history)
    if scope := history.at("liquidation_scope"):
        share = history.at("long_liquidation_share_ratio")
        detail = f"{title(scope)}, at least" + (f"; longs {percent(share)}" if share is not None else "")
        sql = _sql("total_liquidations_usd", asset, scope, "sum", day)
        yield Tile(
            f"{name} liquidations",
            money(history.at("total_liquidations_usd")),
            detail,
            _sums(history, "total_liquidations_usd", signed=False),
            history.last("total_liquidations_usd", SPARK_DAYS),
            "total_liquidations_usd",
            sql,
        )
    yield from _derivative_tiles(history)


def _flow_tile(history: History) -> Iterator[Tile]:
    """The last session up to the day, where one of the last days had any."""
    for back in range(SESSIONS):
        flow = history.at("etf_net_flow_usd", back)
        if flow is not None:
            session = history.day - timedelta(days=back)
            yield Tile(
                f"{history.name} ETF flow",
                money(flow, signed=True),
                f"US spot ETFs, session of {day_text(session)}",
                _sums(history, "etf_net_flow_usd", signed=True),
                history.last("etf_net_flow_usd", SPARK_DAYS),
                "etf_net_flow_usd",
                _sql("etf_net_flow_usd", history.asset, "us_spot_etfs", "sum", history.day),
            )
            return


def _derivative_tiles(history: History) -> Iterator[Tile]:
    scope, day = history.at("derivatives_scope"), history.day
    if not scope:
        return
    if history.at("open_interest_usd") is not None:
        yield Tile(
            f"{history.name} open interest",
            money(history.at("open_interest_usd")),
            title(scope),
            _level(history, "open_interest_usd"),
            history.last("open_interest_usd", SPARK_DAYS),
            "open_interest_usd",
            _sql("open_interest_usd", history.asset, scope, "end", day),
        )
    if history.at("funding_rate_ratio") is not None:
        yield Tile(
            f"{history.name} funding",
            percent(history.at("funding_rate_annual_ratio"), signed=True),
            f"a year, paid by longs; {title(scope)}",
            _shares(history, "funding_rate_annual_ratio"),
            history.last("funding_rate_ratio", SPARK_DAYS),
            "funding_rate_ratio",
            _sql("funding_rate_ratio", history.asset, scope, "mean", day),
        )


def _asset_grid(assets: Sequence[History], caps: Mapping[str, Number]) -> Iterator[Grid]:
    """A row per asset with a price."""
    head = ("Asset", "Close", "1 day", "7 days", "30 days", "Low", "High", "Volume", "ETF flow", "Market cap")
    priced = [history for history in assets if history.at("close_usd") is not None]
    rows = [
        [
            history.name,
            price(history.at("close_usd")),
            percent(history.at("return_ratio"), signed=True),
            *(percent(history.change("close_usd", back), signed=True) for back in (WEEK, MONTH)),
            price(history.at("low_usd")),
            price(history.at("high_usd")),
            money(history.at("volume_usd")),
            money(history.at("etf_net_flow_usd"), signed=True),
            money(caps.get(history.asset)),
        ]
        for history in priced
    ]
    if rows:
        venues = sorted({f"{title(one.at('price_source'))} in {one.at('quote_asset')}" for one in priced})
        yield Grid(
            "Assets",
            _without_empty(head, rows)[0],
            _without_empty(head, rows)[1],
            f"Closes of the UTC day on {', '.join(venues)}; volume and range of the same venue.",
            ("price_usd", "price_return_ratio", "spot_volume_usd", "etf_net_flow_usd"),
            f"select * from marts.fct_daily_market where trade_date = date '{priced[0].day}' order by asset",
        )


def _etf_grids(history: History, funds: Sequence[dict[str, Any]], totals: Sequence[dict[str, Any]]) -> Iterator[Grid]:
    """A row per fund and issuer, a column per session, the newest first; in millions of US dollars."""
    of_asset = [row for row in funds if row["asset"] == history.asset]
    sums = {row["trade_date"]: row for row in totals if row["asset"] == history.asset}
    newest = max(sums, default=None)
    if newest is None or (history.day - newest).days > SESSIONS:
        return
    sessions = sorted(sums, reverse=True)[:SESSIONS]
    rows = _fund_rows(of_asset, sessions)
    flows = [sums[session]["net_flow_usd"] for session in sessions]
    rows.append(["All funds", "", *_cells(flows, states=["pending"] * len(flows), with_sum=True)])
    launch = sums[newest]["cumulative_net_flow_usd"]
    pending = " A fund that has not reported yet is pending, and so is the total." if _is_pending(of_asset) else ""
    sources = sorted({title(row["source"]) for row in (*of_asset, sums[newest]) if row["source"]})
    yield Grid(
        f"US spot {history.name} ETFs",
        ("Fund", "Issuer", *(f"{session.day} {session:%b}" for session in sessions), f"{len(sessions)} sessions"),
        rows,
        f"Net flow per session in millions of US dollars ({', '.join(sources)}); {money(launch)} since launch."
        + pending,
        ("etf_net_flow_usd", "etf_cumulative_net_flow_usd"),
        f"select * from marts.fct_daily_etf_flows where asset = '{history.asset}' and trade_date between date "
        f"'{sessions[-1]}' and date '{sessions[0]}' order by trade_date desc, fund_ticker",
        left=2,
    )


def _fund_rows(rows: Sequence[dict[str, Any]], sessions: Sequence[date]) -> list[list[str]]:
    """The funds by the size of their flows; below the last of an issuer's funds their sum, where it has several."""
    cells: dict[tuple[str, str], dict[date, Any]] = {}
    for row in rows:
        cells.setdefault((row["issuer"], row["fund_ticker"]), {})[row["trade_date"]] = row

    def size(issuer: str) -> float:
        flows = (row["net_flow_usd"] or 0 for (of, _), days in cells.items() if of == issuer for row in days.values())
        return float(sum(map(abs, flows)))

    written: list[list[str]] = []
    for issuer in sorted({issuer for issuer, _ in cells}, key=lambda name: (-size(name), name)):
        tickers = sorted(ticker for of, ticker in cells if of == issuer)
        sums: list[Number | None] = [None] * len(sessions)
        for ticker in tickers:
            flows = [cells[issuer, ticker].get(session, {}) for session in sessions]
            values = [flow.get("net_flow_usd") for flow in flows]
            states = [flow.get("state") for flow in flows]
            written.append([ticker, issuer, *_cells(values, states=states, with_sum=True)])
            sums = [(a or 0) + b if b is not None else a for a, b in zip(sums, values, strict=True)]
        if len(tickers) > 1:
            written.append([" + ".join(tickers), issuer, *_cells(sums, with_sum=True)])
    return written


def _cells(
    values: Sequence[Number | None], *, states: Sequence[str | None] | None = None, with_sum: bool = False
) -> list[str]:
    shown = [
        "pending" if value is None and state == "pending" else millions(value)
        for value, state in zip(values, states or [None] * len(values), strict=True)
    ]
    known = [value for value in values if value is not None]
    return [*shown, millions(sum(known)) if known else UNKNOWN] if with_sum else shown


def _is_pending(rows: Sequence[dict[str, Any]]) -> bool:
    return any(row["state"] == "pending" for row in rows)


def _derivatives_grid(
    assets: Sequence[History], leverage: Mapping[tuple[str, str], Mapping[str, Any]]
) -> Iterator[Grid]:
    """A row per asset with liquidations or open interest, of the scope with the most venues."""
    head = (
        "Asset", "Longs liquidated", "Shorts liquidated", "Leaning", "Squeeze", "Open interest", "OI 1 day",
        "Funding 8 h", "Funding a year", "Accounts long/short",
    )  # fmt: skip
    rows, scopes = [], set()
    for history in assets:
        scope = history.at("liquidation_scope") or history.at("derivatives_scope")
        if not scope:
            continue
        scopes |= {title(scope), title(history.at("derivatives_scope") or scope)}
        of_day = leverage.get((history.asset, scope), {})
        accounts, funding = history.at("long_short_account_ratio"), history.at("funding_rate_ratio")
        rows.append(
            [
                history.name,
                money(history.at("long_liquidations_usd")),
                money(history.at("short_liquidations_usd")),
                of_day.get("leverage_leaning") or UNKNOWN,
                _squeeze(of_day),
                money(history.at("open_interest_usd")),
                percent(history.at("open_interest_change_ratio"), signed=True),
                UNKNOWN
                if funding is None
                else f"{'+' if funding > 0 else '−' if funding < 0 else ''}{abs(funding):.4%}",
                percent(history.at("funding_rate_annual_ratio"), signed=True),
                UNKNOWN if accounts is None else f"{accounts:.2f}",
            ]
        )
    if rows:
        shown_head, shown = _without_empty(head, rows)
        yield Grid(
            "Derivatives",
            shown_head,
            shown,
            f"Of {', '.join(sorted(scopes))}. Liquidations are what venues report, a lower bound. Positive funding is "
            "paid by longs.",
            ("long_liquidations_usd", "short_liquidations_usd", "open_interest_usd", "funding_rate_ratio"),
            f"select * from marts.fct_daily_leverage where trade_date = date '{assets[0].day}' order by asset, scope",
        )


def funding_text(ratio: float | None) -> str:
    """A rate per 8 hours, which is small: `+0.0071 %`."""
    if ratio is None:
        return UNKNOWN
    sign = "+" if ratio > 0 else MINUS if ratio < 0 else ""
    return f"{sign}{abs(ratio) * 100:.4f} %"


def _squeeze(of_day: Mapping[str, Any]) -> str:
    if of_day.get("is_short_squeeze"):
        return "short squeeze"
    if of_day.get("is_long_flush"):
        return "long flush"
    return UNKNOWN if of_day.get("is_short_squeeze") is None else "no"


def _without_empty(head: Sequence[str], rows: Sequence[Sequence[str]]) -> tuple[list[str], list[list[str]]]:
    """Without the columns that no row has a figure in."""
    kept = [i for i in range(len(head)) if any(row[i] != UNKNOWN for row in rows)]
    return [head[i] for i in kept], [[row[i] for i in kept] for row in rows]
