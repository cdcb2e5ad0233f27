"""CoinMarketCap's current global metrics, without a key: total capitalisation, the part without Bitcoin, dominance.

`GET /public-api/v1/global-metrics/quotes/latest?convert=USD`; the quota is per address and unpublished (error 1011).
Documentation: https://coinmarketcap.com/api/documentation/v1/ (keyless public API)
A snapshot at `last_updated`, refreshed every five minutes; the `…_yesterday` fields are not loaded, because they are no
snapshot at midnight. The coins and the method are those of the keyed history (`coinmarketcap.py`). `altcoin_market_cap`
is the total without Bitcoin. Snapshots are not restated.
"""

from datetime import datetime
from typing import Any

from orchestration.sources.coinmarketcap import COLUMNS, FIGURES, TRANSIENT_CODES
from orchestration.sources.shared.contract import Dataset, Parsed, Response, Row, SourceRejected, SourceUnavailable
from orchestration.sources.shared.figures import Timestamp
from orchestration.sources.shared.parsing import (
    describe_request,
    expect_object,
    json_body,
    member,
    number,
    text,
    utc_instant,
    verify_by_parsing,
)
from orchestration.sources.shared.provider import Provider, Rate, error_codes
from orchestration.sources.shared.snapshots import parse_snapshot, plan_snapshot

PROVIDER = Provider(
    name="coinmarketcap_public",
    title="CoinMarketCap without a key",
    default_url="https://pro-api.coinmarketcap.com",
    licence="CoinMarketCap's terms of use: personal use, no redistribution.",
    limitations="Current figures only; the quota is unpublished.",
    rate=Rate(10, 60),
    rate_limit_body=error_codes("error_code", 1008, 1011),
    transient_error_body=error_codes("error_code", 500),
    variable_stem="coinmarketcap",
)


def parse_latest(response: Response) -> Parsed:
    """One row: the snapshot of the last five minutes. Raises for an error with status 200."""
    status = expect_object(response, json_body(response), "the body").get("status")
    code = str(expect_object(response, status, "status").get("error_code"))
    if code != "0":
        problem = (
            f"{describe_request(response)}: error {code}, {(status or {}).get('error_message') or 'no reason given'}"
        )
        if code.isdecimal() and int(code) in TRANSIENT_CODES:
            raise SourceUnavailable(f"{problem}; run again later")
        raise SourceRejected(f"{problem}; set COINMARKETCAP_API_KEY for the keyed history, or rely on coingecko")
    return _parse(response)


def _row(body: dict[str, Any]) -> tuple[datetime, Row]:
    data = member(body, "data")
    dollars = member(member(data, "quote"), "USD")
    written = text(member(data if "last_updated" in data else dollars, "last_updated"), "last_updated")
    caps = (number(member(dollars, name), name) for name in ("total_market_cap", "altcoin_market_cap"))
    shares = (number(member(data, name), name) for name in ("btc_dominance", "eth_dominance"))
    return utc_instant(written, "last_updated"), (written, *caps, *shares)


_parse = parse_snapshot(_row)

DATASETS = (
    Dataset(
        provider=PROVIDER,
        name="global_metrics",
        title="Total market capitalisation, the part without Bitcoin, and dominance, a snapshot per run",
        subject_group="market_caps",
        columns={"last_updated": "varchar"} | {name: kind for name, kind in COLUMNS.items() if name != "timestamp"},
        key=("last_updated",),
        read=parse_latest,
        plan=plan_snapshot("/public-api/v1/global-metrics/quotes/latest", convert="USD"),
        figures=FIGURES,
        timestamps={"last_updated": Timestamp("text")},
        verify=verify_by_parsing(parse_latest),
        per_asset=False,
        covers_until="max(last_updated::timestamp)",
    ),
)
