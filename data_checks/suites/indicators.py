"""Daily figures beside prices and flows (stablecoins, …): whole days, levels that no market leaves in a day."""

from data_checks.check import Check, NoRows

SUBJECTS = (("stablecoin", "fct_daily_stablecoins", "2017-01-01"),)
"""Per subject: its word, its daily table, and a day before which there is no figure of it."""

CLOSED = tuple(
    Check(
        name=f"{what}_figures_belong_to_closed_days",
        table=table,
        severity="warning",
        reason="A day is known when it is over; one before the first figure is a time read in the wrong unit.",
        rule=NoRows(
            "select asset, scope, trade_date, source from $batch "
            f"where trade_date < date '{first_day}' or trade_date + 1 > $now order by all"
        ),
    )
    for what, table, first_day in SUBJECTS
)

LEVELS = (
    Check(
        name="stablecoin_supply_keeps_its_unit",
        table="fct_daily_stablecoins",
        severity="warning",
        reason=(
            "In its worst week a large coin lost a third of its supply: half or double within a day points to another "
            "unit, another list of coins or a chain that is missing."
        ),
        rule=NoRows(
            """
            with days as (
                select asset, scope, trade_date, source, supply_usd,
                    lag(supply_usd) over (partition by asset, scope order by trade_date) as supply_before_usd,
                    lag(trade_date) over (partition by asset, scope order by trade_date) as date_before
                from $batch
            )
            select asset, scope, trade_date, source, supply_before_usd, supply_usd from days
            where date_before = trade_date - 1 and supply_before_usd > $smallest
                and supply_usd::double / supply_before_usd::double not between 1 / $limit and $limit
            order by all
            """,
            {"limit": "2.0", "smallest": 1_000_000_000},
        ),
    ),
)

CHECKS = (*CLOSED, *LEVELS)
