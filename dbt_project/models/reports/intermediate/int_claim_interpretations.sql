-- A claim's words fit more than one definition: every statistic, window and scope of the same family of metrics is a
-- interpretation of them, the claimed one among them. The metrics of a family share their unit.
with claims as (

    select
        claims.*,
        metrics.family,
    from {{ ref("int_claims") }} as claims
    left join {{ ref("dim_metrics") }} as metrics
        on claims.metric = metrics.metric

),

series as (

    select distinct
        metrics.family,
        daily.metric,
        daily.asset,
        daily.scope,
        daily.time_window,
        daily.statistic,
    from {{ ref("int_series_months") }} as daily
    inner join {{ ref("dim_metrics") }} as metrics
        on daily.metric = metrics.metric

    union

    select distinct
        family,
        metric,
        asset,
        scope,
        time_window,
        statistic,
    from {{ ref("int_moment_months") }}

),

-- A single fund is a part of all funds, not another interpretation of them. A period has no interpretation at an
-- instant.
interpretations as (

    select
        claims.claim_id,
        claims.metric,
        claims.scope,
        claims.time_window,
        claims.statistic,
        true as is_claimed,
    from claims

    union all

    select
        claims.claim_id,
        series.metric,
        series.scope,
        series.time_window,
        series.statistic,
        false as is_claimed,
    from claims
    inner join series
        on claims.family = series.family and claims.asset = series.asset
    where
        (series.metric, series.scope, series.time_window, series.statistic)
        is distinct from (claims.metric, claims.scope, claims.time_window, claims.statistic)
        and (series.family != 'etf_flow' or series.scope in ('us_spot_etfs', claims.scope))
        and (claims.period_start_date is null or series.time_window != 'rolling_24h')
        -- A record of all times means nothing for words that claim none.
        and (
            series.metric != 'all_time_high_usd'
            or (claims.record_direction = 'highest' and claims.since_date is null and claims.period_start_date is null)
        )

),

metrics_of_instants as (

    select distinct
        metric,
        scope,
        time_window,
    from {{ ref("int_moment_months") }}

)

select
    interpretations.claim_id,
    interpretations.metric,
    interpretations.scope,
    interpretations.time_window,
    interpretations.statistic,
    interpretations.is_claimed,
    -- A claim made at an instant without a day is measured at the instant, where that figure is known.
    interpretations.time_window = 'rolling_24h'
    or (
        interpretations.time_window = 'instant' and claims.claim_date is null
        and metrics_of_instants.metric is not null
    ) as is_of_instant,
from interpretations
inner join claims using (claim_id)
left join metrics_of_instants
    on
        interpretations.metric = metrics_of_instants.metric
        and interpretations.scope = metrics_of_instants.scope
        and interpretations.time_window = metrics_of_instants.time_window
