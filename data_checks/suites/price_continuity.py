"""Prices against each other: between venues, from day to day, against their hours and across marts."""

from data_checks.check import Check, NoRows

# Until 2018 dollar and tether venues drifted apart for days: Coinbase's premium of December 2017, tether's discount of
# October 2018. Figures beyond the limits of the seed `thresholds` are withheld before these tables are made.
CALM_SINCE = "2019-01-01"

BARS = {"fct_daily_venue_prices": "trade_date"}

VENUE_GAP = """
    with gaps as (
        select asset, trade_date, min_by(venue, close_usd) as lower_venue, min(close_usd) as lower_close_usd,
            max_by(venue, close_usd) as upper_venue, max(close_usd) as upper_close_usd,
            max(close_usd)::double / nullif(min(close_usd)::double, 0) - 1 as gap_ratio
        from $batch where trade_date >= $since
        group by all
    )
    select * from gaps
    where gap_ratio > case when trade_date < date '$calm_since' then $early_limit else $limit end
    order by gap_ratio desc, asset, trade_date
"""

STEPS = """
    with bars as (
        select asset, venue, trade_date, open_usd::double as open_price, close_usd::double as close_price from $batch
        -- A day is compared with the one before and the one after.
        where trade_date >= $since - 2
    ),
    steps as (
        select asset, venue, trade_date, lag(close_price) over series as close_before_usd, open_price as open_usd,
            close_price as close_usd,
            close_price / nullif(lag(close_price) over series, 0) - 1 as return_ratio,
            open_price / nullif(lag(close_price) over series, 0) - 1 as opening_gap_ratio,
            lead(open_price) over series / nullif(close_price, 0) - 1 as next_opening_gap_ratio
        from bars
        window series as (partition by asset, venue order by trade_date)
        qualify lag(trade_date) over series = trade_date - 1 and trade_date >= $since - 1
    )
"""

# A known event explains a jump on its day and, for news after the close of Wall Street, on the day after.
NO_KNOWN_EVENT = """
    not exists (
        select 1 from marts.dim_market_events as event
        where (event.asset is null or event.asset = steps.asset)
            and steps.trade_date between event.event_date and event.event_date + 1
    )
"""

CHECKS = (
    Check(
        name="venues_agree_on_the_close_within_half_a_percent",
        table="fct_daily_venue_prices",
        severity="warning",
        reason=("USDT and USD venues differ by 0.04 % on a median day; more is market stress or a drifting source."),
        rule=NoRows(VENUE_GAP, {"limit": 0.005, "early_limit": 0.05, "calm_since": CALM_SINCE}, days=BARS),
    ),
    Check(
        name="a_day_opens_at_the_close_before",
        table="fct_daily_venue_prices",
        severity="warning",
        reason=(
            "Open and last close differ by 0.06 % at most in half a year; 2 % points at an outage or at swapped days."
        ),
        rule=NoRows(
            STEPS + "select * from steps where abs(opening_gap_ratio) > $limit order by asset, venue, trade_date",
            {"limit": 0.02},
            days=BARS,
        ),
    ),
    Check(
        name="no_price_jumps_by_half_unexplained",
        table="fct_daily_venue_prices",
        severity="warning",
        reason=(
            "Such a day needs confirmation: another venue, a known event, or a bar that starts and ends where its "
            "neighbours do."
        ),
        rule=NoRows(
            f"""
            {STEPS}
            select * from steps
            where abs(return_ratio) > $limit
                and (abs(opening_gap_ratio) < 0.05 and abs(next_opening_gap_ratio) < 0.05) is not true
                and not exists (
                    select 1 from steps as witness
                    where witness.asset = steps.asset and witness.trade_date = steps.trade_date
                        and witness.venue <> steps.venue
                        and abs((1 + witness.return_ratio) / (1 + steps.return_ratio) - 1) < 0.1
                )
                and {NO_KNOWN_EVENT}
            order by asset, venue, trade_date
            """,
            {"limit": 0.5},
            days=BARS,
        ),
    ),
    Check(
        name="no_price_jumps_by_a_quarter_without_a_known_event",
        table="fct_daily_venue_prices",
        severity="warning",
        reason="A move of this size is rare and makes news: if it was real, add it to the market events.",
        rule=NoRows(
            f"{STEPS} select * from steps where abs(return_ratio) > $limit and {NO_KNOWN_EVENT} "
            "order by asset, venue, trade_date",
            {"limit": 0.25},
            days=BARS,
        ),
    ),
    Check(
        name="daily_prices_are_those_of_their_source",
        table="fct_daily_prices",
        severity="warning",
        reason=(
            "The one price per day is picked, never computed: it equals its venue's bar, and no day with a bar is "
            "left out. Otherwise the two tables are of different builds."
        ),
        rule=NoRows(
            """
            with days as (select * from $batch where trade_date >= $since),
            bars as (select * from marts.fct_daily_venue_prices where trade_date >= $since),
            venues as (select distinct asset, trade_date from bars)
            select coalesce(days.asset, venues.asset) as asset,
                coalesce(days.trade_date, venues.trade_date) as trade_date, days.source, days.close_usd,
                bar.close_usd as venue_close_usd
            from days
            full join venues on days.asset = venues.asset and days.trade_date = venues.trade_date
            left join bars as bar
                on days.asset = bar.asset and days.trade_date = bar.trade_date and days.source = bar.venue
            where (days.open_usd = bar.open_usd and days.high_usd = bar.high_usd and days.low_usd = bar.low_usd
                and days.close_usd = bar.close_usd) is not true
            order by all
            """,
            days={"fct_daily_prices": "trade_date", "fct_daily_venue_prices": "trade_date"},
        ),
    ),
    Check(
        name="returns_follow_from_the_closes",
        table="fct_daily_prices",
        severity="warning",
        reason=(
            "A return is close over the same venue's close of the day before, minus one; null when that day is missing."
        ),
        rule=NoRows(
            """
            select day.asset, day.trade_date, day.close_usd, before.close_usd as close_before_usd, day.return_ratio
            from $batch as day
            left join marts.fct_daily_venue_prices as before
                on day.asset = before.asset and day.source = before.venue and day.trade_date = before.trade_date + 1
            where abs(day.return_ratio + 1 - day.close_usd::double / nullif(before.close_usd::double, 0)) > $tolerance
                or (day.return_ratio is null) <> (before.close_usd is null)
            order by all
            """,
            {"tolerance": "1e-9"},
        ),
    ),
)
