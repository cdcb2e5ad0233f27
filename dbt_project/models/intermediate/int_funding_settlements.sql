{{ config(materialized="table", meta={
    "by_change": {
        "day": "trade_date",
        "inputs": {
            "stg_binance__archived_funding_rates_versions": "cast(settled_at - interval 9 hours as date)",
            "stg_binance__funding_rates_versions": "cast(settled_at - interval 9 hours as date)",
            "stg_bybit__funding_rates_versions": "cast(settled_at - interval 9 hours as date)",
            "stg_okx__funding_rates_versions": "cast(settled_at - interval 9 hours as date)",
            "stg_hyperliquid__funding_rates_versions": "cast(settled_at - interval 9 hours as date)",
        },
    }
}) }}
-- Every settlement of funding, every version, with the hours that it was paid for. The hours show by the settlements
-- beside it, which lie up to 8 hours off, and by those beside these.
with settlements as (

    select
        'binance_archive_futures' as source,
        asset,
        venue,
        settled_at,
        funding_rate_ratio,
        interval_hours as stated_hours,
        observed_at,
    from {{ ref("stg_binance__archived_funding_rates_versions") }}
    {%- for source, versions in [
        ("binance_futures", "stg_binance__funding_rates_versions"),
        ("bybit", "stg_bybit__funding_rates_versions"),
        ("okx_futures", "stg_okx__funding_rates_versions"),
        ("hyperliquid", "stg_hyperliquid__funding_rates_versions"),
    ] %}

    union all

    select
        '{{ source }}' as source,
        asset,
        venue,
        settled_at,
        funding_rate_ratio,
        null as stated_hours,
        observed_at,
    from {{ ref(versions) }}
    {%- endfor %}

),

-- Stamps are up to some milliseconds late. What is settled at midnight was paid for the day that ends.
at_full_hours as (

    select
        *,
        date_trunc('hour', settled_at + interval 30 minute) as settled_hour_at,
        cast(settled_hour_at - interval 1 microsecond as date) as trade_date,
    from settlements
    where settled_at >= {{ first_changed_day() }} - 1

),

hours as (

    select distinct
        source,
        asset,
        settled_hour_at,
    from at_full_hours

),

gaps as (

    select
        *,
        date_diff('hour', lag(settled_hour_at) over contract_history, settled_hour_at) as hours_since,
    from hours
    window contract_history as (partition by source, asset order by settled_hour_at)

),

-- A source that doesn't state its interval shows it by its stamps. A gap unlike both of its neighbours is no
-- interval: a settlement is missing there.
intervals as (

    select
        *,
        hours_since in (1, 2, 4, 8)
        and (
            hours_since = lag(hours_since) over contract_history
            or hours_since = lead(hours_since) over contract_history
        ) as is_interval,
    from gaps
    window contract_history as (partition by source, asset order by settled_hour_at)

),

paid as (

    select
        settlements.*,
        coalesce(settlements.stated_hours, intervals.hours_since) as paid_hours,
    from at_full_hours as settlements
    inner join intervals
        on
            settlements.source = intervals.source
            and settlements.asset = intervals.asset
            and settlements.settled_hour_at = intervals.settled_hour_at
    where settlements.stated_hours is not null or intervals.is_interval

)

select
    source,
    asset,
    venue,
    settled_hour_at as settled_at,
    trade_date,
    funding_rate_ratio,
    cast(paid_hours as integer) as paid_hours,
    observed_at,
from paid
