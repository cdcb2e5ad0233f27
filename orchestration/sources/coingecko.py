"""CoinGecko's global figures: the market's current total capitalisation and Bitcoin's share of it.

`GET /api/v3/global`, about ten requests per minute without a key, 30 with a demo key (`x-cg-demo-api-key`).
Documentation: https://docs.coingecko.com/reference/crypto-global
A snapshot at `updated_at` (seconds), in many currencies and in percent; history needs a paid plan. The total is of all
coins that CoinGecko lists, stablecoins included. The terms require attribution. Snapshots are not restated.
"""

from datetime import datetime
from typing import Any

from orchestration.sources.shared.contract import Dataset, Row
from orchestration.sources.shared.figures import DOMINANCE, POSITIVE, Timestamp, each
from orchestration.sources.shared.parsing import member, number, verify_by_parsing, whole_number
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
)
