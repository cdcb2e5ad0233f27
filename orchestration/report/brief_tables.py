"""The tables of a brief as text: assets, ETF flows per fund and issuer, derivatives. Missing is a dash."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from orchestration.report.brief_history import MONTH, SESSIONS, WEEK, History
from orchestration.report.wording import (
    MINUS,
    UNKNOWN,
    Number,
    millions,
    money,
    percent,
    price,
    title,
)


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


def asset_grid(assets: Sequence[History], caps: Mapping[str, Number]) -> Iterator[Grid]:
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


def etf_grids(history: History, funds: Sequence[dict[str, Any]], totals: Sequence[dict[str, Any]]) -> Iterator[Grid]:
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


def derivatives_grid(
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
