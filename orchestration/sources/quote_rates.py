"""The price of a quote asset: daily bars of Tether in US dollars, from venues that trade it against dollars.

Binance's and OKX's prices are in USDT, which is not USD; these bars measure the difference. They are the bars of
`coinbase.py` and `kraken.py`, requested for Tether whatever assets are configured. A quote asset is no asset of the
warehouse, so its bars have their own tables. Rate limits and licences are those of the venues.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace

from orchestration.sources import coinbase, kraken
from orchestration.sources.shared.contract import Request, Slice
from orchestration.sources.shared.registry import symbols

QUOTE_ASSETS = ("USDT",)
LIMITATIONS = {
    "coinbase": "Days without a trade are absent; since the listing of 2021.",
    "kraken": "The newest 720 days only.",
}


def _of_quote_assets(venue: str, plan: Callable[[Slice], Iterator[Request]]) -> Callable[[Slice], Iterator[Request]]:
    """The venue's own plan, for the quote assets instead of the configured ones."""

    def plan_quotes(wanted: Slice) -> Iterator[Request]:
        for asset in QUOTE_ASSETS:
            yield from plan(replace(wanted, subject=asset, symbol=symbols(venue)[asset]))

    return plan_quotes


DATASETS = tuple(
    replace(
        bars,
        # Its own name with the venue's URL, because the sample market has the venue and not its rates of Tether.
        provider=replace(
            bars.provider,
            name=f"{venue}_quotes",
            title=f"Tether at {title}",
            variable_stem=venue,
            limitations=LIMITATIONS[venue],
        ),
        title=f"Daily price of Tether in US dollars at {title}",
        plan=_of_quote_assets(venue, bars.plan),
        per_asset=False,
    )
    for venue, title, (bars,) in (
        ("coinbase", "Coinbase Exchange", coinbase.DATASETS),
        ("kraken", "Kraken", kraken.DATASETS),
    )
)
