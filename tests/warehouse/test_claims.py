"""Claims about the market and what the marts say of them; a changed figure changes the verdict."""

import json
from datetime import date, datetime
from typing import Any

import duckdb
import pytest

from tests.warehouse.conftest import Warehouse
from tests.warehouse.replaying import CLAIMS, METRICS, PRICES, rerun

CONFIRMED, REFUTED, UNDECIDABLE = "confirmed", "refuted", "undecidable"

OF_THE_ARTICLE = {
    "btc-104k-high": (CONFIRMED, 104_145.76, date(2025, 1, 31)),
    "btc-104k-close": (REFUTED, 103_261.60, date(2025, 1, 30)),
    "btc-up-3-percent-24h": (CONFIRMED, 0.0333, None),
    "btc-up-3-percent-day": (REFUTED, 0.0642, None),
    "btc-etf-40bn-since-launch": (CONFIRMED, 40_806_100_000, None),
    "btc-etf-40bn-in-a-day": (REFUTED, 117_400_000, None),
    "ex-btc-1140bn-tradingview": (UNDECIDABLE, None, None),
    "ex-btc-up-10-percent-tradingview": (UNDECIDABLE, None, None),
    "ex-btc-1140bn-coinmarketcap": (REFUTED, 1_175_189_916_810, None),
    "ex-btc-up-10-percent-coinmarketcap": (REFUTED, 0.0937, None),
    "btc-shorts-400m-binance": (REFUTED, 57_781_833.61, date(2025, 3, 2)),
    "btc-shorts-400m-all-venues": (UNDECIDABLE, None, None),
    "btc-shorts-400m-rolling": (UNDECIDABLE, None, None),
    "btc-longs-22m-binance": (REFUTED, 6_749_832.91, None),
    "btc-longs-22m-all-venues": (UNDECIDABLE, None, None),
}
"""What the article of 9 May 2025 said, measured on the sample: verdict, figure, and since when it was not as high."""

UNDECIDED_FACTS = {"btc-etf-may-2025", "fbtc-outflow-25-february", "shorts-670m-all-coins"}
"""Facts that the sample does not cover."""


def claim(sample: Warehouse, claim_id: str, columns: str) -> tuple[Any, ...]:
    return sample.row(f"select {columns} from marts.rpt_claims where claim_id = '{claim_id}'")


def judged(connection: duckdb.DuckDBPyConnection, claim_id: str) -> tuple[str, float | None]:
    query = "select verdict, measured_value from release.marts.rpt_claims where claim_id = ?"
    (row,) = connection.execute(query, [claim_id]).fetchall()
    return row[0], row[1]


@pytest.mark.parametrize("claim_id", OF_THE_ARTICLE)
def test_verdict_on_what_the_article_said(sample: Warehouse, claim_id: str) -> None:
    verdict, value, since = OF_THE_ARTICLE[claim_id]
    found = claim(sample, claim_id, "verdict, measured_value, measured_since_date")
    assert found[0] == verdict
    assert found[1] == (None if value is None else pytest.approx(value, abs=5e-5))
    assert since is None or found[2] == since


def test_facts_checked_elsewhere_are_confirmed_where_the_sample_covers_them(sample: Warehouse) -> None:
    verdicts = dict(sample.rows("select claim_id, verdict from marts.rpt_claims where origin = 'shipped'"))
    assert len(verdicts) >= 25
    facts = verdicts.keys() - OF_THE_ARTICLE.keys()
    assert {fact for fact in facts if verdicts[fact] == UNDECIDABLE} == UNDECIDED_FACTS
    assert {verdicts[fact] for fact in facts - UNDECIDED_FACTS} == {CONFIRMED}
    assert len(facts - UNDECIDED_FACTS) >= 18


@pytest.mark.parametrize(
    ("claim_id", "flipping"),
    [
        ("btc-104k-high", ("close", "utc_day", "binance", REFUTED)),
        ("btc-104k-close", ("high", "utc_day", "binance", CONFIRMED)),
        ("btc-up-3-percent-day", ("change", "rolling_24h", "binance", CONFIRMED)),
        ("btc-etf-40bn-in-a-day", ("end", "nyse_session", "us_spot_etfs", CONFIRMED)),
        ("btc-etf-40bn-since-launch", ("sum", "nyse_session", "us_spot_etfs", REFUTED)),
        ("btc-close-8-may-coinbase", ("close", "utc_day", "binance", REFUTED)),
    ],
)
def test_a_verdict_names_the_definition_that_would_flip_it(
    sample: Warehouse, claim_id: str, flipping: tuple[str, str, str, str]
) -> None:
    words, figures, explanation = claim(sample, claim_id, "flips_with, flips_with_figures, explanation")
    interpretations = json.loads(figures)
    keys = [(r["statistic"], r["time_window"], r["scope"], r["verdict"]) for r in interpretations]
    assert flipping in keys
    assert keys[0] == flipping, "the nearest figure comes first"
    assert words in explanation


def test_a_claim_that_no_definition_flips_says_so(sample: Warehouse) -> None:
    assert claim(sample, "btc-longs-22m-binance", "flips_with, flips_with_figures") == (None, None)


@pytest.mark.parametrize(
    ("claim_id", "reason"),
    [
        ("btc-shorts-400m-all-venues", "no source of the scope all venues of CoinGlass gives this figure"),
        ("ex-btc-1140bn-tradingview", "the series ends on 29 April 2025"),
        ("fbtc-outflow-25-february", "the series begins on 17 April 2025"),
        ("btc-etf-may-2025", "7 of 21 days are known"),
        ("btc-shorts-400m-rolling", "for the 24 hours to 2025-05-09 07:00 UTC"),
    ],
)
def test_an_undecidable_claim_says_what_is_missing(sample: Warehouse, claim_id: str, reason: str) -> None:
    assert reason in claim(sample, claim_id, "explanation")[0]


def test_every_claims_query_shows_the_measured_figure(sample: Warehouse) -> None:
    claims = sample.rows(
        "select claim_id, example_sql, measured_value, first_measured_date = measured_date, time_window "
        "from marts.rpt_claims"
    )
    for claim_id, query, value, is_one_day, window in claims:
        with duckdb.connect(str(sample.release_file), read_only=True) as connection:
            rows = connection.execute(query).fetchall()
        if value is None:
            assert is_one_day is False or rows == [], claim_id
        elif is_one_day or window == "rolling_24h":
            assert len(rows) == 1, claim_id
            assert value in rows[0], claim_id
        else:
            assert len(rows) > 1, claim_id


def test_a_period_adds_flows_and_compounds_returns(sample: Warehouse) -> None:
    week = claim(sample, "btc-etf-week-of-28-april", "measured_value, verdict")
    assert week == (1_805_100_000, CONFIRMED)
    (before, after) = (
        sample.row(
            "select close_usd::double from marts.fct_daily_venue_prices "
            f"where asset = 'BTC' and venue = 'binance' and trade_date = '{day}'"
        )[0]
        for day in ("2025-02-28", "2025-03-31")
    )
    assert claim(sample, "btc-march-2025-return", "measured_value")[0] == pytest.approx(after / before - 1)


def test_a_changed_sample_figure_changes_the_verdict(sample: Warehouse, tampered: duckdb.DuckDBPyConnection) -> None:
    """One bar in raw: without its last 200 dollars the intraday high is no 104,000, and since 31 January no more."""
    assert judged(tampered, "btc-104k-high") == (CONFIRMED, 104_145.76)
    tampered.execute(
        "update raw.binance_klines_1d set high = 103_900 "
        "where symbol = 'BTCUSDT' and open_time = epoch_ms(timestamp '2025-05-08')"
    )
    rerun(sample, tampered, *PRICES, *METRICS, *CLAIMS)
    assert judged(tampered, "btc-104k-high") == (REFUTED, 103_900)
    assert judged(tampered, "btc-close-9-may")[0] == CONFIRMED, "another day's figure did not change"


def test_a_restatement_changes_what_a_claim_measures(restated: Warehouse) -> None:
    verdict, value, is_final = claim(restated, "btc-shorts-400m-binance", "verdict, measured_value, is_final")
    assert (verdict, value, is_final) == (REFUTED, 56_294_140.75, True)


def test_a_level_and_a_record_must_both_hold(sample: Warehouse) -> None:
    """The close of 8 May is neither above 104,000 nor the highest since the 31st; each alone refutes."""
    assert claim(sample, "btc-104k-close", "level_holds, since_holds") == (False, False)
    assert claim(sample, "ex-btc-1140bn-coinmarketcap", "level_holds, since_holds") == (False, None)


OWN = {
    "mine-at-an-instant": (
        "price_usd", "binance", "instant", "close", None, "2025-05-09 04:30", "about", 103_000, 0.01,
    ),
    "mine-of-a-snapshot": (
        "ex_btc_market_cap_usd", "coinmarketcap_all", "instant", "snapshot", None, "2025-05-09 04:00", "about",
        1_175_189_917_000, 0.001,
    ),
    "mine-before-the-snapshot": (
        "ex_btc_market_cap_usd", "coinmarketcap_all", "instant", "snapshot", None, "2025-05-09 01:00", "about",
        1_175_189_917_000, 0.001,
    ),
    "mine-in-24-hours": (
        "price_return_ratio", "binance", "rolling_24h", "change", None, "2025-05-09 04:00", "at_least", 0.03, 0,
    ),
    "mine-of-nobody": ("price_usd", "mtgox", "utc_day", "close", "2025-05-08", None, "above", 1, 0),
}  # fmt: skip
"""Claims as a user's file brings them: metric, scope, window, statistic, day, instant, comparator, level, tolerance."""


def test_a_users_claims_are_judged_beside_the_shipped_ones(
    sample: Warehouse, tampered: duckdb.DuckDBPyConnection
) -> None:
    for claim_id, (metric, scope, window, statistic, day, at, comparator, threshold, tolerance) in OWN.items():
        tampered.execute(
            "insert into raw.imports_claims (claim_id, claim_text, metric, asset, scope, time_window, statistic, "
            "claim_date, claim_at, comparator, threshold, tolerance_ratio) "
            "values (?, 'x', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [claim_id, metric, "ALL" if "cap" in metric else "BTC", scope, window, statistic, day, at, comparator,
             threshold, tolerance],
        )  # fmt: skip
    rerun(sample, tampered, *CLAIMS)
    found = {
        row[0]: row[1:]
        for row in tampered.execute(
            "select claim_id, verdict, measured_value, measured_at, explanation, flips_with, example_sql "
            "from release.marts.rpt_claims where origin = 'user'"
        ).fetchall()
    }
    assert found.keys() == OWN.keys()
    verdict, value, at, _, flips, query = found["mine-at-an-instant"]
    ((close,),) = tampered.execute(
        "select close_usd::double from release.marts.fct_hourly_prices "
        "where asset = 'BTC' and venue = 'binance' and hour_at = '2025-05-09 03:00'"
    ).fetchall()
    assert (verdict, value, at) == (CONFIRMED, close, datetime(2025, 5, 9, 4))
    assert "intraday high of the UTC day, Binance" in flips
    assert len(tampered.execute(query.replace("marts.", "release.marts.")).fetchall()) == 1
    assert found["mine-of-a-snapshot"][:3] == (CONFIRMED, 1_175_189_916_810, datetime(2025, 5, 9, 1, 42, 59))
    assert found["mine-before-the-snapshot"][0] == REFUTED, "at one o'clock the snapshot of the day before stood"
    assert found["mine-in-24-hours"][0] == CONFIRMED
    assert found["mine-of-nobody"][:2] == (UNDECIDABLE, None)
    assert "no source of the scope mtgox gives this figure" in found["mine-of-nobody"][3]
    shipped = "select count(*) from {}.rpt_claims where origin = 'shipped'"
    assert tampered.execute(shipped.format("release.marts")).fetchall() == sample.rows(shipped.format("marts"))
