select * from (
{{ daily_prices(
    ref("fct_daily_venue_prices"), ref("fct_hourly_prices"), precedence=precedence("prices", "venue_prices.venue")
) }}
)
order by asset, trade_date
