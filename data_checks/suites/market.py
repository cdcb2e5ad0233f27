"""The tables made for readers from many facts: the wide daily table and the rolling 24 hours."""

from data_checks.check import Check, NoRows

CHECKS = (
    Check(
        name="the_wide_table_repeats_the_facts",
        table="fct_daily_market",
        severity="critical",
        reason=(
            "Dashboards start from this table: a day that occurs twice, is missing or has another figure than the fact "
            "makes every sum and join over it wrong."
        ),
        rule=NoRows(
            """
            with market as (
                select *, count(*) over (partition by asset, trade_date) as rows_count from $batch
                where trade_date >= $since
            ),
            prices as (select * from marts.fct_daily_prices where trade_date >= $since)
            select asset, trade_date, market.rows_count, market.close_usd, price.close_usd as fact_close_usd,
                market.etf_net_flow_usd, etf.net_flow_usd as fact_etf_net_flow_usd,
                market.total_liquidations_usd, liquidations.total_usd as fact_total_liquidations_usd
            from market
            full join prices as price using (asset, trade_date)
            left join marts.fct_daily_etf_totals as etf using (asset, trade_date)
            left join marts.fct_daily_liquidations as liquidations
                on liquidations.asset = market.asset and liquidations.trade_date = market.trade_date
                and liquidations.scope = market.liquidation_scope
            where market.rows_count is distinct from 1
                or market.close_usd is distinct from price.close_usd
                or market.return_ratio is distinct from price.return_ratio
                or market.etf_net_flow_usd is distinct from etf.net_flow_usd
                or market.total_liquidations_usd is distinct from liquidations.total_usd
            order by all
            """,
            days={
                "fct_daily_market": "trade_date",
                "fct_daily_prices": "trade_date",
                "fct_daily_etf_totals": "trade_date",
                "fct_daily_liquidations": "trade_date",
            },
        ),
    ),
    Check(
        name="the_past_24_hours_are_24_hours",
        table="fct_rolling_24h",
        severity="warning",
        reason="A change compares closed hours with the figure a day earlier; at midnight it equals the UTC day's.",
        rule=NoRows(
            """
            select metric, rolling.asset, scope, as_of_at, rolling.value, value_24h_ago, value_24h_ago_at, change_ratio,
                high_24h, low_24h, day.high_usd as day_high_usd, day.low_usd as day_low_usd,
                day.close_usd as day_close_usd
            from (from $batch where as_of_at >= $since) as rolling
            left join (from marts.fct_daily_venue_prices where trade_date >= $since - 1) as day
                on day.asset = rolling.asset and day.venue = rolling.scope
                -- One expression to join by: with the conditions on the left side apart, DuckDB loops over all pairs.
                and day.trade_date = case
                    when rolling.metric = 'price_usd' and rolling.high_24h is not null
                        and rolling.as_of_at = date_trunc('day', rolling.as_of_at)
                    then rolling.as_of_at::date - 1
                end
            -- Nothing may have been liquidated in a day; a price, a volume or a capitalisation of 0 there is none.
            where rolling.as_of_at > $now or rolling.value < 0
                or (rolling.value = 0 and rolling.metric not like '%liquidations%')
                or abs(change_ratio - (rolling.value / nullif(value_24h_ago, 0) - 1)) > 1e-9
                or abs(date_diff('minute', value_24h_ago_at, as_of_at) - 24 * 60) > $minutes
                or rolling.value > high_24h or rolling.value < low_24h
                or abs(rolling.value / day.close_usd::double - 1) > $tolerance
                or abs(high_24h / day.high_usd::double - 1) > $tolerance
                or abs(low_24h / day.low_usd::double - 1) > $tolerance
            order by all
            """,
            {"minutes": 90, "tolerance": 0.001},
            # At midnight a row repeats the day before, so a changed day is that of later rows.
            days={"fct_rolling_24h": "cast(as_of_at as date)", "fct_daily_venue_prices": "trade_date"},
        ),
    ),
)
