-- Which UTC days a source of events covers without a gap: only those can be added up.
with responses as (

    select
        responses.source,
        symbols.asset,
        responses.covered_from_at,
        -- A response covers no time after it was received.
        least(responses.covered_until_at, responses.received_at) as covered_until_at,
        min(responses.received_at) as received_at,
    from {{ ref("stg_landing__responses") }} as responses
    inner join {{ ref("asset_symbols") }} as symbols
        on responses.source = symbols.source and responses.subject in (symbols.asset, 'ALL')
    where responses.is_whole and responses.covered_from_at < responses.received_at
    group by all

),

by_day as (

    select
        source,
        asset,
        cast(day as date) as trade_date,
        greatest(covered_from_at, day) as starts_at,
        least(covered_until_at, day + interval 1 day) as ends_at,
        received_at,
    from (
        select
            *,
            unnest(generate_series(
                date_trunc('day', covered_from_at),
                date_trunc('day', covered_until_at - interval 1 microsecond),
                interval 1 day
            )) as day,
        from responses
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
covered as (

    select
        pieces.source,
        pieces.asset,
        pieces.trade_date,
        date_diff('microsecond', pieces.border_at, pieces.next_border_at) as microseconds,
        min(by_day.received_at) as piece_known_at,
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
    max(piece_known_at) as covered_at,
from covered
group by source, asset, trade_date
having sum(microseconds) = 86_400_000_000
