with claims as (

    select * from {{ ref("int_claims") }}

),

interpretations as (

    select * from {{ ref("rpt_claim_interpretations") }}

),

claimed as (

    select * from interpretations
    where is_claimed

),

-- Of the other interpretations those with another, decided verdict; the nearest to the claimed figure first.
flips as (

    select
        claims.claim_id,
        other.metric,
        other.scope,
        other.time_window,
        other.statistic,
        other.as_of_at,
        other.value,
        other.unit,
        other.since_date,
        other.verdict,
        other.interpretation || case when other.metric != claims.metric then ' (' || metrics.title || ')' else '' end
        || ': ' || {{ figure_words("other.value", "other.unit", "other.statistic") }}
        || ', ' || other.verdict as words,
        row_number() over (
            partition by claims.claim_id
            order by
                abs(other.value - coalesce(claims.threshold, claimed.value)),
                other.metric, other.scope, other.time_window, other.statistic
        ) as nearness,
    from claims
    inner join claimed using (claim_id)
    inner join interpretations as other using (claim_id)
    inner join {{ ref("dim_metrics") }} as metrics
        on other.metric = metrics.metric
    where
        not other.is_claimed
        and other.verdict != 'undecidable'
        and other.verdict != claimed.verdict

),

flips_of_claims as (

    select
        claim_id,
        string_agg(words, '; ' order by nearness) filter (where nearness <= 3) as flips_with,
        to_json(list({
            'metric': metric,
            'scope': scope,
            'time_window': time_window,
            'statistic': statistic,
            'as_of_at': as_of_at,
            'value': value,
            'unit': unit,
            'since_date': since_date,
            'verdict': verdict
        } order by nearness)) as flips_with_figures,
    from flips
    group by all

),

coverage as (

    select * from {{ ref("int_series_coverage") }}

),

explained as (

    select
        claims.*,
        metrics.title,
        metrics.definition as metric_definition,
        claimed.* exclude (
            claim_id, metric, asset, scope, time_window, statistic, measured_date, first_measured_date, since_date
        ),
        claimed.since_date as measured_since_date,
        flips_of_claims.flips_with,
        flips_of_claims.flips_with_figures,
        case
            when metrics.metric is null then 'no metric is called ' || claims.metric
            when claims.time_window = 'rolling_24h' and claims.claim_at is null
                then 'a rolling window needs the instant at which it ends'
            when claims.time_window = 'rolling_24h' and claimed.value is null
                then
                    'no figure of ' || {{ title_words("claims.scope") }} || ' for the 24 hours to '
                    || strftime(claims.claim_at, '%Y-%m-%d %H:%M') || ' UTC'
            when claimed.value is null and claims.time_window = 'instant' and claims.claim_date is null
                then
                    'no figure of ' || {{ title_words("claims.scope") }} || ' at '
                    || strftime(claims.claim_at, '%Y-%m-%d %H:%M') || ' UTC'
            when coverage.metric is null and claimed.as_of_at is null
                then 'no source of the scope ' || {{ title_words("claims.scope") }} || ' gives this figure'
            when claimed.value is null and claims.period_start_date is not null
                then format('{} of {} days are known', claimed.day_count, claimed.expected_day_count)
            when claimed.value is null and claims.measured_date > coverage.last_date
                then 'the series ends on ' || {{ date_words("coverage.last_date") }}
            when claimed.value is null and claims.measured_date < coverage.first_date
                then 'the series begins on ' || {{ date_words("coverage.first_date") }}
            when claimed.value is null and claims.time_window = 'nyse_session' and claimed.expected_day_count = 0
                then 'the day was no NYSE session'
            when claimed.value is null then 'the series has no figure for the day'
            when claimed.level_holds is null then 'no comparator is called ' || claims.comparator
            when claims.period_start_date is not null then 'a period has no record'
            when claimed.since_holds is null and claimed.as_of_at is not null
                then 'a figure of an instant has no record'
            when claimed.since_holds is null and claims.record_direction not in ('highest', 'lowest')
                then 'no direction of a record is called ' || claims.record_direction
            when claimed.since_holds is null
                then
                    'the history begins on ' || {{ date_words("claimed.history_start_date") }}
                    || ', too late to tell'
        end as doubt,
        case claims.comparator
            when 'above' then 'more than '
            when 'at_least' then 'at least '
            when 'about' then 'about '
            when 'at_most' then 'at most '
            when 'below' then 'less than '
        end || {{ figure_words("claims.threshold", "claimed.unit", "claims.statistic") }} as claimed_words,
        {{ figure_words("claimed.value", "claimed.unit", "claims.statistic") }} as measured_words,
        case
            when claims.record_direction is null or claimed.value is null then ''
            when claimed.since_date is null and claimed.history_start_date is not null
                then
                    ', the ' || claims.record_direction || ' of a history that begins on '
                    || {{ date_words("claimed.history_start_date") }}
            when claimed.since_date is not null
                then ', the ' || claims.record_direction || ' since ' || {{ date_words("claimed.since_date") }}
            else ''
        end as record_words,
        case
            when claims.record_direction is null then ''
            when claims.since_date is null then ', a record'
            else
                ', the ' || claims.record_direction || ' since '
                || case claims.since_precision
                    when 'month' then strftime(claims.since_date, '%B %Y')
                    when 'year' then strftime(claims.since_date, '%Y')
                    else {{ date_words("claims.since_date") }}
                end
        end as claimed_record_words,
    from claims
    inner join claimed using (claim_id)
    left join {{ ref("dim_metrics") }} as metrics
        on claims.metric = metrics.metric
    left join flips_of_claims using (claim_id)
    left join coverage
        on
            claims.metric = coverage.metric
            and claims.asset = coverage.asset
            and claims.scope = coverage.scope
            and claims.time_window = coverage.time_window
            and claims.statistic = coverage.statistic

)

select
    claim_id,
    claim_text,
    verdict,
    value as measured_value,
    unit,
    measured_since_date,
    metric,
    asset,
    scope,
    time_window,
    statistic,
    first_measured_date,
    measured_date,
    as_of_at as measured_at,
    comparator,
    threshold,
    tolerance_ratio,
    record_direction,
    since_date as claimed_since_date,
    level_holds,
    since_holds,
    history_start_date,
    coalesce(
        title || ' of ' || asset || ', ' || interpretation || ': ' || metric_definition, 'unknown metric ' || metric
    ) as definition,
    flips_with,
    flips_with_figures,
    case verdict
        when 'confirmed' then 'Confirmed'
        when 'refuted' then 'Refuted'
        else 'Undecidable: ' || coalesce(doubt, 'the figure is missing')
    end
    || case
        when value is null then ''
        else
            ': measured ' || measured_words || record_words || '; claimed ' || coalesce(claimed_words, 'no level')
            || claimed_record_words
    end
    || case
        when is_lower_bound and value is not null then '. The measured figure is a lower bound of what happened'
        else ''
    end
    || case when not is_final then '. It may still be restated' else '' end
    || case
        when flips_with is null then ''
        when verdict = 'undecidable' then '. Under another interpretation it is decidable: ' || flips_with
        else '. Another interpretation flips it: ' || flips_with
    end || '.' as explanation,
    source,
    observed_at,
    is_final,
    is_lower_bound,
    example_sql,
    source_url,
    note,
    origin,
from explained
order by claim_id
