"""What a quote asset is worth: Tether in US dollars, day by day, from the venues that trade it against dollars.

Binance's and OKX's prices are in USDT, which is not USD; this tells how far apart the two were. The bars are those of
`coinbase.py` and `kraken.py`, asked for Tether whatever the configured assets are: a quote asset is no asset that the
warehouse follows, so its bars stand in tables of their own. Rates and licences are the venues'.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace

from orchestration.sources import coinbase, kraken
from orchestration.sources.shared.contract import Request, Slice
from orchestration.sources.shared.registry import symbols

QUOTE_ASSETS = ("USDT",)
LIMITATIONS = {
    "coinbase": "Days without a trade are absent; since the listing of 2021.",
    "kraken": "The newest 720 days alone.",
}


def _of_quote_assets(venue: str, plan: Callable[[Slice], Iterator[Request]]) -> Callable[[Slice], Iterator[Request]]:
    """The venue's own plan, for the quote assets in place of the configured ones."""

    def plan_quotes(wanted: Slice) -> Iterator[Request]:
        for asset in QUOTE_ASSETS:
            yield from plan(replace(wanted, subject=asset, symbol=symbols(venue)[asset]))

    return plan_quotes


DATASETS = tuple(
    replace(
        bars,
        # A name of its own with the venue's address: the sample market has the venue and not its rates of Tether.
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
