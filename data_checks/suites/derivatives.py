"""Open interest, funding, accounts and liquidation events: units, days, sides counted twice, sums of events."""

from data_checks.check import Check, NoRows

DAILY = (
    Check(
        name="open_interest_keeps_its_unit",
        table="fct_daily_derivatives",
        severity="warning",
        reason=(
            "The worst crash closed half of all positions in a day; a factor of ten means coins, contracts or another "
            "list."
        ),
        rule=NoRows(
            "select asset, scope, trade_date, source, open_interest_usd, open_interest_change_ratio from $batch "
            "where open_interest_change_ratio + 1 not between 1 / $limit and $limit order by all",
            {"limit": "10.0"},
        ),
    ),
    Check(
        name="derivative_figures_belong_to_closed_days",
        table="fct_daily_derivatives",
        severity="warning",
        reason="The end of a day is known when the day is over; before 2013 there were no futures.",
        rule=NoRows(
            "select asset, scope, trade_date, source from $batch "
            "where trade_date < date '2013-01-01' or trade_date + 1 > $now order by all"
        ),
    ),
    Check(
        name="derivative_figures_have_no_gap",
        table="fct_daily_derivatives",
        severity="warning",
        reason=(
            "Venues keep these figures for one to three months: they were not fetched in time, or a page lost a row."
        ),
        rule=NoRows(
            """
            with figures as not materialized (from $batch),
            known as (
                select asset, scope, source, trade_date from figures where trade_date >= $since
                union all
                select asset, scope, max_by(source, trade_date), max(trade_date)
                from figures where trade_date < $since group by all
            ),
            days as (
                select asset, scope, source, trade_date,
                    lead(trade_date) over (partition by asset, scope order by trade_date) as next_date
                from known
            )
            select asset, scope, source, trade_date + 1 as first_missing_date, next_date - 1 as last_missing_date
            from days where next_date > trade_date + 1 order by all
            """,
            days={"fct_daily_derivatives": "trade_date"},
        ),
    ),
    Check(
        name="derivative_figures_are_fresh",
        table="fct_daily_derivatives",
        severity="warning",
        reason="Yesterday's end is reported within hours of midnight UTC; an older end means that the source failed.",
        rule=NoRows(
            """
            select asset, scope, arg_max(source, trade_date) as source, max(trade_date) as newest_date,
                ($now - interval $grace hour)::date - 1 as expected_date
            from $batch group by asset, scope
            having max(trade_date) < ($now - interval $grace hour)::date - 1 order by all
            """,
            {"grace": 4},
        ),
    ),
)

VERSIONS = (
    Check(
        name="derivative_versions_were_seen_after_their_day",
        table="fct_derivative_versions",
        severity="warning",
        reason="A figure observed before midnight is a running level: as-of tables would show the future.",
        rule=NoRows(
            "select asset, scope, trade_date, source, observed_at from $batch "
            "where observed_at < trade_date + 1 order by all"
        ),
    ),
    Check(
        name="two_records_of_a_venue_agree",
        table="fct_derivative_versions",
        severity="warning",
        reason=(
            "An aggregator adds coin-margined contracts to the venue's USDT ones: a venue that exceeds that sum by a "
            "third counts both sides, and accounts that differ twofold are not the same accounts."
        ),
        rule=NoRows(
            """
            with versions as not materialized (from $batch),
            newest as (
                select * from versions
                where (asset, scope) in (select (asset, scope) from versions where source = 'coinalyze')
                qualify row_number() over (
                    partition by asset, scope, trade_date, source order by observed_at desc
                ) = 1
            ),
            pairs as (
                select venue.asset, venue.scope, venue.source, venue.trade_date,
                    venue.open_interest_usd::double / nullif(sums.open_interest_usd::double, 0) as positions_ratio,
                    venue.long_short_account_ratio / nullif(sums.long_short_account_ratio, 0) as accounts_ratio
                from newest as venue
                inner join newest as sums
                    on venue.asset = sums.asset and venue.scope = sums.scope and venue.trade_date = sums.trade_date
                where venue.source <> 'coinalyze' and sums.source = 'coinalyze'
            )
            select asset, scope, source, count(*) as days_count, median(positions_ratio) as positions_ratio,
                median(accounts_ratio) as accounts_ratio
            from pairs group by asset, scope, source
            having median(positions_ratio) > $positions
                or median(accounts_ratio) not between 1 / $accounts and $accounts
            order by all
            """,
            {"positions": 1.33, "accounts": "2.0"},
        ),
    ),
)

EVENTS = (
    Check(
        name="liquidation_events_are_possible",
        table="fct_liquidation_events",
        severity="warning",
        reason=(
            "An event in the future or before 2019 has a timestamp in another unit; one worth over a billion dollars "
            "is in contracts or coins, not in dollars."
        ),
        rule=NoRows(
            "select venue, event_id, event_at, asset, quantity, price_usd, value_usd from $batch "
            "where event_at > $now + interval 1 hour or event_at < timestamp '2019-01-01' "
            "or quantity <= 0 or price_usd <= 0 or value_usd > $limit order by all",
            {"limit": 1_000_000_000},
        ),
    ),
    Check(
        name="liquidation_events_have_a_value",
        table="fct_liquidation_events",
        severity="warning",
        reason="The size of the contract is unknown: the day has no sum until the instruments are fetched.",
        rule=NoRows(
            "select venue, asset, symbol, source, count(*) as events_count, max(trade_date) as newest_date "
            "from $batch where value_usd is null group by all order by all"
        ),
    ),
    Check(
        name="liquidation_events_happen_near_the_market",
        table="fct_liquidation_events",
        severity="warning",
        reason=(
            "A price a fifth outside the day's range is an opening price, another contract, or a price per thousand "
            "coins."
        ),
        rule=NoRows(
            """
            select events.venue, events.asset, events.symbol, count(*) as events_count,
                min(events.price_usd) as lowest_price_usd, max(events.price_usd) as highest_price_usd
            from $batch as events
            inner join (select asset, trade_date, low_usd, high_usd from marts.fct_daily_prices) as market
                using (asset, trade_date)
            where events.price_usd not between market.low_usd / $limit and market.high_usd * $limit
            group by all order by all
            """,
            {"limit": 1.2},
        ),
    ),
    Check(
        name="liquidation_events_make_their_day",
        table="fct_daily_liquidations",
        severity="warning",
        reason="A day of a venue that reports events is their sum by closed side, to the cent.",
        rule=NoRows(
            """
            with sums as (
                select source, asset, trade_date,
                    coalesce(sum(value_usd) filter (where liquidated_side = 'long'), 0) as long_events_usd,
                    coalesce(sum(value_usd) filter (where liquidated_side = 'short'), 0) as short_events_usd
                from marts.fct_liquidation_events group by all
            )
            select days.asset, days.scope, days.trade_date, days.source, days.long_usd, sums.long_events_usd,
                days.short_usd, sums.short_events_usd
            from $batch as days left join sums using (source, asset, trade_date)
            where days.source in ('okx_futures', 'htx', 'bitfinex', 'binance_archive_coinm')
                and (abs(days.long_usd - coalesce(sums.long_events_usd, 0)) > 0.01
                    or abs(days.short_usd - coalesce(sums.short_events_usd, 0)) > 0.01)
            order by all
            """
        ),
    ),
)

CHECKS = (*DAILY, *VERSIONS, *EVENTS)
