-- Which UTC days a source of events covers without a gap: only those can be added up.
with answers as (

    select
        answers.source,
        symbols.asset,
        answers.covered_from_at,
        -- A response covers no time after it was received.
        least(answers.covered_until_at, answers.answered_at) as covered_until_at,
        min(answers.answered_at) as answered_at,
    from {{ ref("stg_landing__answers") }} as answers
    inner join {{ ref("asset_symbols") }} as symbols
        on answers.source = symbols.source and answers.subject in (symbols.asset, 'ALL')
    where answers.is_whole and answers.covered_from_at < answers.answered_at
    group by all

),

by_day as (

    select
        source,
        asset,
        cast(day as date) as trade_date,
        greatest(covered_from_at, day) as starts_at,
        least(covered_until_at, day + interval 1 day) as ends_at,
        answered_at,
    from (
        select
            *,
            unnest(generate_series(
                date_trunc('day', covered_from_at),
                date_trunc('day', covered_until_at - interval 1 microsecond),
                interval 1 day
            )) as day,
        from answers
    ) as days

),

borders as (

    select
        source,
        asset,
        trade_date,
        starts_at as border_at,
    from by_day
    union
    select
        source,
        asset,
        trade_date,
        ends_at as border_at,
    from by_day

),

pieces as (

    select
        *,
        lead(border_at) over (partition by source, asset, trade_date order by border_at) as next_border_at,
    from borders

),

-- Between two borders nothing changes: a response covers a piece completely, or not at all.
told as (

    select
        pieces.source,
        pieces.asset,
        pieces.trade_date,
        date_diff('microsecond', pieces.border_at, pieces.next_border_at) as microseconds,
        min(by_day.answered_at) as told_at,
    from pieces
    inner join by_day
        on
            pieces.source = by_day.source
            and pieces.asset = by_day.asset
            and pieces.trade_date = by_day.trade_date
            and pieces.border_at >= by_day.starts_at
            and pieces.next_border_at <= by_day.ends_at
    group by pieces.source, pieces.asset, pieces.trade_date, pieces.border_at, pieces.next_border_at

)

select
    source,
    asset,
    trade_date,
    max(told_at) as covered_at,
from told
group by source, asset, trade_date
having sum(microseconds) = 86_400_000_000
