"""CoinPaprika's global figures: the market's current total capitalisation and Bitcoin's share of it.

`GET /v1/global`, no key, 20,000 calls per month.
Documentation: https://api.coinpaprika.com/#tag/Global/operation/getGlobal
A snapshot at `last_updated` (seconds), in US dollars and percent; there is no history. Snapshots are not restated.
"""

from datetime import datetime
from typing import Any

from orchestration.sources.shared.contract import Dataset, Row
from orchestration.sources.shared.figures import DOMINANCE, POSITIVE, Timestamp
from orchestration.sources.shared.parsing import member, number, verify_by_parsing, whole_number
from orchestration.sources.shared.provider import Provider, Rate
from orchestration.sources.shared.snapshots import instant_of_seconds, parse_snapshot, plan_snapshot

PROVIDER = Provider(
    name="coinpaprika",
    title="CoinPaprika",
    default_url="https://api.coinpaprika.com",
    licence="CoinPaprika's free plan is for personal use and forbids redistribution.",
    limitations="Current figures only: history begins with your first run; its own universe of coins.",
    rate=Rate(5, 1),
)


def _row(body: dict[str, Any]) -> tuple[datetime, Row]:
    updated_at = whole_number(member(body, "last_updated"), "last_updated")
    names = ("market_cap_usd", "bitcoin_dominance_percentage")
    total, dominance = (number(member(body, name), name) for name in names)
    return instant_of_seconds(updated_at), (updated_at, total, dominance)


parse_global = parse_snapshot(_row)

DATASETS = (
    Dataset(
        provider=PROVIDER,
        name="global",
        title="Total market capitalisation and Bitcoin's share, a snapshot per run",
        subject_group="market_caps",
        columns={
            "last_updated": "bigint",
            "market_cap_usd": "decimal(24,6)",
            "bitcoin_dominance_percentage": "decimal(18,12)",
        },
        key=("last_updated",),
        read=parse_global,
        plan=plan_snapshot("/v1/global"),
        figures={"market_cap_usd": POSITIVE, "bitcoin_dominance_percentage": DOMINANCE},
        timestamps={"last_updated": Timestamp("s")},
        verify=verify_by_parsing(parse_global),
        per_asset=False,
        covers_until="make_timestamp(max(last_updated) * 1000000)",
    ),
)
