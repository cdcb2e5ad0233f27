"""What readers are told: the lists of the brief, and the claims with their readings."""

from data_checks.check import Check, NoRows, NotEmpty

KEY = "metric, asset, scope, time_window, statistic, trade_date"

CHECKS = (
    Check(
        name="a_verdict_rests_on_a_measurement",
        table="rpt_claims",
        severity="warning",
        reason="A claim is confirmed or refuted by a figure of a day that has come; without one it is undecidable.",
        rule=NoRows(
            """
            select claim_id, verdict, measured_value, measured_date, measured_at from $batch
            where verdict <> 'undecidable'
                and (measured_value is null or measured_date > $now::date or measured_at > $now)
            order by all
            """
        ),
    ),
    Check(
        name="a_claim_is_its_claimed_reading",
        table="rpt_claim_readings",
        severity="warning",
        reason="The verdict of a claim is that of the one reading that it names, measured to the same figure.",
        rule=NoRows(
            """
            with claimed as (
                select claim_id, count(*) as readings_count, any_value(verdict) as verdict, any_value(value) as value
                from $batch where is_claimed group by claim_id
            )
            select claim_id, readings_count, claims.verdict, claimed.verdict as reading_verdict, claims.measured_value,
                claimed.value as reading_value
            from marts.rpt_claims as claims full join claimed using (claim_id)
            where readings_count is distinct from 1 or claims.verdict is distinct from claimed.verdict
                or claims.measured_value is distinct from claimed.value
            order by all
            """
        ),
    ),
    Check(
        name="there_is_a_brief",
        table="rpt_market_brief",
        severity="warning",
        reason="The brief is what most readers open; without one the newest day has no price, flow or liquidation.",
        rule=NotEmpty(),
    ),
    Check(
        name="told_records_are_records",
        table="rpt_records",
        severity="warning",
        reason="What the brief calls a record must be one in the records, with the same value and since the same day.",
        rule=NoRows(
            f"""
            select {KEY}, told.direction, told.value, records.value as record_value, told.since_date,
                records.highest_since_date, records.lowest_since_date
            from $batch as told left join marts.fct_daily_records as records using ({KEY})
            where told.value is distinct from records.value
                or told.since_date is distinct from case told.direction
                    when 'highest' then records.highest_since_date else records.lowest_since_date end
                or told.is_record is distinct from case told.direction
                    when 'highest' then records.is_record_high else records.is_record_low end
            order by all
            """
        ),
    ),
    Check(
        name="every_restatement_is_told_once",
        table="rpt_restatements",
        severity="warning",
        reason="A provider that changed its figure is named in exactly one brief, with the figures of the revision.",
        rule=NoRows(
            f"""
            with told as (
                select {KEY}, source, observed_at, count(*) as told_count, any_value(old_value) as told_old_value,
                    any_value(new_value) as told_new_value
                from $batch group by all
            )
            select {KEY}, source, observed_at, told_count, old_value, told_old_value, new_value, told_new_value
            from marts.fct_revisions full join told using ({KEY}, source, observed_at)
            where told_count is distinct from 1 or old_value is distinct from told_old_value
                or new_value is distinct from told_new_value
            order by all
            """
        ),
    ),
    Check(
        name="no_figure_lies_in_a_gap",
        table="rpt_gaps",
        severity="warning",
        reason="What is called missing must be missing: the brief and the page name it.",
        rule=NoRows(
            """
            select gaps.metric, gaps.asset, gaps.scope, gaps.time_window, gaps.first_missing_date,
                gaps.last_missing_date, gaps.is_open, count(found.value) as figures_in_gap_count
            from $batch as gaps
            left join marts.fct_daily_metrics as found
                on found.metric = gaps.metric and found.asset = gaps.asset and found.scope = gaps.scope
                and found.time_window = gaps.time_window
                and found.trade_date between gaps.first_missing_date and gaps.last_missing_date
            group by all
            having figures_in_gap_count > 0
            order by all
            """
        ),
    ),
    Check(
        name="every_source_says_what_came_of_it",
        table="rpt_source_status",
        severity="warning",
        reason="A source that was not answered whole says why, and nothing was asked in the future.",
        rule=NoRows(
            """
            select source, dataset, outcome, reason, attempted_at from $batch
            where (outcome <> 'complete' and coalesce(reason, '') = '') or attempted_at > $now
            order by all
            """
        ),
    ),
    Check(
        name="every_source_answered",
        table="rpt_source_status",
        severity="warning",
        reason="The source's own figures are missing or older; those of the others stand.",
        next_step="The reason of each source names its next step; the next run requests again what is missing.",
        rule=NoRows(
            """
            select source, dataset, outcome, reason from $batch where outcome in ('failed', 'partial')
            order by all
            """
        ),
    ),
)
