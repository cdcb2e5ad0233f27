"""Figures that the models withhold from the release, one check per subject: each is reported."""

from data_checks.check import Check, NoRows

SHOWN_DAYS = 7
"""For how many days a withheld figure is shown; the table keeps it."""
RECENT_DAYS = 30
"""A day as recent as this is shown as long as its figure is missing."""

WITHHELD = """
    select source, asset, scope, metric, observed_at, response_id, count(*) as figures_count,
        min(trade_date) as first_date, max(trade_date) as last_date, max_by(value, figure_at) as newest_value,
        max_by(reason, figure_at) as why
    from $batch
    where table_name in ($tables)
        and (observed_at > $now - interval $shown day or trade_date > $now - interval $recent day)
    group by all order by last_date desc, source, asset, scope, metric
"""


def _withheld(what: str, *tables: str, reason: str) -> Check:
    """The check that names the withheld figures of some marts, one row per series and response."""
    return Check(
        name=f"no_{what}_was_withheld",
        table="rpt_withheld_figures",
        severity="withhold",
        reason=reason,
        rule=NoRows(
            WITHHELD,
            {"tables": ", ".join(f"'{table}'" for table in tables), "shown": SHOWN_DAYS, "recent": RECENT_DAYS},
        ),
        next_step=(
            "Compare the day with the provider's own page. A plausible figure of a later run is published by itself; "
            "`warehouse reparse SOURCE` loads stored responses again; limits are in dbt_project/seeds/thresholds.csv."
        ),
    )


CHECKS = (
    _withheld(
        "price",
        "fct_price_versions",
        "fct_hourly_prices",
        "fct_daily_reference_prices",
        "fct_daily_quote_rates",
        reason=(
            "Other sources of the day, or the days beside it, contradict the figure: it is in another unit, of another "
            "day or asset, or restated by mistake. The other sources and its last plausible version are published."
        ),
    ),
    _withheld(
        "liquidation_sum",
        "fct_liquidation_versions",
        "fct_liquidation_events",
        reason=(
            "A sum hundreds of times off the usual level is in coins, cents or contracts instead of dollars, or has a "
            "gap: its record would be a false headline."
        ),
    ),
    _withheld(
        "derivative_figure",
        "fct_derivative_versions",
        reason=(
            "Open interest far off its month, a rate that no venue charges or an account ratio out of bounds means "
            "contracts instead of dollars, or percent instead of a fraction."
        ),
    ),
    _withheld(
        "market_cap",
        "fct_market_cap_versions",
        reason=(
            "Its parts don't add up, other universes of coins contradict it, or it is far off the level of the weeks "
            "before: another unit, another universe or a broken snapshot."
        ),
    ),
    _withheld(
        "fund_flow",
        "fct_daily_etf_flows",
        reason=(
            "A flow in another unit, or zeros as placeholders of a session of Bitcoin's funds that is not reported "
            "yet. Another source fills the cell where one reports it."
        ),
    ),
)
