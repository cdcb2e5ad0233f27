"""Models that order values within each group of a day, asset and scope, on many groups in little memory.

An aggregate with `order by` holds a buffer of some kilobytes for each group of more than 16 rows until its end.
"""

from datetime import date, datetime
from pathlib import Path

import duckdb
from jinja2 import Environment, FileSystemLoader

PROJECT = Path(__file__).parents[2] / "dbt_project"
MACROS = ("first_changed_day", "newest_version", "sum_in_order", "sums_as_known")
GROUPS = 10_000
SYMBOLS = 20
LIMITS = {"threads": 2, "memory_limit": "200MB", "max_temp_directory_size": "0KB"}
COINALYZE_DAYS = f"""
create table int_coinalyze_days as
select
    'A' || number as asset, 'venue ' || symbol as venue, 'all' as scope, endpoint, 'S' || symbol || asset as symbol,
    date '2025-05-08' as trade_date, timestamp '2025-05-09' as observed_at, 'made-up' as response_id,
    if(endpoint = 'liquidations', 1.0, null)::decimal(18, 2) as long_usd, long_usd as short_usd,
    if(endpoint = 'open interest', 100.0, null)::decimal(18, 2) as open_interest_usd,
    if(endpoint = 'funding', 0.125, null)::double as funding_rate_ratio, null::double as long_account_share_ratio
from range({SYMBOLS}, 0, -1) as symbols (symbol), range({GROUPS}) as numbers (number),
    (select unnest($endpoints) as endpoint)
"""
VENUE_LIST = ",".join(sorted(f"venue {number}" for number in range(1, SYMBOLS + 1)))


def query(model: str) -> str:
    """The SQL of an intermediate model; its inputs are tables of their names."""
    templates = Environment(loader=FileSystemLoader(PROJECT), autoescape=False)
    macros = {name: getattr(templates.get_template(f"macros/{name}.sql").module, name) for name in MACROS}
    return templates.get_template(f"models/intermediate/{model}.sql").render(
        config=lambda **_: "", ref=lambda name: name, **macros
    )


def test_the_positions_of_many_days_need_little_memory() -> None:
    with duckdb.connect(config=LIMITS) as connection:
        connection.execute(COINALYZE_DAYS, {"endpoints": ["open interest", "funding"]})
        connection.execute(
            """
            create table venues as select distinct venue, 8 as funding_interval_hours from int_coinalyze_days;
            create table int_venue_levels (
                asset text, venue text, trade_date date, source text, observed_at timestamp, open_interest_usd decimal,
                long_short_account_ratio double
            );
            create table int_settled_funding (
                asset text, venue text, trade_date date, source text, observed_at timestamp, funding_rate_ratio double
            );
            """
        )
        rows = connection.execute(
            "select funding_rate_ratio, open_interest_usd, venue_list, count(*) "
            f"from ({query('int_derivative_figures')}) group by all order by open_interest_usd"
        ).fetchall()
    assert rows == [(None, 100 * SYMBOLS, VENUE_LIST, GROUPS), (0.125, None, VENUE_LIST, GROUPS)]


def test_the_liquidations_of_many_days_need_little_memory() -> None:
    with duckdb.connect(config=LIMITS) as connection:
        connection.execute(COINALYZE_DAYS, {"endpoints": ["liquidations"]})
        connection.execute(
            """
            create table stg_gate__hourly_contract_stats_versions (
                asset text, trade_date date, opened_at timestamp, observed_at timestamp, long_usd decimal(18, 2),
                short_usd decimal(18, 2)
            );
            create table stg_coinglass__daily_liquidations_versions (
                asset text, trade_date date, observed_at timestamp, response_id text, venue_list text,
                long_usd decimal(18, 2), short_usd decimal(18, 2)
            );
            create table liquidation_scopes (source text, venue_list text, scope text);
            create table int_event_coverage (source text, asset text, trade_date date, covered_at timestamp);
            create table int_liquidation_events (
                source text, asset text, trade_date date, observed_at timestamp, event_at timestamp,
                liquidated_side text, value_usd decimal(18, 2)
            );
            """
        )
        rows = connection.execute(
            f"select columns(* exclude asset), count(*) from ({query('int_reported_liquidations')}) group by all"
        ).fetchall()
    day, known = date(2025, 5, 8), datetime(2025, 5, 9)
    assert rows == [("all", day, "coinalyze", known, None, VENUE_LIST, SYMBOLS, SYMBOLS, 2 * SYMBOLS, GROUPS)]
