select * from (
{{ daily_derivatives(
    ref("fct_derivative_versions"),
    precedence=precedence("derivatives", "newest.source"),
    is_final=is_settled(
        "derivatives", "beside_the_day_before.source", "(beside_the_day_before.trade_date + interval 1 day)"
    ),
) }}
)
order by asset, scope, trade_date
