with versions as (

    select
        asset,
        fund_ticker,
        seed_usd,
        nullif(regexp_extract(printed_cell, '\*+$'), '') as footnote_mark,
        observed_at,
    from {{ ref("stg_farside__fund_flows_versions") }}
    where is_seed and not is_total and seed_usd is not null

),

changed as (

    {{ changed_versions("versions", ["asset", "fund_ticker"], ["seed_usd", "footnote_mark"]) | indent(4) }}

),

newest as (

    {{ newest_with_history("changed", ["asset", "fund_ticker"]) | indent(4) }}

)

select
    asset,
    fund_ticker,
    seed_usd,
    footnote_mark,
    'farside' as source,
    first_observed_at,
    observed_at,
    revision_count,
from newest
order by asset, fund_ticker
