-- The day as an analyst would write it: one sentence per subject, built from the marts, with the figures it used. A
-- figure that should be there and is not gives a sentence too, with the reason.
with figures as (

    select * from {{ ref("fct_daily_metrics") }}

),

records as (

    select * from {{ ref("fct_daily_records") }}

),

coverage as (

    select
        metric,
        asset,
        scope,
        min(trade_date) as first_date,
        max(trade_date) as last_date,
    from figures
    group by all

),

-- Every closed day of an asset from its first price on (its first figure if it has none): a hole in a series is told.
newest_day as (

    select max(trade_date) as newest_date
    from figures
    where time_window = 'utc_day'

),

days as (

    select
        histories.asset,
        assets.name,
        dates.date as trade_date,
        dates.is_nyse_session,
        dates.previous_session_date,
    from (
        select
            asset,
            coalesce(min(first_date) filter (where metric = 'price_usd'), min(first_date)) as first_date,
        from coverage
        where asset != 'ALL'
        group by all
    ) as histories
    cross join newest_day
    inner join {{ ref("dim_assets") }} as assets
        on histories.asset = assets.asset
    inner join {{ ref("dim_dates") }} as dates
        on dates.date between histories.first_date and newest_day.newest_date

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

-- After a rise the highs are worth telling, after a fall the lows.
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

),

etf_launches as (

    select
        asset,
        min(first_trade_date) as launch_date,
    from {{ ref("dim_etf_funds") }}
    group by all

),

etf_flows as (

    select
        days.trade_date,
        days.asset,
        3 as sentence_number,
        'etf_flow' as topic,
        case
            when not days.is_nyse_session
                then
                    'US spot ' || days.name || ' ETFs: no flow, the day was no NYSE session; the last one was '
                    || {{ date_words("days.previous_session_date") }} || '.'
            when totals.net_flow_usd is null
                then
                    'US spot ' || days.name || ' ETFs: the flow is missing; '
                    || case
                        when totals.funds_reported_count > 0
                            then format(
                                '{} of {} funds have reported', totals.funds_reported_count, totals.funds_expected_count
                            )
                        when totals.funds_expected_count > 0 then 'no fund has reported yet'
                        else {{ missing_words("coverage", "days.trade_date") }}
                    end || '.'
            else
                'US spot ' || days.name || ' ETFs '
                || case when totals.net_flow_usd < 0 then 'lost ' else 'took in ' end
                || {{ usd_words("abs(totals.net_flow_usd)") }} || ' USD net in the session'
                || case
                    when totals.net_flow_usd > 0 and (flow.highest_since_days_count > 6 or flow.is_record_high)
                        then ', ' || {{ record_words("the largest inflow", "flow", "highest") }}
                    when totals.net_flow_usd < 0 and (flow.lowest_since_days_count > 6 or flow.is_record_low)
                        then ', ' || {{ record_words("the largest outflow", "flow", "lowest") }}
                    else ''
                end
                || coalesce(
                    '; ' || {{ usd_words("totals.cumulative_net_flow_usd") }} || ' USD since launch'
                    || case when cumulative.is_record_high then ', a record' else '' end,
                    '; the sum since launch is missing, a session since launch has no figure'
                )
                || case when totals.is_final then '.' else ' (funds may still report).' end
        end as sentence,
        'etf_net_flow_usd' as metric,
        'us_spot_etfs' as scope,
        'nyse_session' as time_window,
        'sum' as statistic,
        to_json({
            'net_flow_usd': totals.net_flow_usd,
            'highest_since_date': flow.highest_since_date,
            'lowest_since_date': flow.lowest_since_date,
            'cumulative_net_flow_usd': totals.cumulative_net_flow_usd,
            'funds_reported_count': totals.funds_reported_count,
            'funds_expected_count': totals.funds_expected_count
        }) as figures,
        totals.net_flow_usd is null and days.is_nyse_session as is_missing,
    from days
    inner join etf_launches
        on days.asset = etf_launches.asset and days.trade_date >= etf_launches.launch_date
    left join {{ ref("fct_daily_etf_totals") }} as totals
        on days.asset = totals.asset and days.trade_date = totals.trade_date
    left join coverage
        on days.asset = coverage.asset and coverage.metric = 'etf_net_flow_usd' and coverage.scope = 'us_spot_etfs'
    {% for alias, metric in [("flow", "etf_net_flow_usd"), ("cumulative", "etf_cumulative_net_flow_usd")] -%}
    left join records as {{ alias }}
        on
            days.asset = {{ alias }}.asset
            and days.trade_date = {{ alias }}.trade_date
            and {{ alias }}.scope = 'us_spot_etfs'
            and {{ alias }}.metric = '{{ metric }}'
    {% endfor -%}
    where days.is_nyse_session is not null

),

-- The scope with the most venues speaks for the asset, for all its days: see `fct_daily_market`.
liquidation_scopes as (

    select
        asset,
        scope,
        max(venue_count) as venue_count,
        min(trade_date) as first_date,
        max(trade_date) as last_date,
    from {{ ref("fct_daily_liquidations") }}
    group by asset, scope
    qualify row_number() over (partition by asset order by max(venue_count) desc, count(*) desc, scope) = 1

),

liquidations as (

    select
        days.trade_date,
        days.asset,
        4 as sentence_number,
        'liquidations' as topic,
        case
            when liquidations.total_usd is null
                then 'Liquidations: missing; ' || {{ missing_words("liquidation_scopes", "days.trade_date") }} || '.'
            else
                'Liquidations (' || liquidations.scope || ', at least): '
                || {{ usd_words("liquidations.short_usd") }} || ' USD of shorts, '
                || {{ usd_words("liquidations.long_usd") }} || ' of longs'
                || coalesce(
                    case
                        when liquidations.long_share_ratio >= 0.5
                            then '; longs, ' || format('{:.0f} %', 100 * liquidations.long_share_ratio)
                        else '; shorts, ' || format('{:.0f} %', 100 * (1 - liquidations.long_share_ratio))
                    end || ' of the sum, were ' || {{ record_words("the most", "larger", "highest") }},
                    ''
                )
                || case when liquidations.is_final then '.' else ' (may be restated).' end
        end as sentence,
        coalesce(larger.metric, 'total_liquidations_usd') as metric,
        coalesce(liquidation_scopes.scope, 'any venue') as scope,
        'utc_day' as time_window,
        'sum' as statistic,
        to_json({
            'short_usd': liquidations.short_usd,
            'long_usd': liquidations.long_usd,
            'long_share_ratio': liquidations.long_share_ratio,
            'highest_since_date': larger.highest_since_date,
            'history_start_date': larger.history_start_date
        }) as figures,
        liquidations.total_usd is null as is_missing,
    from days
    left join liquidation_scopes using (asset)
    left join {{ ref("fct_daily_liquidations") }} as liquidations
        on
            days.asset = liquidations.asset
            and liquidation_scopes.scope = liquidations.scope
            and days.trade_date = liquidations.trade_date
    left join records as larger
        on
            days.asset = larger.asset
            and liquidation_scopes.scope = larger.scope
            and days.trade_date = larger.trade_date
            and larger.metric = case
                when liquidations.long_share_ratio >= 0.5 then 'long_liquidations_usd'
                else 'short_liquidations_usd'
            end

),

-- One venue is a part of the market: the figure of all venues is missed as long as no source gives one.
liquidations_of_all_venues as (

    select
        days.trade_date,
        days.asset,
        5 as sentence_number,
        'liquidations' as topic,
        'Liquidations of all venues: missing; no configured source covers more than '
        || liquidation_scopes.scope || '.' as sentence,
        'total_liquidations_usd' as metric,
        'all venues' as scope,
        'utc_day' as time_window,
        'sum' as statistic,
        to_json({ 'venue_count': liquidation_scopes.venue_count }) as figures,
        true as is_missing,
    from days
    inner join liquidation_scopes
        on days.asset = liquidation_scopes.asset and liquidation_scopes.venue_count = 1

),

market_cap_coverage as (

    select
        scope,
        min(trade_date) as first_date,
        max(trade_date) as last_date,
    from {{ ref("fct_daily_market_caps") }}
    group by all

),

market_caps as (

    select
        dates.date as trade_date,
        'ALL' as asset,
        cast(
            row_number() over (partition by dates.date order by coverage_of_scope.scope) as integer
        ) as sentence_number,
        'market_cap' as topic,
        case
            when caps.ex_btc_usd is null and caps.total_usd is null
                then
                    'Market capitalisation (' || coverage_of_scope.scope || '): missing; '
                    || {{ missing_words("coverage_of_scope", "dates.date") }} || '.'
            else
                'Market capitalisation (' || caps.scope || ', '
                || strftime(caps.snapshot_at, '%-d %B %H:%M UTC') || '): '
                || coalesce({{ usd_words("caps.total_usd") }} || ' USD, ', '')
                || 'without Bitcoin ' || coalesce({{ usd_words("caps.ex_btc_usd") }} || ' USD', 'missing')
                || coalesce(
                    ', ' || {{ change_words("coalesce(rolling.change_ratio, daily.value)") }} || ' in 24 hours',
                    ', without a figure 24 hours before'
                )
                || coalesce(', ' || {{ record_words("the highest", "records", "highest") }}, '')
                || coalesce('; Bitcoin''s share ' || format('{:.1f} %', 100 * caps.btc_dominance_ratio), '') || '.'
        end as sentence,
        'ex_btc_market_cap_usd' as metric,
        coverage_of_scope.scope,
        case
            when caps.ex_btc_open_usd is null and caps.scope is not null then 'instant'
            else 'utc_day'
        end as time_window,
        case
            when caps.ex_btc_open_usd is null and caps.scope is not null then 'snapshot'
            else 'close'
        end as statistic,
        to_json({
            'total_usd': caps.total_usd,
            'ex_btc_usd': caps.ex_btc_usd,
            'ex_btc_change_ratio': coalesce(rolling.change_ratio, daily.value),
            'btc_dominance_ratio': caps.btc_dominance_ratio,
            'snapshot_at': caps.snapshot_at,
            'highest_since_date': records.highest_since_date,
            'history_start_date': records.history_start_date
        }) as figures,
        caps.scope is null as is_missing,
    from market_cap_coverage as coverage_of_scope
    cross join newest_day
    inner join {{ ref("dim_dates") }} as dates
        on dates.date between coverage_of_scope.first_date and newest_day.newest_date
    left join {{ ref("fct_daily_market_caps") }} as caps
        on coverage_of_scope.scope = caps.scope and dates.date = caps.trade_date
    left join {{ ref("fct_rolling_24h") }} as rolling
        on
            caps.scope = rolling.scope
            and caps.snapshot_at = rolling.as_of_at
            and rolling.metric = 'ex_btc_market_cap_usd'
    left join figures as daily
        on
            caps.scope = daily.scope
            and dates.date = daily.trade_date
            and daily.metric = 'ex_btc_market_cap_change_ratio'
    left join records
        on
            caps.scope = records.scope
            and dates.date = records.trade_date
            and records.metric = 'ex_btc_market_cap_usd'
            and records.statistic in ('close', 'snapshot')

),

restatements as (

    select
        trade_date,
        asset,
        cast(
            10 + row_number() over (
                partition by trade_date, asset order by metric, scope, time_window, statistic, source
            ) as integer
        ) as sentence_number,
        'restatement' as topic,
        source || ' restated this day''s ' || title || ' (' || scope || ')'
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
    from (
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
            or (revisions.metric = 'etf_net_flow_usd' and revisions.scope = 'us_spot_etfs')
            or revisions.metric in ('long_liquidations_usd', 'short_liquidations_usd')
            or (revisions.metric = 'ex_btc_market_cap_usd' and revisions.statistic in ('close', 'snapshot'))
        group by all
    )

),

sentences as (
    {% for subject in [
        "prices", "price_records", "etf_flows", "liquidations", "liquidations_of_all_venues", "market_caps",
        "restatements"
    ] %}
    {{- "union all\n    " if not loop.first }}select * from {{ subject }}
    {% endfor %}
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
    || {{ reading_words("sentences.statistic", "sentences.time_window", "sentences.scope") }}
    || ': ' || metrics.definition as definition,
    sentences.figures,
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
order by sentences.trade_date, sentences.asset, sentences.sentence_number
