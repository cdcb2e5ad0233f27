"""Prices against independent sources: aggregators, Tether's own price in dollars, and Bitcoin's market cap twice."""

from data_checks.check import Between, Check, NoRows

CHECKS = (
    Check(
        name="tether_is_worth_a_dollar_within_half_a_percent",
        table="fct_daily_quote_rates",
        severity="warning",
        reason=(
            "USDT is not USD. Since 2021 it closed within 0.3 % of a dollar on all but a few days of stress: a wider "
            "basis distorts every price that is quoted in it."
        ),
        rule=Between("basis_bps", -50, 50),
        keys=("quote_asset", "trade_date"),
    ),
    Check(
        name="venues_agree_on_the_price_of_tether",
        table="fct_daily_quote_rates",
        severity="warning",
        reason="Two venues differ by a quarter of a percent about a coin that is meant to be stable: one is stale.",
        rule=Between("venue_spread_bps", 0, 25),
        keys=("quote_asset", "trade_date"),
    ),
    Check(
        name="prices_agree_with_references_within_1_percent",
        table="fct_daily_reference_prices",
        severity="warning",
        reason=(
            "An aggregate of many venues lay 0.35 % off Binance's close on a median day of 2017 to 2019 and less "
            "since: look at larger differences."
        ),
        rule=NoRows(
            """
            select asset, source, trade_date, venue, close_usd, reference_usd, gap_bps from $batch
            where abs(coalesce(gap_in_usd_bps, gap_bps))
                > case when trade_date < date '2019-01-01' then $early_limit else $limit end
            order by abs(gap_bps) desc, asset, source, trade_date
            """,
            {"limit": 100, "early_limit": 500},
        ),
    ),
    Check(
        name="reference_prices_belong_to_their_own_day",
        table="fct_daily_reference_prices",
        severity="warning",
        reason=(
            "Sources stamp the close of a day with its start, its end or the midnight after it: read wrongly, the "
            "figures fit the neighbouring day better than their own."
        ),
        rule=NoRows(
            """
            with days as (
                select asset, source, trade_date, close_usd::double as close_price, reference_usd::double as reference,
                    lag(close_price) over series as close_before, lead(close_price) over series as close_after
                from $batch where close_usd is not null
                window series as (partition by asset, source order by trade_date)
                qualify lag(trade_date) over series = trade_date - 1 and lead(trade_date) over series = trade_date + 1
            ),
            fits as (
                select asset, source, count(*) as day_count, median(abs(reference / close_price - 1)) as own_gap,
                    median(abs(reference / close_before - 1)) as gap_to_day_before,
                    median(abs(reference / close_after - 1)) as gap_to_day_after
                from days group by all
            )
            select * from fits
            where day_count >= $fewest_days and own_gap > least(gap_to_day_before, gap_to_day_after)
            order by asset, source
            """,
            {"fewest_days": 10},
        ),
    ),
    Check(
        name="two_sources_agree_on_bitcoins_market_cap_within_2_percent",
        table="fct_daily_asset_market_caps",
        severity="warning",
        reason=(
            "CoinMarketCap's total less the rest is Bitcoin's market cap at Coin Metrics; within two hours after "
            "midnight the price rarely moves more."
        ),
        rule=NoRows(
            """
            select caps.trade_date, caps.snapshot_at, caps.btc_usd, metrics.market_cap_usd,
                caps.btc_usd::double / nullif(metrics.market_cap_usd::double, 0) - 1 as gap_ratio
            from $batch as metrics
            inner join marts.fct_daily_market_caps as caps on metrics.trade_date = caps.trade_date
            where metrics.asset = 'BTC' and metrics.supply_basis = 'current' and caps.scope = 'coinmarketcap_all'
                and caps.snapshot_at < caps.trade_date + 1 + interval 2 hour and abs(gap_ratio) > $limit
            order by caps.trade_date
            """,
            {"limit": 0.02},
        ),
    ),
    Check(
        name="universes_of_coins_agree_on_the_total_within_8_percent",
        table="fct_daily_market_caps",
        severity="warning",
        reason=(
            "CoinGecko follows more coins than CoinMarketCap and counts their supply in its own way: a few percent are "
            "expected, and neither is wrong."
        ),
        rule=NoRows(
            """
            with caps as (select * from $batch)
            select cmc.trade_date, cmc.total_usd, gecko.total_usd as coingecko_total_usd, cmc.snapshot_at,
                gecko.snapshot_at as coingecko_snapshot_at,
                gecko.total_usd::double / nullif(cmc.total_usd::double, 0) - 1 as gap_ratio
            from caps as cmc
            inner join caps as gecko on cmc.trade_date = gecko.trade_date
            where cmc.scope = 'coinmarketcap_all' and gecko.scope = 'coingecko_all'
                and abs(epoch(cmc.snapshot_at) - epoch(gecko.snapshot_at)) < 7200 and abs(gap_ratio) > $limit
            order by cmc.trade_date
            """,
            {"limit": 0.08},
        ),
    ),
)
