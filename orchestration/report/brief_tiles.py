"""The key figures of a brief as tiles: what each shows, and the query that returns it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from orchestration.report.brief_history import MONTH, SESSIONS, SPARK_DAYS, WEEK, History
from orchestration.report.wording import (
    day_text,
    money,
    percent,
    points,
    price,
    title,
)


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


def market_tiles(market: History | None, scope: str) -> Iterator[Tile]:
    """Of the whole market: its capitalisation, with and without Bitcoin, and Bitcoin's share."""
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


def asset_tiles(history: History) -> Iterator[Tile]:
    """Of an asset: price, ETF flow, liquidations, open interest and funding, as far as they exist."""
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
