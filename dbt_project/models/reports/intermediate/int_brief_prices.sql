{{ config(meta={
    "by_change": {
        "day": "trade_date",
        "inputs": {
            "int_brief_days": "trade_date",
            "fct_daily_prices": "trade_date",
            "fct_daily_records": "trade_date",
            "int_records_of_the_day": "trade_date",
            "int_report_ends": "last_date",
        },
    }
}) }}
-- What the price did on a day, and since when it was not as high or low.
with days as (

    select * from {{ ref("int_brief_days") }}

),

records as (

    select * from {{ ref("fct_daily_records") }}

),

price_records_of_the_day as (

    select *
    from {{ ref("int_records_of_the_day") }}
    where metric = 'price_usd' and time_window = 'utc_day'

),

price_coverage as (

    select
        asset,
        first_days.first_date,
        last_days.last_date,
    from {{ ref("int_report_starts") }} as first_days
    left join {{ ref("int_report_ends") }} as last_days using (subject, asset, scope)
    where subject = 'prices'

),

prices as (

    select
        days.trade_date,
        days.asset,
        1 as sentence_number,
        'price' as topic,
        case
            when prices.close_usd is null
                then
                    days.name || ': the price is missing; '
                    || {{ missing_words("price_coverage", "days.trade_date") }} || '.'
            else
                days.name || ' closed at ' || {{ price_words("prices.close_usd") }} || ' ' || prices.quote_asset
                || ' on ' || {{ title_words("prices.source") }}
                || coalesce(', ' || {{ change_words("prices.return_ratio") }} || ' on the UTC day', '')
                || ', between ' || {{ price_words("prices.low_usd") }}
                || ' and ' || {{ price_words("prices.high_usd") }}
                || case
                    when prices.return_ratio is null
                        then
                            '; the return is missing, ' || {{ title_words("prices.source") }}
                            || ' has no close of the day before'
                    else ''
                end || '.'
        end as sentence,
        'price_usd' as metric,
        coalesce(prices.source, 'any venue') as scope,
        'utc_day' as time_window,
        'close' as statistic,
        to_json({
            'close_usd': prices.close_usd,
            'high_usd': prices.high_usd,
            'low_usd': prices.low_usd,
            'return_ratio': prices.return_ratio
        }) as figures,
        prices.close_usd is null as is_missing,
    from days
    left join {{ ref("fct_daily_prices") }} as prices using (asset, trade_date)
    left join price_coverage using (asset)

),

-- Records of the close and of the high or the low, where they are any.
price_records as (

    select
        prices.trade_date,
        prices.asset,
        2 as sentence_number,
        'record' as topic,
        case
            when close_records.record_words is null
                then
                    'The intraday ' || case edge_records.direction when 'highest' then 'high' else 'low' end
                    || ' was ' || edge_records.record_words || '.'
            else
                'The close was ' || close_records.record_words
                || coalesce(
                    ', the intraday ' || case edge_records.direction when 'highest' then 'high ' else 'low ' end
                    || edge_records.record_words,
                    ''
                ) || '.'
        end as sentence,
        'price_usd' as metric,
        prices.source as scope,
        'utc_day' as time_window,
        'close' as statistic,
        to_json({
            'close_usd': closes.value,
            'close_highest_since_date': closes.highest_since_date,
            'high_highest_since_date': highs.highest_since_date,
            'close_lowest_since_date': closes.lowest_since_date,
            'low_lowest_since_date': lows.lowest_since_date,
            'history_start_date': closes.history_start_date
        }) as figures,
        false as is_missing,
    from {{ ref("fct_daily_prices") }} as prices
    {% for alias, statistic in [("closes", "close"), ("highs", "high"), ("lows", "low")] -%}
    inner join records as {{ alias }}
        on
            prices.asset = {{ alias }}.asset
            and prices.trade_date = {{ alias }}.trade_date
            and prices.source = {{ alias }}.scope
            and {{ alias }}.metric = 'price_usd'
            and {{ alias }}.time_window = 'utc_day'
            and {{ alias }}.statistic = '{{ statistic }}'
    {% endfor -%}
    {% for alias, statistics in [("close_records", "'close'"), ("edge_records", "'high', 'low'")] -%}
    left join price_records_of_the_day as {{ alias }}
        on
            prices.asset = {{ alias }}.asset
            and prices.trade_date = {{ alias }}.trade_date
            and case when coalesce(prices.return_ratio, 0) >= 0 then 'highest' else 'lowest' end = {{ alias }}.direction
            and {{ alias }}.statistic in ({{ statistics }})
    {% endfor -%}
    where close_records.record_words is not null or edge_records.record_words is not null

)

select * from prices
union all
select * from price_records
