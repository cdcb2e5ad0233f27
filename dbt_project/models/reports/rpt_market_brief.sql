{{ config(meta={
    "by_change": {
        "day": "trade_date",
        "inputs": {
            "int_brief_prices": "trade_date",
            "int_brief_etf_flows": "trade_date",
            "int_brief_liquidations": "trade_date",
            "int_brief_market_caps": "trade_date",
            "int_brief_restatements": "trade_date",
            "fct_daily_metrics": "trade_date",
        },
    }
}) }}
-- The day as an analyst would write it: one sentence per subject, built from the marts, with the figures it used. A
-- figure that should be there and is not gives a sentence too, with the reason.
with sentences as (

    select * from {{ ref("int_brief_prices") }}
    union all
    select * from {{ ref("int_brief_etf_flows") }}
    union all
    select * from {{ ref("int_brief_liquidations") }}
    union all
    select * from {{ ref("int_brief_market_caps") }}
    union all
    select * from {{ ref("int_brief_restatements") }}

)

select
    sentences.trade_date,
    sentences.asset,
    sentences.sentence_number,
    sentences.topic,
    sentences.sentence,
    sentences.is_missing,
    sentences.metric,
    sentences.scope,
    sentences.time_window,
    sentences.statistic,
    metrics.title || ' of ' || sentences.asset || ', '
    || {{ titled_words("sentences.statistic", "sentences.time_window", "sentences.scope") }}
    || ': ' || metrics.definition as definition,
    sentences.figures,
    measured.source,
    measured.observed_at,
    measured.is_final,
    case
        when sentences.topic = 'restatement'
            then
                'select * from marts.fct_revisions where metric = ' || {{ quoted("sentences.metric") }}
                || ' and asset = ' || {{ quoted("sentences.asset") }}
                || ' and scope = ' || {{ quoted("sentences.scope") }}
                || ' and trade_date = date ' || {{ quoted("cast(sentences.trade_date as varchar)") }}
                || ' order by observed_at'
        when sentences.is_missing
            then
                'select scope, statistic, min(trade_date), max(trade_date) from marts.fct_daily_metrics where metric = '
                || {{ quoted("sentences.metric") }} || ' and asset = ' || {{ quoted("sentences.asset") }}
                || ' group by all order by all'
        else
            {{ daily_figure_sql(
                "sentences.metric", "sentences.asset", "sentences.scope", "sentences.time_window",
                "sentences.statistic", "sentences.trade_date", "sentences.trade_date"
            ) }}
    end as example_sql,
from sentences
inner join {{ ref("dim_metrics") }} as metrics
    on sentences.metric = metrics.metric
left join {{ ref("fct_daily_metrics") }} as measured
    on
        sentences.metric = measured.metric
        and sentences.asset = measured.asset
        and sentences.scope = measured.scope
        and sentences.time_window = measured.time_window
        and sentences.statistic = measured.statistic
        and sentences.trade_date = measured.trade_date
where sentences.trade_date >= {{ first_changed_day() }}
order by sentences.trade_date, sentences.asset, sentences.sentence_number
