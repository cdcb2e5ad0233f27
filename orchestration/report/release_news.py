"""What a release has that the one before has not: new figures, restated ones and withheld ones.

Read from the two published files, so it counts what readers get, whatever the run requested. Daily figures are counted
(`fct_daily_metrics`); hourly bars and single events are not.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from orchestration.release.open import PublishedFile, open_file
from orchestration.report.wording import title

SUBJECTS = {
    "price": "Prices",
    "price_return": "Prices",
    "spot_volume": "Prices",
    "etf_flow": "ETF flows",
    "liquidations": "Liquidations",
    "liquidation_share": "Liquidations",
    "open_interest": "Derivatives",
    "open_interest_change": "Derivatives",
    "funding": "Derivatives",
    "funding_settlement": "Derivatives",
    "long_short_accounts": "Derivatives",
    "market_cap": "Market caps",
    "market_cap_change": "Market caps",
    "market_cap_share": "Market caps",
    "stablecoin_supply": "Stablecoins",
    "exchange_flow": "Exchange flows",
    "exchange_flow_value": "Exchange flows",
    "fear_greed": "Sentiment",
    "implied_volatility": "Derivatives",
    "cme_open_interest": "Positions at CME",
    "cme_positioning": "Positions at CME",
}
"""What a person calls the families of `dim_metrics`; another family keeps its name."""
KEY = "metric, asset, scope, time_window, statistic, trade_date"

SUBJECT = "case family {cases} else family end"
FIGURES = """
select {subject} as subject, count(*), count(distinct asset), min(trade_date), max(trade_date),
    count(distinct trade_date)
from marts.fct_daily_metrics as figures {only_new} join marts.dim_metrics using (metric)
group by all order by subject
"""
RESTATED = """
with restated as (
    select {subject} as subject, title, revisions.*
    from marts.fct_revisions as revisions {only_new} join marts.dim_metrics using (metric)
)
select subject, count(*), arg_max([title || ' of ' || asset, scope], size), arg_max(trade_date, size),
    arg_max(old_value, size), arg_max(new_value, size), arg_max(metric, size)
from (select *, coalesce(abs(change_ratio), 1e9) as size from restated)
group by subject order by subject
"""
WITHHELD = """
select [coalesce(title, metric) || ' of ' || asset, scope] as figure, count(*), min(trade_date),
    max(trade_date), any_value(reason)
from marts.rpt_withheld_figures left join marts.dim_metrics using (metric)
group by figure order by max(trade_date) desc, figure
"""


@dataclass(frozen=True)
class NewFigures:
    """New daily figures of a subject; days are UTC days or NYSE sessions."""

    subject: str
    figure_count: int
    asset_count: int
    first_date: date
    last_date: date
    day_count: int


@dataclass(frozen=True)
class Restated:
    """Figures of a subject that changed: restated, of another source now, or added up again with events that came late.

    The example is the one that changed most; a withdrawn figure is None.
    """

    subject: str
    figure_count: int
    example: str
    trade_date: date
    old_value: float | None
    new_value: float | None
    metric: str


@dataclass(frozen=True)
class Withheld:
    """Figures of one series that are reported and not believed, with the reason of one of them."""

    figure: str
    figure_count: int
    first_date: date
    last_date: date
    reason: str


@dataclass(frozen=True)
class News:
    """`withheld` is what the release withholds now, the newest first; the others are new in it."""

    figures: Sequence[NewFigures]
    restated: Sequence[Restated]
    withheld: Sequence[Withheld]


def release_news(current: Path, before: Path | None) -> News:
    """What the release `current` brings against `before`; without one everything is new and nothing restated."""
    subject = SUBJECT.format(cases=" ".join(f"when '{family}' then '{name}'" for family, name in SUBJECTS.items()))
    connection = open_file(PublishedFile(path=current, version=current.parent.name), locked=False)
    try:
        only_new = only_new_revisions = ""
        if before is not None:
            connection.execute(f"attach '{str(before).replace(chr(39), chr(39) * 2)}' as earlier (read_only)")
            only_new = f"anti join earlier.marts.fct_daily_metrics as known using ({KEY})"
            only_new_revisions = f"anti join earlier.marts.fct_revisions as known using ({KEY}, source, observed_at)"
        figures = connection.execute(FIGURES.format(subject=subject, only_new=only_new)).fetchall()
        restated = (
            connection.execute(RESTATED.format(subject=subject, only_new=only_new_revisions)).fetchall()
            if before is not None
            else []
        )
        withheld = connection.execute(WITHHELD).fetchall()
    finally:
        connection.close()
    return News(
        [NewFigures(*row) for row in figures],
        [Restated(subject, count, _figure(*example), *rest) for subject, count, example, *rest in restated],
        [Withheld(_figure(*figure), *rest) for figure, *rest in withheld],
    )


def _figure(what: str, scope: str) -> str:
    """'liquidated shorts of BTC, Binance'."""
    return f"{what}, {title(scope)}"
