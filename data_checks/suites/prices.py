"""Prices: bars exist, are complete and belong to closed days. How they agree is in `price_continuity.py`.

Impossible and implausible bars never reach these tables: `int_withheld_prices` keeps them out.
"""

from data_checks.check import Check, NoRows, NotEmpty

# Days on which a venue did not trade an asset: (asset, venue, first, last day without a price).
KNOWN_GAPS = """
    -- Coinbase suspended XRP from the SEC's lawsuit against Ripple until the ruling of 13 July 2023.
    values ('XRP', 'coinbase', date '2021-01-19', date '2023-07-13')
"""

BARS = """
    select 'fct_daily_venue_prices' as table_name, asset, venue, trade_date::timestamp as bar_at,
        interval 1 day as bar_length
    from $batch
    union all by name
    select 'fct_daily_prices' as table_name, asset, source as venue, trade_date::timestamp as bar_at,
        interval 1 day as bar_length
    from marts.fct_daily_prices
    union all by name
    select 'fct_hourly_prices' as table_name, asset, venue, hour_at as bar_at,
        interval 1 hour as bar_length
    from marts.fct_hourly_prices
"""

GRACE_HOURS = 2

CHECKS = (
    Check(
        name="there_are_daily_prices",
        table="fct_daily_prices",
        severity="critical",
        reason="Every other table depends on the price; without one there is nothing worth publishing.",
        rule=NotEmpty(),
    ),
    Check(
        name="every_utc_day_has_a_price",
        table="fct_daily_prices",
        severity="warning",
        reason=(
            "Markets never close: a day that was requested and has no price at any venue is missing, and returns and "
            "records skip it. Days that were never requested are not missing."
        ),
        next_step="Fetch the days: `warehouse run --start FIRST --end LAST`, or `--only SOURCE` for one venue.",
        rule=NoRows(
            """
            with days as (
                select asset, trade_date, lead(trade_date) over (partition by asset order by trade_date) as next_date
                from $batch
            ),
            holes as (
                select asset, trade_date + 1 as first_date, next_date - 1 as last_date
                from days where next_date > trade_date + 1
            ),
            due as (
                select asset, scope as venue, first_missing_date as first_date, last_missing_date as last_date
                from marts.rpt_gaps where metric = 'price_usd' and not is_open
                union all
                select asset, venue, trade_date, trade_date from marts.fct_daily_venue_prices
            )
            select asset, string_agg(distinct venue, ', ' order by venue) as venues,
                greatest(holes.first_date, min(due.first_date)) as first_missing_date,
                least(holes.last_date, max(due.last_date)) as last_missing_date
            from holes
            inner join due using (asset)
            where due.first_date <= holes.last_date and due.last_date >= holes.first_date
            group by asset, holes.first_date, holes.last_date
            order by all
            """
        ),
    ),
    Check(
        name="every_venue_has_a_price_of_every_utc_day",
        table="fct_daily_venue_prices",
        severity="warning",
        reason=(
            "A day that is missing at one venue leaves the daily price complete; the venue's own series, its returns "
            "and its records have a gap."
        ),
        rule=NoRows(
            """
            with bars as not materialized (from $batch),
            known as (
                select asset, venue, trade_date from bars where trade_date >= $since
                union all
                select asset, venue, max(trade_date) from bars where trade_date < $since group by all
            ),
            days as (
                select asset, venue, trade_date,
                    lead(trade_date) over (partition by asset, venue order by trade_date) as next_date
                from known
            )
            select asset, venue, trade_date + 1 as first_missing_date, next_date - 1 as last_missing_date
            from days
            where next_date > trade_date + 1
                and not exists (
                    select 1 from ($known_gaps) as gap (asset, venue, first_date, last_date)
                    where gap.asset = days.asset and gap.venue = days.venue
                        and gap.first_date <= days.trade_date + 1 and days.next_date - 1 <= gap.last_date
                )
            order by all
            """,
            {"known_gaps": KNOWN_GAPS},
            days={"fct_daily_venue_prices": "trade_date"},
        ),
    ),
    Check(
        name="every_hour_has_a_price",
        table="fct_hourly_prices",
        severity="warning",
        reason="A missing hour leaves gaps in the rolling 24 hours; exchanges do stop for hours, so this is a warning.",
        rule=NoRows(
            """
            with hours as not materialized (from $batch),
            known as (
                select asset, venue, hour_at from hours where hour_at >= $since
                union all
                -- The hole before the first of these begins at the last hour before.
                select asset, venue, max(hour_at) from hours where hour_at < $since group by all
            ),
            steps as (
                select asset, venue, hour_at,
                    lead(hour_at) over (partition by asset, venue order by hour_at) as next_hour_at
                from known
            )
            select asset, venue, hour_at + interval 1 hour as first_missing_at, next_hour_at as next_known_at
            from steps where next_hour_at > hour_at + interval 1 hour
            order by all
            """,
            days={"fct_hourly_prices": "cast(hour_at as date)"},
        ),
    ),
    Check(
        name="prices_belong_to_closed_bars_since_2009",
        table="fct_daily_venue_prices",
        severity="warning",
        reason=(
            "A bar that ends after now is unfinished or invented; one before Bitcoin's first block has a timestamp in "
            "the wrong unit."
        ),
        rule=NoRows(
            f"""
            select table_name, asset, venue, bar_at
            from ({BARS})
            where bar_at >= $since and (bar_at < date '2009-01-03' or bar_at + bar_length > $now)
            order by all
            """,
            days={
                "fct_daily_venue_prices": "trade_date",
                "fct_daily_prices": "trade_date",
                "fct_hourly_prices": "cast(hour_at as date)",
            },
        ),
    ),
    Check(
        name="daily_prices_are_fresh",
        table="fct_daily_venue_prices",
        severity="warning",
        reason="Venues publish the closed day within minutes; an earlier end means that the source failed.",
        rule=NoRows(
            """
            with expected as (select ($now - interval $grace hour)::date - 1 as expected_date)
            select asset, venue, max(trade_date) as newest_date, any_value(expected_date) as expected_date
            from $batch cross join expected
            group by asset, venue having max(trade_date) < any_value(expected_date)
            order by all
            """,
            {"grace": GRACE_HOURS},
        ),
    ),
    Check(
        name="hourly_prices_are_fresh",
        table="fct_hourly_prices",
        severity="warning",
        reason="'In the past 24 hours' is only true of hours that have arrived.",
        rule=NoRows(
            """
            select asset, venue, max(hour_at) as newest_hour_at
            from $batch group by all having max(hour_at) < $now - interval 1 hour - interval $grace hour
            order by all
            """,
            {"grace": GRACE_HOURS},
        ),
    ),
)
