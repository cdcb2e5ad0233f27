"""DefiLlama's stablecoins: supply of dollar-pegged coins per day, in total, per coin and per chain.

`GET https://stablecoins.llama.fi/stablecoincharts/all` (total), `…/all?stablecoin=1` (one coin by DefiLlama's id) and
`…/stablecoincharts/Ethereum` (all coins on one chain): no key, no window, one response has all days since 2017.
Documentation: https://api-docs.defillama.com (stablecoins)
`[{"date": "1746057600", "totalCirculating": {"peggedUSD": 235.1}, "totalCirculatingUSD": {"peggedUSD": 235.0}}, …]`,
oldest first. `date` is the UTC midnight that opens the day, in seconds, as text (in some responses as a number). Of
each object only `peggedUSD` is read: coins pegged to other currencies are no part of the figure. `totalCirculating`
counts coins, `totalCirculatingUSD` values them at their market price.

The newest point may be of the running day and is left out until the day is over. UNCONFIRMED: at which hour of its day
a point was taken, and how far back bridges and supplies are restated.
"""

from collections.abc import Iterator

from orchestration.sources.shared.contract import Dataset, Parsed, Request, Response, Row, Slice, SourceRejected
from orchestration.sources.shared.figures import DAY, NOT_NEGATIVE, Timestamp, each
from orchestration.sources.shared.parsing import (
    InvalidRecord,
    describe_request,
    expect_list,
    json_body,
    member,
    number,
    parse_records,
    verify_by_parsing,
    whole_number,
)
from orchestration.sources.shared.provider import Provider, Rate
from orchestration.sources.shared.timestamps import DAY_SECONDS, is_requested_and_closed

COINS = {"USDT": "1", "USDC": "2", "DAI": "5", "USDE": "146"}
"""DefiLlama's ids of the coins that have a series of their own."""
CHAINS = ("Ethereum", "Tron", "Solana", "BSC", "Base")
"""The chains with a series of their own, as the path names them."""
TOTAL = "all"
PEG = "peggedUSD"
AMOUNTS = ("totalCirculating", "totalCirculatingUSD")
KNOWN = frozenset({"date", *AMOUNTS, "totalUnreleased", "totalMintedUSD", "totalBridgedToUSD"})

PROVIDER = Provider(
    name="defillama_stablecoins",
    title="DefiLlama stablecoins",
    default_url="https://stablecoins.llama.fi",
    licence="DefiLlama's open API, free to read; no right to redistribute the data is granted.",
    limitations=(
        "Dollar-pegged coins alone; the hour of a day's figure and how long it may be restated are unconfirmed."
    ),
    rate=Rate(2, 1),
)


def plan_supply(wanted: Slice) -> Iterator[Request]:
    """The total, then each coin, then each chain; every response has the whole history."""
    path = "/stablecoincharts/all"
    yield Request(path, subject=wanted.subject, window=wanted.window)
    for coin_id in COINS.values():
        yield Request(path, {"stablecoin": coin_id}, wanted.subject, wanted.window)
    for chain in CHAINS:
        yield Request(f"/stablecoincharts/{chain}", subject=wanted.subject, window=wanted.window)


def parse_supply(response: Response) -> Parsed:
    """One row per closed UTC day of the requested window, oldest first. An empty history is an error."""
    records = expect_list(response, json_body(response), "the body")
    if not records:
        raise SourceRejected(
            f"{describe_request(response)}: the history is empty; check the coin's id in the source module against "
            "https://stablecoins.llama.fi/stablecoins"
        )
    series = _series(response.request)
    return parse_records(records, lambda record: _row(response, series, record), key_width=2, known=KNOWN)


def _series(request: Request) -> str:
    """The name of the requested series: `all`, `coin:USDT` or `chain:Ethereum`."""
    coin = next((coin for coin, coin_id in COINS.items() if coin_id == request.params.get("stablecoin")), None)
    if coin is not None:
        return f"coin:{coin}"
    place = request.path.rpartition("/")[2]
    return f"chain:{place}" if place in CHAINS else TOTAL


def _row(response: Response, series: str, record: object) -> Row | None:
    written = member(record, "date")
    date = int(written) if isinstance(written, str) and written.isdecimal() else whole_number(written, "date")
    if date // DAY_SECONDS == int(response.as_of.timestamp()) // DAY_SECONDS:
        return None  # The newest point is of this instant, not of a midnight.
    is_fact = is_requested_and_closed(response, date, "date")
    amounts = [member(record, name) for name in AMOUNTS]
    if not all(isinstance(amount, dict) for amount in amounts):
        raise InvalidRecord(f"{' or '.join(AMOUNTS)} is not an object")
    if not any(PEG in amount for amount in amounts):
        return None  # The chain had no dollar-pegged coin yet.
    figures = [number(member(amount, PEG), f"{name}.{PEG}") for name, amount in zip(AMOUNTS, amounts, strict=True)]
    return (series, date, *figures) if is_fact else None


DATASETS = (
    Dataset(
        provider=PROVIDER,
        name="supply_1d",
        title="Daily supply of dollar-pegged stablecoins, in total, per coin and per chain",
        subject_group="stablecoins",
        columns={
            "series": "varchar",
            "date": "bigint",
            "total_circulating": "decimal(38,12)",
            "total_circulating_usd": "decimal(38,12)",
        },
        key=("series", "date"),
        read=parse_supply,
        plan=plan_supply,
        figures=each(("total_circulating", "total_circulating_usd"), NOT_NEGATIVE),
        timestamps={"date": Timestamp("s", every=DAY)},
        verify=verify_by_parsing(parse_supply),
        per_asset=False,
        has_independent_requests=True,
        covers_until=f"make_timestamp((max(date) + {DAY_SECONDS}) * 1000000)",
    ),
)
