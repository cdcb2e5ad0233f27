"""The lists of the brief, and the claims with their interpretations."""

from data_checks.check import Check, NoRows, NotEmpty

KEY = "metric, asset, scope, time_window, statistic, trade_date"

CHECKS = (
    Check(
        name="a_verdict_rests_on_a_measurement",
        table="rpt_claims",
        severity="warning",
        reason="A claim is confirmed or refuted by a figure of a past day; without one it is undecidable.",
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
        name="a_claim_is_its_claimed_interpretation",
        table="rpt_claim_interpretations",
        severity="warning",
        reason="The verdict of a claim is that of the one interpretation that it names, measured to the same figure.",
        rule=NoRows(
            """
            with claimed as (
                select claim_id, count(*) as interpretations_count, any_value(verdict) as verdict,
                    any_value(value) as value
                from $batch where is_claimed group by claim_id
            )
            select claim_id, interpretations_count, claims.verdict, claimed.verdict as interpretation_verdict,
                claims.measured_value, claimed.value as interpretation_value
            from marts.rpt_claims as claims full join claimed using (claim_id)
            where interpretations_count is distinct from 1 or claims.verdict is distinct from claimed.verdict
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
        name="records_in_the_brief_are_records",
        table="rpt_records",
        severity="warning",
        reason="A record in the brief must be one in the table of records, with the same value and since the same day.",
        rule=NoRows(
            f"""
            with records as (select * from marts.fct_daily_records where trade_date >= $since)
            select {KEY}, listed.direction, listed.value, records.value as record_value, listed.since_date,
                records.highest_since_date, records.lowest_since_date
            from (from $batch where trade_date >= $since) as listed left join records using ({KEY})
            where listed.value is distinct from records.value
                or listed.since_date is distinct from case listed.direction
                    when 'highest' then records.highest_since_date else records.lowest_since_date end
                or listed.is_record is distinct from case listed.direction
                    when 'highest' then records.is_record_high else records.is_record_low end
            order by all
            """,
            days={"rpt_records": "trade_date", "fct_daily_records": "trade_date"},
        ),
    ),
    Check(
        name="every_restatement_is_listed_once",
        table="rpt_restatements",
        severity="warning",
        reason="A provider that changed its figure is named in exactly one brief, with the figures of the revision.",
        rule=NoRows(
            f"""
            with listed as (
                select {KEY}, source, observed_at, count(*) as listed_count, any_value(old_value) as listed_old_value,
                    any_value(new_value) as listed_new_value
                from $batch group by all
            )
            select {KEY}, source, observed_at, listed_count, old_value, listed_old_value, new_value, listed_new_value
            from marts.fct_revisions full join listed using ({KEY}, source, observed_at)
            where listed_count is distinct from 1 or old_value is distinct from listed_old_value
                or new_value is distinct from listed_new_value
            order by all
            """
        ),
    ),
    Check(
        name="no_figure_lies_in_a_gap",
        table="rpt_gaps",
        severity="warning",
        reason="A figure that the brief lists as missing must be missing.",
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
        name="every_incomplete_source_has_a_reason",
        table="rpt_source_status",
        severity="warning",
        reason="A source that is not complete has a reason, and no attempt lies in the future.",
        rule=NoRows(
            """
            select source, dataset, outcome, reason, attempted_at from $batch
            where (outcome <> 'complete' and coalesce(reason, '') = '') or attempted_at > $now
            order by all
            """
        ),
    ),
    Check(
        name="every_source_is_complete",
        table="rpt_source_status",
        severity="warning",
        reason="The source's own figures are missing or older; those of other sources are not affected.",
        next_step="The reason of each source names its next step; the next run requests again what is missing.",
        rule=NoRows(
            """
            select source, dataset, outcome, reason from $batch where outcome in ('failed', 'partial')
            order by all
            """
        ),
    ),
)
