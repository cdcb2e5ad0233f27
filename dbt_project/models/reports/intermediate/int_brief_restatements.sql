{{ config(meta={
    "by_change": {
        "day": "trade_date",
        "inputs": {
            "fct_revisions": "trade_date",
        },
    }
}) }}
-- Of a day's leading figures those that were restated since, from the first report to the last.
with revised as (

    select
        revisions.metric,
        revisions.asset,
        revisions.scope,
        revisions.time_window,
        revisions.statistic,
        revisions.trade_date,
        revisions.source,
        metrics.title,
        count(*) as revision_count,
        arg_min_null(revisions.old_value, revisions.observed_at) as first_value_usd,
        arg_max_null(revisions.new_value, revisions.observed_at) as last_value_usd,
        max(revisions.observed_at) as last_observed_at,
    from {{ ref("fct_revisions") }} as revisions
    inner join {{ ref("dim_metrics") }} as metrics
        on revisions.metric = metrics.metric
    where
        (revisions.metric = 'price_usd' and revisions.statistic = 'close')
        or revisions.metric in ('etf_net_flow_usd', 'long_liquidations_usd', 'short_liquidations_usd')
        or (revisions.metric = 'ex_btc_market_cap_usd' and revisions.statistic in ('close', 'snapshot'))
    group by all

)

select
    trade_date,
    asset,
    cast(
        10 + row_number() over (
            partition by trade_date, asset order by metric, scope, time_window, statistic, source
        ) as integer
    ) as sentence_number,
    'restatement' as topic,
    {{ title_words("source") }} || ' restated this day''s ' || title || ' (' || {{ title_words("scope") }} || ')'
    || case revision_count when 1 then '' else format(' {} times', revision_count) end
    || ', from ' || coalesce({{ usd_words("first_value_usd") }} || ' USD', 'nothing')
    || ' to ' || coalesce({{ usd_words("last_value_usd") }} || ' USD', 'nothing')
    || ', last seen on ' || strftime(last_observed_at, '%-d %B %Y %H:%M UTC') || '.' as sentence,
    metric,
    scope,
    time_window,
    statistic,
    to_json({
        'revision_count': revision_count,
        'first_value_usd': first_value_usd,
        'last_value_usd': last_value_usd,
        'last_observed_at': last_observed_at
    }) as figures,
    false as is_missing,
from revised
