-- Which figures of a day are worth calling a record: nothing was as high (or as low) for a while, in a history that is
-- long enough to say so. Of prices the preferred venue of the day; a low is no highest, nor a high the
-- lowest.
with records as (

    select
        records.*,
        metrics.title,
        metrics.unit,
        metrics.family,
    from {{ ref("fct_daily_records") }} as records
    inner join {{ ref("dim_metrics") }} as metrics
        on records.metric = metrics.metric
    where records.statistic != 'open' and records.earlier_days_count >= {{ threshold("record_history_days") }}

),

directed as (
    {% for direction, other in [("highest", "low"), ("lowest", "high")] %}
    {%- set is_record = {"highest": "is_record_high", "lowest": "is_record_low"}[direction] %}
    {%- if not loop.first %}
    union all
    {%- endif %}
    select
        records.*,
        '{{ direction }}' as direction,
        records.{{ is_record }} as is_record,
        records.{{ direction }}_since_date as since_date,
        records.{{ direction }}_since_days_count as since_days_count,
        {{ record_words("the " ~ direction, "records", direction) }} as record_words,
    from records
    where
        records.statistic != '{{ other }}'
        and (
            records.{{ is_record }}
            or records.{{ direction }}_since_days_count >= {{ threshold("record_since_days") }}
        )
    {%- endfor %}

)

select
    directed.trade_date,
    directed.metric,
    directed.asset,
    directed.scope,
    directed.time_window,
    directed.statistic,
    directed.direction,
    directed.value,
    directed.is_record,
    directed.since_date,
    directed.since_days_count,
    directed.history_start_date,
    {{ capitalised("directed.title") }} || ' of ' || directed.asset || ', '
    || {{ interpretation_words("directed.statistic", "directed.time_window", "directed.scope") }} || ': '
    || {{ figure_words("directed.value", "directed.unit", "directed.statistic") }} || ', ' || directed.record_words
    || '.' as sentence,
    {{ daily_figure_sql(
        "directed.metric", "directed.asset", "directed.scope", "directed.time_window", "directed.statistic",
        "directed.trade_date", "directed.trade_date"
    ) }} as example_sql,
from directed
left join {{ ref("fct_daily_prices") }} as prices
    on directed.asset = prices.asset and directed.trade_date = prices.trade_date
where directed.family not in ('price', 'price_return', 'spot_volume') or directed.scope = prices.source
order by
    directed.trade_date, directed.metric, directed.asset, directed.scope, directed.time_window, directed.statistic,
    directed.direction
