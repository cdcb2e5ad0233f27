"""Spoiled witnesses. The sample has none of its own: each corruption is witnesses that disagree with the sample."""

from tests.warehouse.corruptions.corruption import Corruption

RATES = """
    insert into marts.fct_daily_quote_rates by name
    select 'USDT' as quote_asset, trade_date, trade_date + 1 as as_of_at, {rate} as rate_usd,
        (rate_usd - 1) * 10000 as basis_bps, 'coinbase' as source, 2 as venue_count, {spread} as venue_spread_bps,
        true as is_final
    from marts.fct_daily_prices where asset = 'BTC' {where}
"""
REFERENCES = """
    insert into marts.fct_daily_reference_prices by name
    select prices.asset, 'coinmetrics' as source, prices.trade_date {shift} as trade_date,
        reference * {factor} as reference_usd,
        neighbour.close_usd, neighbour.source as venue, neighbour.quote_asset,
        (neighbour.close_usd / reference_usd - 1) * 10000 as gap_bps
    from (select asset, trade_date, close_usd as reference from marts.fct_daily_prices) as prices
    inner join marts.fct_daily_prices as neighbour
        on neighbour.asset = prices.asset and neighbour.trade_date = prices.trade_date {shift}
"""


def rates(rate: str, spread: str = "1", where: str = "") -> str:
    return RATES.format(rate=rate, spread=spread, where=where)


def references(factor: str = "1.0001", shift: str = "") -> str:
    return REFERENCES.format(factor=factor, shift=shift)


REFERENCE_PRICES = (
    Corruption(
        "tether at 99 cents for a day",
        "tether_is_worth_a_dollar_within_half_a_percent",
        rates("0.99", where="and trade_date = '2025-04-01'"),
    ),
    Corruption("a venue that stood still", "venues_agree_on_the_price_of_tether", rates("1.0", spread="40")),
    Corruption(
        "a source that drifts by two percent", "prices_agree_with_references_within_1_percent", references("1.02")
    ),
    Corruption(
        "closes stamped with the midnight after them",
        "reference_prices_belong_to_their_own_day",
        references(shift="+ 1"),
    ),
    Corruption("opens taken for closes", "reference_prices_belong_to_their_own_day", references(shift="- 1")),
    Corruption(
        "another day's market cap",
        "two_sources_agree_on_bitcoins_market_cap_within_2_percent",
        "insert into marts.fct_daily_asset_market_caps by name "
        "select 'BTC' as asset, 'current' as supply_basis, trade_date - 1 as trade_date, btc_usd as market_cap_usd "
        "from marts.fct_daily_market_caps where btc_usd is not null",
    ),
    Corruption(
        "a total in another currency",
        "universes_of_coins_agree_on_the_total_within_8_percent",
        "insert into marts.fct_daily_market_caps by name "
        "select * replace ('coingecko_all' as scope, 'coingecko' as source, total_usd * 0.9 as total_usd) "
        "from marts.fct_daily_market_caps where scope = 'coinmarketcap_all'",
    ),
)
