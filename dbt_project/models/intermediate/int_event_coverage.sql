-- Which UTC days of a source of events were asked for without a gap: only those can be added up.
with answers as (

    select
        answers.source,
        symbols.asset,
        answers.asked_from_at,
        -- What an answer says of the time after it was given is nothing.
        least(answers.asked_until_at, answers.answered_at) as asked_until_at,
        answers.answered_at,
    from {{ ref("stg_landing__answers") }} as answers
    inner join {{ ref("asset_symbols") }} as symbols
        on answers.source = symbols.source and answers.subject in (symbols.asset, 'ALL')
    where (answers.source, answers.dataset) in (
        ('okx_futures', 'liquidation_orders'), ('htx', 'liquidation_orders'), ('bitfinex', 'liquidations')
    )

),

marked as (

    select
        *,
        coalesce(asked_from_at > max(asked_until_at) over (
            partition by source, asset
            order by asked_from_at, asked_until_at
            rows between unbounded preceding and 1 preceding
        ), true) as begins_a_stretch,
    from answers

),

numbered as (

    select
        *,
        count_if(begins_a_stretch) over (
            partition by source, asset order by asked_from_at, asked_until_at rows unbounded preceding
        ) as stretch,
    from marked

),

stretches as (

    select
        source,
        asset,
        min(asked_from_at) as starts_at,
        max(asked_until_at) as ends_at,
    from numbered
    group by source, asset, stretch

),

days as (

    select
        source,
        asset,
        cast(unnest(generate_series(
            date_trunc('day', starts_at - interval 1 microsecond) + interval 1 day,
            date_trunc('day', ends_at) - interval 1 day,
            interval 1 day
        )) as date) as trade_date,
    from stretches

)

select
    days.source,
    days.asset,
    days.trade_date,
    min(answers.answered_at) as covered_at,
from days
-- The day was known with the first answer that reaches its end.
inner join answers
    on
        days.source = answers.source
        and days.asset = answers.asset
        and answers.asked_from_at < days.trade_date + interval 1 day
        and answers.asked_until_at >= days.trade_date + interval 1 day
group by all
