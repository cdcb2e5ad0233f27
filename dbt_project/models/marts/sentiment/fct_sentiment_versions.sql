with reported as (

    select
        asset,
        'alternative_me' as scope,
        trade_date,
        'alternative' as source,
        observed_at,
        fear_greed_points,
        classification,
    from {{ ref("stg_alternative__fear_greed_versions") }}

    union all

    select
        asset,
        'coinmarketcap' as scope,
        trade_date,
        'coinmarketcap_sentiment' as source,
        observed_at,
        fear_greed_points,
        classification,
    from {{ ref("stg_coinmarketcap__fear_greed_versions") }}

),

changed as (

    {{ changed_versions(
        "reported",
        ["asset", "scope", "trade_date", "source"],
        ["fear_greed_points", "classification"],
    ) | indent(4) }}

)

select
    asset,
    scope,
    trade_date,
    source,
    observed_at,
    fear_greed_points,
    classification,
from changed
order by asset, scope, trade_date, source, observed_at
