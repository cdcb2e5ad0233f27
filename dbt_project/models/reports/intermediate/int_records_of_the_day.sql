{{ config(materialized="table", meta={
    "by_change": {
        "day": "trade_date",
        "inputs": {
            "fct_daily_records": "trade_date",
            "fct_daily_prices": "trade_date",
        },
    }
}) }}
-- Which figures of a day are worth calling a record, for the brief, its tables and the dashboards alike: nothing was as
-- high (or as low) for a while, in a history that is long enough to say so. Of prices the preferred venue of the day,
-- of derivatives the widest scope of the asset. A low is no highest, nor a high the lowest; and nothing is the highest
-- of a month on a day on which it fell: after a rise the highs are reported, after a fall the lows. A perpetual's high
-- or low is news where the spot price has none.
with prices as (

    select *
    from {{ ref("fct_daily_prices") }}
    where trade_date >= {{ first_changed_day() }}

),

-- One scope per asset for all its days, as in `fct_daily_market`. The range within a day is one venue's, so its scope
-- may be another than that of the day's end.
widest_scopes as (
    {% for relation, subject, families, is_range in [
        ("int_widest_scopes", "liquidations", "'liquidations', 'liquidation_share'", false),
        ("int_widest_scopes", "derivatives", "'open_interest', 'open_interest_change', 'funding', 'long_short_accounts'", false),
        ("int_widest_ranges", "open_interest", "'open_interest'", true),
        ("int_widest_ranges", "funding_settlement", "'funding_settlement'", true),
    ] %}
    select
        asset,
        scope,
        unnest([{{ families }}]) as metric_family,
        {{ is_range }} as is_range,
    from {{ ref(relation) }}
    where subject = '{{ subject }}'
    {{ "union all" if not loop.last }}
    {%- endfor %}
),

records as (

    select
        records.*,
        metrics.title,
        metrics.unit,
        case
            -- A change, or a flow in or out, is a move by itself.
            when records.statistic = 'change' or records.metric = 'etf_net_flow_usd' then records.value
            when metrics.family in ('price', 'spot_volume') then prices.return_ratio
        end as move_size,
    from {{ ref("fct_daily_records") }} as records
    inner join {{ ref("dim_metrics") }} as metrics
        on records.metric = metrics.metric
    left join prices
        on records.asset = prices.asset and records.trade_date = prices.trade_date
    left join widest_scopes
        on
            records.asset = widest_scopes.asset
            and metrics.family = widest_scopes.metric_family
            and widest_scopes.is_range = (records.statistic in ('high', 'low'))
    where
        records.trade_date >= {{ first_changed_day() }}
        and records.statistic != 'open'
        -- Of a range the two ends are news.
        and (records.metric not in ('perpetual_price_usd', 'funding_settlement_ratio') or records.statistic != 'close')
        and records.earlier_days_count >= {{ threshold("record_history_days") }}
        and (metrics.family not in ('price', 'price_return', 'spot_volume') or records.scope = prices.source)
        and records.scope = coalesce(widest_scopes.scope, records.scope)

),

directed as (
    {% for direction, other, sign in [("highest", "low", 1), ("lowest", "high", -1)] %}
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
        and coalesce({{ sign }} * records.move_size >= 0, true)
        and (
            records.{{ is_record }}
            or records.{{ direction }}_since_days_count >= {{ threshold("record_since_days") }}
        )
    {%- endfor %}

)

select
    trade_date,
    metric,
    asset,
    scope,
    time_window,
    statistic,
    direction,
    value,
    title,
    unit,
    is_record,
    since_date,
    since_days_count,
    history_start_date,
    record_words,
from directed
qualify
    metric != 'perpetual_price_usd'
    or count(*) filter (where metric = 'price_usd') over (partition by trade_date, asset, statistic, direction) = 0
