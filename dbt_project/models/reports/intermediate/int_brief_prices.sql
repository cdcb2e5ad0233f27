-- What the price did on a day, and since when it was not as high or low.
with days as (

    select * from {{ ref("int_brief_days") }}

),

records as (

    select * from {{ ref("fct_daily_records") }}

),

price_coverage as (

    select
        asset,
        min(trade_date) as first_date,
        max(trade_date) as last_date,
    from {{ ref("fct_daily_prices") }}
    group by all

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
                || ' on ' || prices.source
                || coalesce(', ' || {{ change_words("prices.return_ratio") }} || ' on the UTC day', '')
                || ', between ' || {{ price_words("prices.low_usd") }}
                || ' and ' || {{ price_words("prices.high_usd") }}
                || case
                    when prices.return_ratio is null
                        then '; the return is missing, ' || prices.source || ' has no close of the day before'
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

-- After a rise the highs are reported, after a fall the lows.
price_records as (

    select
        prices.trade_date,
        prices.asset,
        2 as sentence_number,
        'record' as topic,
        case
            when coalesce(prices.return_ratio, 0) >= 0
                then
                    'The close was ' || {{ record_words("the highest", "closes", "highest") }}
                    || ', the intraday high ' || {{ record_words("the highest", "highs", "highest") }} || '.'
            else
                'The close was ' || {{ record_words("the lowest", "closes", "lowest") }}
                || ', the intraday low ' || {{ record_words("the lowest", "lows", "lowest") }} || '.'
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
    where closes.earlier_days_count > 0

)

select * from prices
union all
select * from price_records
