"""Indicators beside prices and flows of funds: days that are over, and levels that the market can have."""

from data_checks.check import Check, NoRows

SUBJECTS = (
    ("stablecoin", "fct_daily_stablecoins", "2017-01-01"),
    ("exchange_flow", "fct_daily_exchange_flows", "2010-01-01"),
    ("sentiment", "fct_daily_sentiment", "2018-02-01"),
    ("implied_volatility", "fct_daily_implied_volatility", "2021-03-24"),
    ("market_liquidation", "fct_daily_market_liquidations", "2019-09-01"),
    ("perpetual_price", "fct_daily_perpetual_prices", "2019-09-01"),
    ("all_time_high", "fct_all_time_highs", "2013-04-28"),
    ("dominance", "fct_daily_dominance", "2013-04-28"),
    ("funding_range", "fct_daily_funding_ranges", "2019-09-01"),
    ("open_interest_range", "fct_daily_open_interest_ranges", "2019-09-01"),
    ("futures_positioning", "fct_weekly_futures_positioning", "2017-12-01"),
)
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
    Check(
        name="exchange_flows_nearly_balance",
        table="fct_daily_exchange_flows",
        severity="warning",
        reason=(
            "On the worst days of panic a third of what moved stayed on one side: a larger share means that one of the "
            "two flows lacks an exchange."
        ),
        rule=NoRows(
            """
            select asset, scope, trade_date, source, inflow_coins, outflow_coins,
                net_inflow_coins::double / (inflow_coins + outflow_coins)::double as net_share_ratio
            from $batch
            where inflow_coins + outflow_coins > 0 and abs(net_share_ratio) > $limit order by all
            """,
            {"limit": 0.5},
        ),
    ),
    Check(
        name="fear_and_greed_moves_less_than_40_points_a_day",
        table="fct_daily_sentiment",
        severity="warning",
        reason=(
            "The index is smoothed over weeks: its widest step so far was about 30 points. A larger one is another "
            "index or another day's number."
        ),
        rule=NoRows(
            """
            with days as (
                select asset, scope, trade_date, source, fear_greed_points,
                    lag(fear_greed_points) over (partition by asset, scope order by trade_date) as points_before,
                    lag(trade_date) over (partition by asset, scope order by trade_date) as date_before
                from $batch
            )
            select asset, scope, trade_date, source, points_before, fear_greed_points from days
            where date_before = trade_date - 1 and abs(fear_greed_points - points_before) > $limit order by all
            """,
            {"limit": 40},
        ),
    ),
    Check(
        name="implied_volatility_is_an_annual_fraction",
        table="fct_daily_implied_volatility",
        severity="warning",
        reason="DVOL was between 30 and 180 percent a year so far: far outside of that it is in percent, or of a day.",
        rule=NoRows(
            "select asset, scope, trade_date, source, low_ratio, high_ratio from $batch "
            "where low_ratio < $lowest or high_ratio > $highest order by all",
            {"lowest": 0.1, "highest": 4},
        ),
    ),
    Check(
        name="both_sides_make_the_markets_liquidations",
        table="fct_daily_market_liquidations",
        severity="warning",
        reason="A vendor's total is the sum of longs and shorts: where it is not, a side or a venue is missing.",
        rule=NoRows(
            "select asset, scope, trade_date, source, long_usd, short_usd, total_usd from $batch "
            "where abs(long_usd + short_usd - total_usd) > greatest(1, $limit * total_usd) order by all",
            {"limit": 0.001},
        ),
    ),
    Check(
        name="open_interest_ends_between_its_low_and_its_high",
        table="fct_daily_open_interest_ranges",
        severity="warning",
        reason="The level at a day's end is one of the day's levels: outside of them, a range is of other positions.",
        rule=NoRows(
            """
            select ranges.asset, ranges.scope, ranges.trade_date, ranges.low_usd, ranges.high_usd,
                levels.open_interest_usd
            from $batch as ranges
            inner join marts.fct_daily_derivatives as levels using (asset, scope, trade_date, source)
            where levels.open_interest_usd not between ranges.low_usd and ranges.high_usd order by all
            """
        ),
    ),
    Check(
        name="a_settlement_of_funding_is_a_small_part_of_a_position",
        table="fct_funding_settlements",
        severity="warning",
        reason="Venues cap a settlement at 2 to 4 percent: more is a rate in percent, or one of a year.",
        rule=NoRows(
            "select asset, scope, settled_at, source, funding_rate_ratio from $batch "
            "where abs(funding_rate_ratio) > $limit order by all",
            {"limit": 0.04},
        ),
    ),
    Check(
        name="perpetuals_close_within_2_percent_of_spot",
        table="fct_daily_perpetual_prices",
        severity="warning",
        reason=(
            "Funding pulls a perpetual to the spot price: a wider gap at a day's close is a contract of another unit "
            "(1,000 coins), another coin of the same name, or a shifted day."
        ),
        rule=NoRows(
            """
            select perpetuals.asset, perpetuals.scope, perpetuals.trade_date, perpetuals.close_usd,
                spot.close_usd as spot_close_usd, spot.source as venue,
                perpetuals.close_usd::double / nullif(spot.close_usd::double, 0) - 1 as gap_ratio
            from $batch as perpetuals
            inner join marts.fct_daily_prices as spot using (asset, trade_date)
            where abs(gap_ratio) > $limit order by all
            """,
            {"limit": 0.02},
        ),
    ),
    Check(
        name="no_close_is_far_above_a_record_of_all_times",
        table="fct_all_time_highs",
        severity="warning",
        reason=(
            "No venue closes a day far above the highest price that an average of venues had reached by then: that is "
            "a record of another coin or in another currency, or one that a vendor has not kept."
        ),
        rule=NoRows(
            """
            select records.asset, records.scope, records.trade_date, records.high_usd, prices.trade_date as close_date,
                prices.close_usd, prices.source as venue,
                prices.close_usd::double / nullif(records.high_usd::double, 0) - 1 as gap_ratio
            from $batch as records
            inner join marts.fct_daily_prices as prices
                on records.asset = prices.asset
                and prices.trade_date between records.trade_date and records.first_observed_at::date - 1
            where records.is_in_force and gap_ratio > $limit order by all
            """,
            {"limit": 0.02},
        ),
    ),
    Check(
        name="every_record_of_all_times_is_a_stored_version",
        table="fct_all_time_high_versions",
        severity="critical",
        reason="A published record that no version holds is of another build, or its history was lost.",
        rule=NoRows(
            """
            select records.asset, records.scope, records.trade_date, records.source, records.high_usd
            from marts.fct_all_time_highs as records
            anti join $batch as versions using (asset, scope, trade_date, source, high_usd) order by all
            """
        ),
    ),
    Check(
        name="futures_positions_fit_into_open_interest",
        table="fct_weekly_futures_positioning",
        severity="warning",
        reason="Three classes of traders can't be longer or shorter than all traders together.",
        rule=NoRows(
            """
            select asset, scope, trade_date, source, open_interest_contracts,
                dealer_long_contracts + asset_manager_long_contracts + leveraged_fund_long_contracts as long_contracts,
                dealer_short_contracts + asset_manager_short_contracts + leveraged_fund_short_contracts
                    as short_contracts
            from $batch where greatest(long_contracts, short_contracts) > open_interest_contracts order by all
            """
        ),
    ),
    Check(
        name="futures_positions_are_of_tuesdays",
        table="fct_weekly_futures_positioning",
        severity="warning",
        reason="Positions are those of a Tuesday's close, of a Monday's in a week whose Tuesday is a holiday.",
        rule=NoRows(
            "select asset, scope, trade_date, source from $batch where isodow(trade_date) not in (1, 2) order by all"
        ),
    ),
)

CHECKS = (*CLOSED, *LEVELS)
