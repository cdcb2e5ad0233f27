"""The page of providers as Markdown: what each one allows, needs and is limited to, from the source modules.

Belongs here: how a `Provider` and its datasets are shown. Not here: what is true of a provider; its module states that.
"""

from collections.abc import Iterator
from datetime import timedelta

from orchestration.settings import DEFAULT_ASSETS
from orchestration.sources.shared.contract import Dataset
from orchestration.sources.shared.provider import Provider, Rate
from orchestration.sources.shared.registry import datasets, symbols

PAGE = "reference/providers.md"
SUBJECT_TITLES = {"etf_flows": "ETF flows", "volatility": "implied volatility", "positioning": "futures positioning"}
UNAVAILABLE = {
    "Digital asset treasuries": (
        "DefiLlama's `/dat/institutions` is documented for its paid plan alone; without a key it returned 404."
    ),
    "Open interest of Hyperliquid": (
        "There is no history: `metaAndAssetCtxs` is the present level without a timestamp, no level at a day's end."
    ),
    "Liquidations of Hyperliquid": "No public feed has the market's: the fills of a single user name theirs.",
    "Liquidation streams, by a run": (
        "A run has no instant at which a stream is complete. `warehouse collect` listens to the websockets of seven "
        "venues, and the next run loads what it stored; the full sample market has 26 hours of each, made up."
    ),
    "Figures of HYPE, SUI, TRX and DOT in the sample market": (
        "The sample holds ten assets whose published figures were recorded; a live run requests these four as well."
    ),
    "Funds of XRP and HYPE in the sample market": (
        "Their first sessions are later than the sample's last day, 12 May 2025; their sources serve the other funds."
    ),
    "Funds of LINK, and flows of DOGE, LTC and AVAX funds": (
        "No keyless page was found; SoSoValue shows them, but that its open interface has them is unconfirmed."
    ),
    "CoinMarketCap's liquidations by coin": (
        "918 coins at 100 a page cost ten credits a run; the total of all coins is requested, venue by venue."
    ),
}
"""What was looked for and is not requested, with the reason."""


def providers_page() -> str:
    """The whole page: a table of all providers, then a section for each."""
    by_provider = {provider.name: [d for d in datasets() if d.provider == provider] for provider in providers()}
    lines = [
        "# Providers",
        "",
        f"The warehouse can request {len(by_provider)} sources. The data is not ours: requests are made for "
        "you, with your keys, for your own use. Do not publish what you fetched without the provider's permission.",
        "",
        "| provider | source name | figures | key |",
        "| --- | --- | --- | --- |",
    ]
    for provider in providers():
        subjects = ", ".join(dict.fromkeys(_subject(dataset) for dataset in by_provider[provider.name]))
        link = f"[{provider.title}](#{provider.name})"
        lines.append(f"| {link} | `{provider.name}` | {subjects} | {key_words(provider)} |")
    for provider in providers():
        lines += ["", *_section(provider, by_provider[provider.name])]
    lines += ["", "## Not requested { #not-requested }", "", "| figures | why not |", "| --- | --- |"]
    lines += [f"| {what} | {reason} |" for what, reason in UNAVAILABLE.items()]
    return "\n".join(lines) + "\n"


def providers() -> list[Provider]:
    """Every provider once, by title."""
    found = {dataset.provider.name: dataset.provider for dataset in datasets()}
    return sorted(found.values(), key=lambda provider: provider.title.lower())


def key_words(provider: Provider) -> str:
    """The provider's key variable and whether it is needed, or 'none'."""
    if provider.api_key_variable is None:
        return "none"
    return f"`{provider.api_key_variable}`, {'needed' if provider.key_required else 'optional'}"


def rate_words(rate: Rate) -> str:
    """A rate for people: '5 requests per second', '40 requests per 60 seconds'."""
    span = "second" if rate.seconds == 1 else f"{rate.seconds:g} seconds"
    return f"{rate.requests:,} request{'s' if rate.requests != 1 else ''} per {span}"


def _section(provider: Provider, found: list[Dataset]) -> Iterator[str]:
    yield f"## {provider.title} {{ #{provider.name} }}"
    yield ""
    yield "| | |"
    yield "| --- | --- |"
    yield f"| allows | {provider.licence} |"
    yield f"| limitations | {provider.limitations} |"
    yield f"| rate limit | {_limit(provider, found)} |"
    yield f"| key | {key_words(provider)} |"
    if assets := _assets(provider, found):
        yield f"| default assets | {assets} |"
    if provider.opt_in_variable:
        yield f"| opt in | requested only with `{provider.opt_in_variable}=yes` |"
    for name, default in provider.options.items():
        yield f"| option `{name}` | {provider.option_help.get(name, '')} Default: `{default}`. |"
    if not any(dataset.file_pattern for dataset in found):
        yield f"| address | `{provider.default_url}`, replaced by `{provider.url_variable}` |"
    yield ""
    yield "| dataset | holds | raw table | key columns | requested |"
    yield "| --- | --- | --- | --- | --- |"
    for dataset in found:
        key = ", ".join(f"`{name}`" for name in dataset.key)
        yield f"| `{dataset.name}` | {dataset.title} | `raw.{dataset.table}` | {key} | {_when(dataset)} |"


def _assets(provider: Provider, found: list[Dataset]) -> str:
    """Which of the default assets the provider has a symbol for; empty where it is not requested per asset."""
    if not any(dataset.per_asset or dataset.is_collected for dataset in found):
        return ""
    listed = [asset for asset in DEFAULT_ASSETS.split(",") if asset in symbols(provider.name)]
    lacking = [asset for asset in DEFAULT_ASSETS.split(",") if asset not in listed]
    if len(lacking) > len(listed):
        return f"{', '.join(listed)}; no symbol is known for the others, so no request is made"
    return f"all but {', '.join(lacking)}: no symbol is known, so no request is made" if lacking else "all"


def _limit(provider: Provider, found: list[Dataset]) -> str:
    if all(dataset.file_pattern for dataset in found):
        return "none: your own files"
    if all(dataset.is_collected for dataset in found):
        return "one connection"
    return rate_words(provider.rate) + ", kept by the warehouse"


def _when(dataset: Dataset) -> str:
    """When a run requests the dataset and how far back."""
    if dataset.file_pattern:
        return f"read from `imports/` (`{dataset.file_pattern}`)"
    if dataset.is_collected:
        return "collected by `warehouse collect`"
    since = f", from {dataset.available_since:%Y-%m-%d} on" if dataset.available_since else ""
    if dataset.backfills_only:
        return f"with `--start` only{since}"
    monthly = f", {_days(dataset.monthly_lookback)} in the first run of a month" if dataset.monthly_lookback else ""
    return f"every run, the last {_days(dataset.lookback)}{monthly}{since}"


def _days(span: timedelta) -> str:
    return f"{span.days} day{'s' if span.days != 1 else ''}" if span.days else f"{span.total_seconds() / 3600:g} hours"


def _subject(dataset: Dataset) -> str:
    return SUBJECT_TITLES.get(dataset.subject_group, dataset.subject_group.replace("_", " "))
