"""Runs of days or sessions with the same sign, such as 'the third straight day of inflows'."""

from datetime import date
from typing import TYPE_CHECKING

from orchestration.report.wording import title
from orchestration.verify.assertions import Assertion
from orchestration.verify.catalogue import Catalogue
from orchestration.verify.claim import Interpretation

if TYPE_CHECKING:
    import duckdb

RUN = """
with days as (
    select trade_date, value, source, observed_at, is_final, is_lower_bound,
        count(*) filter (where sign(value) is distinct from $sign) over (order by trade_date desc) as breaks
    from fct_daily_metrics
    where metric = $metric and asset = $asset and scope = $scope and time_window = $time_window
        and statistic = $statistic and trade_date <= $day
)
select
    count(*) filter (where breaks = 0), max(trade_date), arg_max(source, trade_date), max(observed_at),
    bool_and(is_final) filter (where breaks = 0), min(trade_date) filter (where breaks = 0), min(trade_date)
from days
"""


def measure_streak(
    connection: "duckdb.DuckDBPyConnection", assertion: Assertion, day: date, catalogue: Catalogue
) -> tuple[Interpretation, str, str]:
    """The run that ends on `day`, the verdict on its length, and why it is undecidable where it is."""
    is_flow = assertion.subject == "etf"
    metric, window, statistic = (
        ("etf_net_flow_usd", "nyse_session", "sum") if is_flow else ("price_return_ratio", "utc_day", "change")
    )
    scope = assertion.fund or ("us_spot_etfs" if is_flow else "binance")
    if not is_flow and assertion.source in catalogue.venues:
        scope = str(assertion.source)
    sign = -1 if assertion.direction == "down" else 1
    key = {"metric": metric, "asset": assertion.asset, "scope": scope, "time_window": window, "statistic": statistic}
    row = connection.execute(RUN, key | {"day": day, "sign": sign}).fetchone()
    assert row is not None
    length, last, source, observed_at, is_final, first, history_start = row
    is_known = last == day
    holds = length == assertion.streak if is_known else None
    verdict = "undecidable" if holds is None else "confirmed" if holds else "refuted"
    unit = "sessions" if is_flow else "days"
    what = catalogue.metrics[metric]
    words = f"{'positive' if sign > 0 else 'negative'} {what.title} on consecutive {unit}, {title(scope)}"
    literals = " and ".join(f"{name} = '{value}'" for name, value in key.items())
    found = Interpretation(
        metric=metric, asset=str(assertion.asset), scope=scope, time_window=window, statistic=statistic, words=words,
        is_claimed=True, verdict=verdict, value=float(length) if is_known else None,
        value_words=f"{length} {unit if length != 1 else unit[:-1]}" if is_known else None, unit=unit,
        definition=f"{words}: the {unit} up to the day without one of another sign. {what.title}: {what.definition}",
        first_date=first, date=day, as_of_at=None, since_date=None, history_start_date=history_start, level_holds=holds,
        since_holds=None, source=source, observed_at=observed_at, is_final=is_final, is_lower_bound=False,
        example_sql=f"select trade_date, value from marts.fct_daily_metrics where {literals} and trade_date <= date "
f"'{day}' "
        "order by trade_date desc",
    )  # fmt: skip
    return found, verdict, "" if is_known else "the series has no figure for the day"
