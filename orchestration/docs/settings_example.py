"""`.env.example`: the settings that exist, with the providers' ones made from the source modules.

`python -m orchestration.docs.settings_example` (or `make docs`) writes the file; a test fails when it is out of date.
Belongs here: the lines of a provider. Not here: the warehouse's own settings, which a person writes in the file above
the mark.
"""

import sys
from collections.abc import Iterable, Iterator

from orchestration.docs.providers import providers
from orchestration.project import ROOT
from orchestration.sources.shared.provider import Provider
from orchestration.sources.shared.registry import datasets

FILE = ROOT / ".env.example"
MARK = "# Made from orchestration/sources/ by `make docs`: change nothing below this line."


def written(text: str) -> str:
    """The file with its made part as it should be. Raises ValueError when the mark is missing."""
    head, found, _ = text.partition(MARK)
    if not found:
        raise ValueError(f"{FILE.name} has no line {MARK!r}: put it back")
    return f"{head}{MARK}\n" + "\n".join(_made()) + "\n"


def _made() -> Iterator[str]:
    requested = [provider for provider in providers() if provider.name in _requested()]
    yield ""
    yield "# Keys. Without a needed one its source is skipped, and `warehouse status` shows it."
    yield from _keys(requested)
    yield ""
    yield "# Options. Empty: the default."
    for provider in requested:
        yield from _options(provider)
    yield ""
    yield "# Addresses, for a mirror or a test server, without a login in them. Empty: the provider's public host."
    for variable in sorted({provider.url_variable for provider in requested}):
        yield f"{variable}="


def _keys(found: Iterable[Provider]) -> Iterator[str]:
    """A line per key, each one once, below the titles of all providers that use it."""
    users: dict[str, list[str]] = {}
    for provider in found:
        if provider.api_key_variable:
            use = f"{provider.title} ({'needed' if provider.key_required else 'optional'})"
            users.setdefault(provider.api_key_variable, []).append(use)
    for variable, uses in sorted(users.items()):
        yield f"# {'; '.join(uses)}"
        yield f"{variable}="


def _options(provider: Provider) -> Iterator[str]:
    for name, default in sorted(provider.options.items()):
        yield f"# {provider.title}: {provider.option_help[name]}"
        yield f"# Default: {default}"
        yield f"{name}="
    if provider.opt_in_variable:
        yield f"# yes: also request {provider.title}."
        yield f"# {provider.licence}"
        yield f"{provider.opt_in_variable}="


def _requested() -> set[str]:
    """Providers that have an address: all but the user's own files."""
    return {dataset.provider.name for dataset in datasets() if dataset.file_pattern is None}


def main() -> int:
    """Write the made part anew. Status 0; the file is only touched when something changed."""
    before = FILE.read_text(encoding="utf-8")
    after = written(before)
    if after != before:
        FILE.write_text(after, encoding="utf-8")
        print(f"wrote {FILE.name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
