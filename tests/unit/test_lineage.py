"""The lineage of columns, read from recorded SQL."""

from orchestration.build.lineage import column_lineage
from orchestration.build.recording import Node, Recording

RAW = "venue_bars symbol VARCHAR\nvenue_bars close VARCHAR"
SOURCE = "source.crypto_market.venue.bars"
VIEW = Node(
    "model.crypto_market.stg_venue__bars",
    "view",
    'select symbol as asset, cast(close as decimal(28, 10)) as close_usd from "warehouse"."raw"."venue_bars"',
    (SOURCE,),
    '"warehouse"."staging"."stg_venue__bars"',
)
MART = Node(
    "model.crypto_market.fct_prices",
    "table",
    'with bars as (select * from "warehouse"."staging"."stg_venue__bars") '
    "select asset, close_usd, close_usd / lag(close_usd) over (partition by asset) - 1 as return_ratio, "
    "count(*) over () as bar_count from bars",
    (VIEW.unique_id,),
    '"release"."marts"."fct_prices"',
)


def recorded(*nodes: Node) -> Recording:
    return Recording(nodes, {SOURCE: '"warehouse"."raw"."venue_bars"'}, "", RAW)


def test_a_column_comes_from_those_that_its_expression_reads() -> None:
    found = column_lineage(recorded(VIEW, MART))
    assert found[VIEW.unique_id] == {"asset": [(SOURCE, "symbol")], "close_usd": [(SOURCE, "close")]}
    assert found[MART.unique_id] == {
        "asset": [(VIEW.unique_id, "asset")],
        "close_usd": [(VIEW.unique_id, "close_usd")],
        "return_ratio": [(VIEW.unique_id, "asset"), (VIEW.unique_id, "close_usd")],
        "bar_count": [],
    }


def test_sql_that_is_not_understood_costs_its_own_lineage_alone() -> None:
    broken = Node("model.crypto_market.broken", "view", "select from where", (), '"warehouse"."staging"."broken"')
    assert column_lineage(recorded(broken, VIEW)).keys() == {VIEW.unique_id}
