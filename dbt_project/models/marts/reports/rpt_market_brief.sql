-- The day as an analyst would write it: one sentence per subject, with the figures it used.
with market as (

    select * from {{ ref("fct_daily_market") }}

),

records as (

    select *
    from {{ ref("fct_daily_records") }}
    where metric in ('price_usd', 'short_liquidations_usd', 'long_liquidations_usd', 'etf_cumulative_net_flow_usd')

),

prices as (

    select
        market.trade_date,
        market.asset,
        1 as sentence_number,
        'price_usd' as metric,
        market.price_source || ': ' || market.asset || ' closed at ' || format('{:,.2f}', market.close_usd::double)
        || ' ' || market.quote_asset
        || coalesce(', ' || case when market.return_ratio >= 0 then '+' else '' end || format('{:.2f}', market.return_ratio * 100) || ' % on the UTC day', '')
        || ', between ' || format('{:,.2f}', market.low_usd::double) || ' and '
        || format('{:,.2f}', market.high_usd::double) || '.' as sentence,
        to_json({
            'close_usd': market.close_usd::double, 'high_usd': market.high_usd::double,
            'low_usd': market.low_usd::double, 'return_ratio': market.return_ratio
        })::varchar as figures,
    from market

),

price_records as (

    select
        market.trade_date,
        market.asset,
        2 as sentence_number,
        'price_usd' as metric,
        'By the daily ' || records.statistic || ' that is '
        || case
            when records.is_record_high then 'the highest since the history begins'
            else 'the highest since ' || strftime(records.highest_since_date, '%-d %B %Y')
        end
        || ' (history from ' || strftime(records.history_start_date, '%-d %B %Y') || ').' as sentence,
        to_json({
            'value': records.value, 'highest_since_date': records.highest_since_date::varchar,
            'history_start_date': records.history_start_date::varchar
        })::varchar as figures,
    from market
    inner join records
        on
            market.asset = records.asset
            and market.trade_date = records.trade_date
            and market.price_source = records.scope
            and records.metric = 'price_usd'
            and records.statistic = 'close'
    where records.is_record_high or records.highest_since_date < market.trade_date - 7

),

flows as (

    select
        trade_date,
        asset,
        3 as sentence_number,
        'etf_net_flow_usd' as metric,
        case
            when etf_net_flow_usd is not null
                then
                    'US spot ETFs: ' || case when etf_net_flow_usd >= 0 then '+' else '' end || format('{:,.1f}', etf_net_flow_usd::double / 1e6)
                    || ' million USD in the session, '
                    || format('{:,.1f}', etf_cumulative_net_flow_usd::double / 1e6) || ' million since launch'
                    || case when is_etf_flow_final then '.' else ' (not all funds have reported).' end
            when is_nyse_session then 'US spot ETFs: no flow is reported for this session.'
            else 'US spot ETFs: no session on this day.'
        end as sentence,
        to_json({
            'net_flow_usd': etf_net_flow_usd::double,
            'cumulative_net_flow_usd': etf_cumulative_net_flow_usd::double
        })::varchar as figures,
    from market

),

liquidations as (

    select
        market.trade_date,
        market.asset,
        4 as sentence_number,
        'total_liquidations_usd' as metric,
        case
            when market.total_liquidations_usd is null then 'Liquidations: no source reports this day.'
            else
                'Liquidations (' || market.liquidation_scope || '): '
                || format('{:,.2f}', market.long_liquidations_usd::double / 1e6) || ' million USD of longs, '
                || format('{:,.2f}', market.short_liquidations_usd::double / 1e6) || ' million of shorts'
                || coalesce(
                    ', longs ' || format('{:.0f}', market.long_liquidation_share_ratio * 100) || ' % of the sum', ''
                )
                || '; a lower bound.'
        end as sentence,
        to_json({
            'long_usd': market.long_liquidations_usd::double, 'short_usd': market.short_liquidations_usd::double,
            'long_share_ratio': market.long_liquidation_share_ratio
        })::varchar as figures,
    from market

),

market_caps as (

    select
        trade_date,
        asset,
        5 as sentence_number,
        'ex_btc_market_cap_usd' as metric,
        case
            when total_market_cap_usd is null then 'Market capitalisation: no snapshot for this day.'
            else
                'Market capitalisation (' || market_cap_scope || '): '
                || format('{:,.1f}', total_market_cap_usd::double / 1e9) || ' billion USD, without Bitcoin '
                || format('{:,.1f}', ex_btc_market_cap_usd::double / 1e9) || ' billion.'
        end as sentence,
        to_json({
            'total_usd': total_market_cap_usd::double, 'ex_btc_usd': ex_btc_market_cap_usd::double,
            'btc_dominance_ratio': btc_dominance_ratio
        })::varchar as figures,
    from market
    where asset = 'BTC'

),

sentences as (

    select * from prices
    union all
    select * from price_records
    union all
    select * from flows
    union all
    select * from liquidations
    union all
    select * from market_caps

)

select
    sentences.trade_date,
    sentences.asset,
    sentences.sentence_number,
    sentences.sentence,
    sentences.metric,
    metrics.definition,
    sentences.figures,
    metrics.example_sql,
from sentences
inner join {{ ref("dim_metrics") }} as metrics on sentences.metric = metrics.metric
order by sentences.trade_date, sentences.asset, sentences.sentence_number
