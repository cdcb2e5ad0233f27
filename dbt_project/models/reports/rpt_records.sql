{{ config(meta={
    "by_change": {
        "day": "trade_date",
        "inputs": {
            "int_records_of_the_day": "trade_date",
        },
    }
}) }}
-- The records of a day in sentences, each with a query that shows it.
select
    records.trade_date,
    records.metric,
    records.asset,
    records.scope,
    records.time_window,
    records.statistic,
    records.direction,
    records.value,
    records.is_record,
    records.since_date,
    records.since_days_count,
    records.history_start_date,
    {{ capitalised("records.title") }}
    || ' of ' || case records.asset when 'ALL' then 'the market' else records.asset end || ', '
    || {{ titled_words("records.statistic", "records.time_window", "records.scope") }} || ': '
    || case records.metric
        when 'price_usd' then {{ price_words("records.value") }} || ' USD'
        else {{ figure_words("records.value", "records.unit", "records.statistic") }}
    end || ', ' || records.record_words || '.' as sentence,
    {{ daily_figure_sql(
        "records.metric", "records.asset", "records.scope", "records.time_window", "records.statistic",
        "records.trade_date", "records.trade_date"
    ) }} as example_sql,
from {{ ref("int_records_of_the_day") }} as records
where records.trade_date >= {{ first_changed_day() }}
order by
    records.trade_date, records.metric, records.asset, records.scope, records.time_window, records.statistic,
    records.direction
