"""CoinGecko: the market's current capitalisation, Bitcoin's share of it, and the all-time highs of the largest coins.

`GET /api/v3/global`, about ten requests per minute without a key, 30 with a demo key (`x-cg-demo-api-key`).
Documentation: https://docs.coingecko.com/reference/crypto-global
A snapshot at `updated_at` (seconds), in many currencies and in percent; history needs a paid plan. The total is of all
coins that CoinGecko lists, stablecoins included. The terms require attribution. Snapshots are not restated.

`GET /api/v3/coins/markets?vs_currency=usd&order=market_cap_desc&per_page=250&page=1`: the 250 largest coins as objects,
numbers as numbers. Documentation: https://docs.coingecko.com/reference/coins-markets
`ath` is the highest price that CoinGecko has recorded of a coin, an average over the markets it follows, and `ath_date`
the instant it was reached; both are null for a coin without one. A price that turns out wrong is taken back.
"""

from dataclasses import replace
from datetime import datetime
from typing import Any

from orchestration.sources.shared.contract import Dataset, Parsed, Response, Row, SourceRejected
from orchestration.sources.shared.figures import DOMINANCE, POSITIVE, PRICE, Timestamp, each
from orchestration.sources.shared.parsing import (
    InvalidRecord,
    describe_request,
    expect_list,
    json_body,
    member,
    number,
    parse_records,
    text,
    utc_instant,
    verify_by_parsing,
    whole_number,
)
from orchestration.sources.shared.provider import Provider, Rate, error_codes
from orchestration.sources.shared.snapshots import instant_of_seconds, parse_snapshot, plan_snapshot

PROVIDER = Provider(
    name="coingecko",
    title="CoinGecko",
    default_url="https://api.coingecko.com",
    licence="CoinGecko's API terms: attribution (data by CoinGecko) is required, redistribution is forbidden.",
    limitations="Current figures only: history begins with your first run; its own universe of coins.",
    rate=Rate(8, 60),
    rate_limit_body=error_codes("error_code", 429),
    key_header="x-cg-demo-api-key",
)


def _row(body: dict[str, Any]) -> tuple[datetime, Row]:
    data = member(body, "data")
    updated_at = whole_number(member(data, "updated_at"), "updated_at")
    total = number(member(member(data, "total_market_cap"), "usd"), "total_market_cap.usd")
    shares = member(data, "market_cap_percentage")
    btc, eth = (number(member(shares, coin), f"market_cap_percentage.{coin}") for coin in ("btc", "eth"))
    return instant_of_seconds(updated_at), (updated_at, total, btc, eth)


parse_global = parse_snapshot(_row)


def parse_highs(response: Response) -> Parsed:
    """One row per coin that has an all-time high, in the order of the response. Raises for an empty list."""
    coins = expect_list(response, json_body(response), "the body")
    if not coins:
        raise SourceRejected(f"{describe_request(response)}: no coin came; the format has changed")
    return parse_records(coins, lambda coin: _high(response, coin), key_width=1)


def _high(response: Response, coin: object) -> Row | None:
    if member(coin, "ath") is None:
        return None
    reached = text(member(coin, "ath_date"), "ath_date")
    if utc_instant(reached, "ath_date") > response.latest_timestamp:
        raise InvalidRecord("ath_date lies in the future")
    return (text(member(coin, "id"), "id"), number(member(coin, "ath"), "ath"), reached)


DATASETS = (
    Dataset(
        provider=PROVIDER,
        name="global",
        title="Total market capitalisation and Bitcoin's share, a snapshot per run",
        subject_group="market_caps",
        columns={
            "updated_at": "bigint",
            "total_market_cap_usd": "decimal(24,6)",
            "market_cap_percentage_btc": "decimal(18,12)",
            "market_cap_percentage_eth": "decimal(18,12)",
        },
        key=("updated_at",),
        read=parse_global,
        plan=plan_snapshot("/api/v3/global"),
        figures={"total_market_cap_usd": POSITIVE}
        | each(("market_cap_percentage_btc", "market_cap_percentage_eth"), DOMINANCE),
        timestamps={"updated_at": Timestamp("s")},
        verify=verify_by_parsing(parse_global),
        per_asset=False,
        covers_until="make_timestamp(max(updated_at) * 1000000)",
    ),
    Dataset(
        provider=PROVIDER,
        name="all_time_highs",
        title="All-time highs of the 250 largest coins, as they stand at the run",
        subject_group="reference_prices",
        columns={"id": "varchar", "ath": "decimal(38,18)", "ath_date": "varchar"},
        key=("id",),
        read=parse_highs,
        plan=plan_snapshot(
            "/api/v3/coins/markets", vs_currency="usd", order="market_cap_desc", per_page="250", page="1"
        ),
        figures={"ath": replace(PRICE, minimum=0, excludes_bounds=True)},
        timestamps={"ath_date": Timestamp("text")},
        verify=verify_by_parsing(parse_highs),
        per_asset=False,
        # A version per change: what was seen last says how far the figures reach, not when a price was reached.
        covers_until="max(observed_at)",
    ),
)
