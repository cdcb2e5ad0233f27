-- What providers restated, on the day whose brief reports it: the last day that had ended when the change was seen. So
-- each is reported once, as "restated since yesterday".
with sources_of_events as (

    select source
    from {{ ref("liquidation_scopes") }}
    where of_events

)

select
    least(cast(revisions.observed_at as date) - 1, newest_day.newest_date) as brief_date,
    revisions.metric,
    revisions.asset,
    revisions.scope,
    revisions.time_window,
    revisions.statistic,
    revisions.trade_date,
    revisions.source,
    revisions.observed_at,
    revisions.old_value,
    revisions.new_value,
    revisions.change_ratio,
    {{ capitalised("metrics.title") }} || ' of ' || revisions.asset || ', '
    || {{ titled_words("revisions.statistic", "revisions.time_window", "revisions.scope") }}
    || ', of ' || {{ date_words("revisions.trade_date") }} || ': '
    || coalesce({{ figure_words("revisions.old_value", "metrics.unit", "revisions.statistic") }}, 'withdrawn')
    || ' became '
    || coalesce({{ figure_words("revisions.new_value", "metrics.unit", "revisions.statistic") }}, 'withdrawn')
    || case
        -- Nobody restated anything: the day is added up again with what came late.
        when
            metrics.family in ('liquidations', 'liquidation_share')
            and revisions.source = revisions.previous_source
            and revisions.old_value is not null
            and revisions.new_value is not null
            and revisions.source in (from sources_of_events)
            then ' (' || {{ title_words("revisions.source") }} || ', with events that came late)'
        when revisions.source = revisions.previous_source then ' (' || {{ title_words("revisions.source") }} || ')'
        else
            ' (' || {{ title_words("revisions.source") }} || ' in place of '
            || {{ title_words("revisions.previous_source") }} || ')'
    end
    || ', seen on ' || strftime(revisions.observed_at, '%-d %B %Y %H:%M UTC') || '.' as sentence,
    'select * from marts.fct_revisions where metric = ' || {{ quoted("revisions.metric") }}
    || ' and asset = ' || {{ quoted("revisions.asset") }} || ' and scope = ' || {{ quoted("revisions.scope") }}
    || ' and statistic = ' || {{ quoted("revisions.statistic") }}
    || ' and trade_date = date ' || {{ quoted("cast(revisions.trade_date as varchar)") }}
    || ' order by observed_at' as example_sql,
from {{ ref("fct_revisions") }} as revisions
cross join {{ ref("int_newest_day") }} as newest_day
inner join {{ ref("dim_metrics") }} as metrics
    on revisions.metric = metrics.metric
order by
    brief_date, revisions.metric, revisions.asset, revisions.scope, revisions.time_window, revisions.statistic,
    revisions.trade_date, revisions.source, revisions.observed_at
