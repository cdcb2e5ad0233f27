"""The headline of a day: the most telling facts first, and nothing where nothing stands out."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import pytest

from orchestration.report.brief_figures import Figures
from orchestration.report.brief_headline import SHOWN, Key, Record, headline
from orchestration.report.brief_history import History

DAY = date(2025, 5, 8)
QUIET = {
    "close_usd": 100.0,
    "return_ratio": 0.01,
    "price_source": "binance",
    "etf_net_flow_usd": 10e6,
    "etf_cumulative_net_flow_usd": 1e9,
    "liquidation_scope": "binance",
    "total_liquidations_usd": 2e6,
    "long_liquidations_usd": 1e6,
    "short_liquidations_usd": 1e6,
    "long_liquidation_share_ratio": 0.5,
}


def history(asset: str, name: str, of_day: Mapping[str, Any], before: Mapping[str, Any] | None = None) -> History:
    """A hundred days that alternate around the usual, then the day."""
    days: dict[date, dict[str, Any]] = {}
    for back in range(1, 101):
        usual = QUIET | {"return_ratio": 0.02 if back % 2 else -0.02} | dict(before or {})
        days[DAY - timedelta(days=back)] = usual
    return History(asset, name, DAY, days | {DAY: QUIET | dict(of_day)})


def figures(*assets: History, leverage: Mapping[tuple[str, str], Mapping[str, Any]] | None = None) -> Figures:
    return Figures(DAY, None, "", assets, leverage or {}, [], [])


def record(direction: str, since: date | None, days: int | None) -> Record:
    return Record(direction, since, days, date(2024, 11, 1))


CLOSE: Key = ("price_usd", "BTC", "binance", "close")


def test_a_day_on_which_nothing_stands_out_is_called_quiet() -> None:
    assert headline(figures(history("BTC", "Bitcoin", {})), {}, []) == [
        "A quiet day: Bitcoin rose 1.00 % to $100.00 on Binance."
    ]
    assert headline(figures(), {}, []) == []


def test_a_move_is_news_by_the_assets_own_distribution() -> None:
    """Five per cent is much where two are usual, and nothing where ten are."""
    calm = history("BTC", "Bitcoin", {"return_ratio": 0.05})
    assert headline(figures(calm), {}, []) == ["Bitcoin rose 5.00 % to $100.00 on Binance."]
    wild = history("BTC", "Bitcoin", {"return_ratio": 0.05}, {"return_ratio": 0.1})
    assert headline(figures(wild), {}, [])[0].startswith("A quiet day")


def test_too_few_days_make_no_distribution() -> None:
    young = History("BTC", "Bitcoin", DAY, {DAY: QUIET | {"return_ratio": 0.5}})
    assert headline(figures(young), {}, [])[0].startswith("A quiet day")


def test_a_record_is_named_with_its_reach_and_never_against_the_move() -> None:
    since = record("highest", date(2025, 1, 30), 98)
    risen = history("BTC", "Bitcoin", {"return_ratio": 0.0642})
    (sentence,) = headline(figures(risen), {CLOSE: since}, [])
    assert sentence == "Bitcoin rose 6.42 % to $100.00 on Binance, the highest close since 30 Jan 2025."
    fallen = history("BTC", "Bitcoin", {"return_ratio": -0.0642})
    (sentence,) = headline(figures(fallen), {CLOSE: since}, [])
    assert sentence == "Bitcoin fell 6.42 % to $100.00 on Binance."
    (sentence,) = headline(figures(risen), {CLOSE: record("highest", None, None)}, [])
    assert sentence.endswith("the highest close of a history from 1 Nov 2024.")


def test_a_flow_that_turns_after_many_sessions_is_a_flip_of_sign() -> None:
    turned = history("BTC", "Bitcoin", {"etf_net_flow_usd": 5e6}, {"etf_net_flow_usd": -10e6})
    (sentence,) = headline(figures(turned), {}, [])
    assert sentence == (
        "US spot Bitcoin ETFs took in $5.000 million, after 100 sessions of outflows; $1.000 billion since launch."
    )


def test_a_squeeze_is_named_by_our_rule() -> None:
    squeezed = history(
        "BTC",
        "Bitcoin",
        {"total_liquidations_usd": 64e6, "short_liquidations_usd": 58e6, "long_liquidation_share_ratio": 0.1},
    )
    rule = {("BTC", "binance"): {"is_short_squeeze": True, "is_long_flush": False}}
    (sentence,) = headline(figures(squeezed, leverage=rule), {}, [])
    assert sentence == (
        "$58.00 million of Bitcoin shorts were liquidated (Binance, at least), 90 % of the sum: "
        "a short squeeze by our rule."
    )


def test_bitcoin_comes_before_a_smaller_asset_with_the_same_move() -> None:
    move = {"return_ratio": 0.05}
    both = figures(history("BTC", "Bitcoin", move), history("SOL", "Solana", move))
    assert [sentence.split()[0] for sentence in headline(both, {}, [])] == ["Bitcoin", "Solana"]


def test_of_one_kind_two_facts_are_enough_and_of_all_a_handful() -> None:
    move = {"return_ratio": 0.2, "etf_net_flow_usd": 1e9, "total_liquidations_usd": 1e9}
    many = figures(*(history(asset, asset, move) for asset in ("BTC", "ETH", "SOL", "XRP")))
    told = headline(many, {}, [])
    assert len(told) == SHOWN
    assert sum("rose" in sentence for sentence in told) <= 2


@pytest.mark.parametrize(("change", "is_told"), [(0.5, True), (-0.2, True), (None, True), (0.02, False)])
def test_a_restatement_is_news_from_a_tenth_on(change: float | None, is_told: bool) -> None:
    told = headline(figures(history("BTC", "Bitcoin", {})), {}, [("It was restated.", change)])
    assert ("It was restated." in told) == is_told
