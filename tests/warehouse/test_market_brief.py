"""The brief: what it says of a day, where each number comes from, and what it says of what is missing."""

import json
from typing import Any

import duckdb
import pytest

from tests.warehouse.conftest import Warehouse
from tests.warehouse.replaying import METRICS, OF_ALL_DAYS, PRICES, rerun

BRIEF = "rpt_market_brief"


def told(sample: Warehouse, day: str, asset: str) -> str:
    """The brief of a day and asset as one text."""
    return " ".join(
        sentence
        for (sentence,) in sample.rows(
            f"select sentence from marts.{BRIEF} where trade_date = '{day}' and asset = '{asset}' "
            "order by sentence_number"
        )
    )


def told_after(tampered: duckdb.DuckDBPyConnection, day: str, asset: str) -> list[tuple[str, bool]]:
    return tampered.execute(
        f"select sentence, is_missing from release.marts.{BRIEF} where trade_date = ? and asset = ? "
        "order by sentence_number",
        [day, asset],
    ).fetchall()


@pytest.mark.parametrize(
    "words",
    [
        "Bitcoin closed at 103,261.60 USDT on Binance, +6.42 % on the UTC day, between 96,876.29 and 104,145.76.",
        "The close was the highest since 30 January 2025, the intraday high the highest since 31 January 2025.",
        "US spot Bitcoin ETFs took in 117.4 million USD net in the session; 40.81 billion USD since launch, a record.",
        "57.78 million USD of shorts, 6.75 million of longs; shorts, 90 % of the sum, were the most since 2 March 2025",
        "Liquidations of all venues: missing; no configured source covers more than Binance.",
    ],
)
def test_what_is_told_of_bitcoin_on_8_may(sample: Warehouse, words: str) -> None:
    assert words in told(sample, "2025-05-08", "BTC")


def test_a_sentence_names_the_source_and_instant_of_its_figure_and_one_of_a_gap_none(sample: Warehouse) -> None:
    """As the figure itself has them in `fct_daily_metrics`; a gap has neither."""
    told_of = sample.rows(
        f"select topic, is_missing, source, is_final, observed_at from marts.{BRIEF} "
        "where trade_date = '2025-05-08' and asset = 'BTC' order by sentence_number"
    )
    assert [(topic, is_missing, source, is_final) for topic, is_missing, source, is_final, _ in told_of] == [
        ("price", False, "binance", True),
        ("record", False, "binance", True),
        ("etf_flow", False, "farside", True),
        ("liquidations", False, "coinglass", False),
        ("liquidations", True, None, None),
    ]
    assert [observed_at is None for *_, observed_at in told_of] == [False] * 4 + [True]
    nameless = f"select * from marts.{BRIEF} where source is null and not is_missing and topic != 'etf_flow'"
    assert sample.rows(nameless) == []


def test_the_whole_market_is_told_by_scope(sample: Warehouse) -> None:
    text = told(sample, "2025-05-08", "ALL")
    assert "(CoinMarketCap, 9 May 01:42 UTC): 3.217 trillion USD, without Bitcoin 1.175 trillion USD" in text
    assert "+9.37 % in 24 hours" in text
    assert "(TradingView, top 125 coins): missing; the series ends on 29 April 2025." in text


def test_a_falling_day_tells_the_lows(sample: Warehouse) -> None:
    lows = "The close was the lowest since 14 November 2024, the intraday low the lowest since 12 November 2024."
    assert lows in told(sample, "2025-02-25", "BTC")


@pytest.mark.parametrize("asset", ["BTC", "ETH", "ALL"])
def test_a_quiet_day_has_no_since(sample: Warehouse, asset: str) -> None:
    """On 11 May all fell by a percent or two: two days since a close that low are no news, and a high is none."""
    sentences = sample.rows(
        f"select sentence from marts.{BRIEF} where trade_date = '2025-05-11' and asset = '{asset}' "
        "and topic in ('price', 'record', 'market_cap')"
    )
    assert sentences
    assert not [sentence for (sentence,) in sentences if "since" in sentence]


def test_what_the_brief_calls_a_record_is_one_of_the_records_of_the_day(sample: Warehouse) -> None:
    """Nothing that is nearer than a month, nothing against the move of the day; one list for all who read it."""
    near = sample.rows("select sentence from marts.rpt_records where since_days_count < 30")
    assert near == []
    against = sample.rows(
        "select sentence from marts.rpt_records join marts.fct_daily_prices using (asset, trade_date) "
        "where metric = 'price_usd' and return_ratio * case direction when 'highest' then 1 else -1 end < 0"
    )
    assert against == []
    told_as_records = sample.rows(f"select trade_date, asset from marts.{BRIEF} where topic = 'record'")
    listed = sample.rows(
        "select distinct trade_date, asset from marts.rpt_records where metric = 'price_usd' order by all"
    )
    assert sorted(told_as_records) == listed


def test_a_change_is_no_highest_while_it_is_negative(sample: Warehouse) -> None:
    moves = "metric = 'etf_net_flow_usd' or statistic = 'change'"
    wrong = "(direction = 'highest' and value < 0) or (direction = 'lowest' and value > 0)"
    assert sample.rows(f"select sentence from marts.rpt_records where ({moves}) and ({wrong})") == []
    assert sample.rows(f"select 1 from marts.rpt_records where {moves} limit 1")


def test_a_day_without_a_session_is_no_gap(sample: Warehouse) -> None:
    query = f"select sentence, is_missing from marts.{BRIEF} where trade_date = '2025-05-10' and topic = 'etf_flow'"
    for sentence, is_missing in sample.rows(query):
        assert "no flow, the day was no NYSE session; the last one was 9 May 2025." in sentence
        assert not is_missing


def test_every_closed_day_of_an_asset_has_its_sentences(sample: Warehouse) -> None:
    days = sample.rows(
        f"select asset, count(distinct trade_date), min(trade_date), max(trade_date) from marts.{BRIEF} "
        "where topic = 'price' group by all order by 1"
    )
    prices = sample.rows(
        "select asset, count(*), min(trade_date), max(trade_date) from marts.fct_daily_prices group by all order by 1"
    )
    assert days == prices
    topics = {topic for (topic,) in sample.rows(f"select distinct topic from marts.{BRIEF}")}
    assert topics == {"price", "record", "etf_flow", "liquidations", "market_cap"}


def test_the_figures_of_a_sentence_are_those_of_the_marts(sample: Warehouse) -> None:
    """One sentence per topic of 8 May against the facts, figure by figure."""
    figures: dict[str, dict[str, Any]] = {
        topic: json.loads(text)
        for topic, text in sample.rows(
            f"select topic, figures from marts.{BRIEF} where trade_date = '2025-05-08' and asset = 'BTC' "
            "and not is_missing"
        )
    }
    where = "where asset = 'BTC' and trade_date = '2025-05-08'"
    close, change = sample.row(f"select close_usd, return_ratio from marts.fct_daily_prices {where}")
    assert figures["price"]["close_usd"] == float(close)
    assert figures["price"]["return_ratio"] == change
    flow, total = sample.row(f"select net_flow_usd, cumulative_net_flow_usd from marts.fct_daily_etf_totals {where}")
    assert figures["etf_flow"]["net_flow_usd"] == float(flow)
    assert figures["etf_flow"]["cumulative_net_flow_usd"] == float(total)
    longs, shorts = sample.row(f"select long_usd, short_usd from marts.fct_daily_liquidations {where}")
    assert (figures["liquidations"]["long_usd"], figures["liquidations"]["short_usd"]) == (float(longs), float(shorts))
    assert figures["record"]["close_highest_since_date"] == "2025-01-30"


def test_every_sentence_has_a_query_that_shows_rows(sample: Warehouse) -> None:
    sentences = sample.rows(
        f"select sentence, topic, is_missing, example_sql from marts.{BRIEF} "
        "where trade_date between '2025-05-08' and '2025-05-10'"
    )
    assert len(sentences) > 30
    for sentence, topic, is_missing, query in sentences:
        has_rows = bool(sample.rows(query))
        no_session = topic == "etf_flow" and "no NYSE session" in sentence
        assert has_rows or is_missing or no_session, sentence


def test_every_sentence_says_what_exactly_it_measured(sample: Warehouse) -> None:
    definitions = sample.rows(
        f"select sentences.definition, metrics.definition from marts.{BRIEF} as sentences "
        "join marts.dim_metrics as metrics using (metric) where trade_date = '2025-05-08'"
    )
    assert definitions
    assert all(words.endswith(definition) and len(words) > len(definition) for words, definition in definitions)


def test_a_missing_price_has_a_sentence_with_the_reason(sample: Warehouse, tampered: duckdb.DuckDBPyConnection) -> None:
    tampered.execute("delete from raw.binance_klines_1d where open_time = epoch_ms(timestamp '2025-05-08')")
    tampered.execute("delete from raw.coinbase_candles_1d where time = epoch(timestamp '2025-05-08')")
    rerun(sample, tampered, *PRICES, *METRICS, BRIEF)
    price, *_ = told_after(tampered, "2025-05-08", "BTC")
    assert price == ("Bitcoin: the price is missing; no source has a figure for the day.", True)
    next_day, *_ = told_after(tampered, "2025-05-09", "BTC")
    assert next_day[0].endswith("the return is missing, Binance has no close of the day before.")


def test_an_incomplete_etf_flow_says_how_many_funds_are_missing(made_up: Warehouse) -> None:
    missing = made_up.rows(
        f"select trade_date::varchar, sentence from marts.{BRIEF} where topic = 'etf_flow' and is_missing "
        "and trade_date >= '2025-05-08'"  # before, the made-up market has no page of ether's flows at all
    )
    assert missing == [
        ("2025-05-09", "US spot Ethereum ETFs: the flow is missing; 1 of 2 funds have reported."),
    ]


def test_liquidations_without_a_source_are_missed_every_day(
    sample: Warehouse, tampered: duckdb.DuckDBPyConnection
) -> None:
    tampered.execute("delete from release.marts.fct_daily_liquidations where asset = 'BTC'")
    tampered.execute("delete from release.marts.fct_daily_metrics where asset = 'BTC' and metric like '%liquidation%'")
    rerun(sample, tampered, *OF_ALL_DAYS, "fct_daily_records", BRIEF)
    sentences = told_after(tampered, "2025-05-08", "BTC")
    assert ("Liquidations: missing; no configured source gives it.", True) in sentences


def test_restatements_are_told_with_the_first_and_the_last_figure(restated: Warehouse) -> None:
    text = told(restated, "2025-05-08", "BTC")
    assert (
        "CoinGlass restated this day's liquidated shorts (Binance) 2 times, from 57.78 million USD to "
        "56.29 million USD, last seen on 29 August 2025 06:00 UTC."
    ) in text


def test_an_empty_warehouse_has_an_empty_brief(empty: Warehouse) -> None:
    assert empty.rows(f"from marts.{BRIEF}") == []
