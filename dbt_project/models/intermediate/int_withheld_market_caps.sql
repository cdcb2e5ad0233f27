{{ config(materialized="table") }}
-- Capitalisations whose parts don't fit together, that other universes of coins contradict, or of another size than the
-- weeks before.
with figures as (

    select
        *,
        cast(total_usd as double) as whole_usd,
        cast(ex_btc_usd as double) as rest_usd,
    from {{ ref("int_market_cap_figures") }}

),

-- Of every source and day the snapshot nearest after midnight, as it is known now.
newest as (

    select *
    from figures
    qualify
        row_number() over (
            partition by scope, source, trade_date
            order by snapshot_at asc, observed_at desc, response_id desc
        ) = 1

),

usual as (

    select
        scope,
        source,
        trade_date,
        median(whole_usd) over weeks_before as usual_whole_usd,
        median(rest_usd) over weeks_before as usual_rest_usd,
        count(*) over weeks_before as weeks_days_count,
    from newest
    window
        weeks_before as (
            partition by scope, source
            order by trade_date range between interval 45 days preceding and interval 1 day preceding
        )

),

universes as (

    select
        trade_date,
        median(rest_usd) as universes_rest_usd,
        count(distinct scope) as universes_count,
    from newest
    group by all

),

compared as (

    select
        figures.*,
        usual.usual_whole_usd,
        usual.usual_rest_usd,
        usual.weeks_days_count,
        universes.universes_rest_usd,
        universes.universes_count,
        cast(prices.close_usd as double) as btc_close_usd,
        (whole_usd - rest_usd) / nullif(btc_close_usd, 0) as implied_coins,
        {{ threshold("market_cap_parts_limit") }} as parts_limit,
        {{ threshold("market_cap_level_limit") }} as level_limit,
        {{ threshold("market_cap_universe_limit") }} as universe_limit,
        {{ threshold("dominance_lowest") }} as lowest_share,
        {{ threshold("dominance_highest") }} as highest_share,
        {{ threshold("bitcoins_fewest") }} as fewest_coins,
        {{ threshold("bitcoins_most") }} as most_coins,
    from figures
    inner join usual using (scope, source, trade_date)
    inner join universes using (trade_date)
    left join {{ ref("fct_daily_prices") }} as prices
        on prices.asset = 'BTC' and figures.trade_date = prices.trade_date

),

reasons as (

    select
        *,
        case
            when least(whole_usd, rest_usd) <= 0 then 'a capitalisation of nothing or less is a missing figure'
            when rest_usd >= whole_usd then 'the market without Bitcoin is no larger than all of it'
            when
                ex_btc_high_usd < greatest(ex_btc_open_usd, ex_btc_low_usd, ex_btc_usd)
                or ex_btc_low_usd > least(ex_btc_open_usd, ex_btc_usd)
                then 'the high and the low of this bar don''t bound its open and close'
            when btc_dominance_ratio not between lowest_share and highest_share
                then format(
                    'Bitcoin''s share of {:.4g} lies outside {:.2g} to {:.2g}, where it has been every day since 2013',
                    btc_dominance_ratio,
                    lowest_share,
                    highest_share
                )
            when abs(rest_usd / (whole_usd * (1 - btc_dominance_ratio)) - 1) > parts_limit
                then format(
                    'without Bitcoin {:.0f} USD, where total and share make {:.0f} USD; {:.0f} % is the limit',
                    rest_usd,
                    whole_usd * (1 - btc_dominance_ratio),
                    parts_limit * 100
                )
            when implied_coins not between fewest_coins and most_coins
                then format(
                    'total less the rest is {:.0f} bitcoins at the price of the day; {:.0f} to {:.0f} is possible',
                    implied_coins,
                    fewest_coins,
                    most_coins
                )
            when
                universes_count >= 3
                and abs(rest_usd / universes_rest_usd - 1) > universe_limit
                then format(
                    'without Bitcoin {:.0f} USD, {:+.1f} % from the median of {} universes of coins; {:.0f} % is the '
                    'limit',
                    rest_usd,
                    (rest_usd / universes_rest_usd - 1) * 100,
                    universes_count,
                    universe_limit * 100
                )
            when
                weeks_days_count >= 5
                and (
                    coalesce(
                        whole_usd not between usual_whole_usd / level_limit and usual_whole_usd * level_limit, false
                    )
                    or coalesce(
                        rest_usd not between usual_rest_usd / level_limit and usual_rest_usd * level_limit, false
                    )
                )
                then format(
                    '{:.0f} USD, where the median of the weeks before is {:.0f} USD; {:.2g} times is the limit',
                    coalesce(whole_usd, rest_usd),
                    coalesce(usual_whole_usd, usual_rest_usd),
                    level_limit
                )
        end as reason,
    from compared

)

select
    'fct_market_cap_versions' as table_name,
    if(whole_usd is null, 'ex_btc_market_cap_usd', 'total_market_cap_usd') as metric,
    'ALL' as asset,
    scope,
    trade_date,
    snapshot_at as figure_at,
    snapshot_at,
    source,
    coalesce(whole_usd, rest_usd, 0) as value,
    reason,
    observed_at,
    response_id,
from reasons
where reason is not null
