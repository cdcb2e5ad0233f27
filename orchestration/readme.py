"""The generated parts of README.md: `python -m orchestration.readme` (or `make docs`) writes them.

These are the table of published tables, from dbt's manifest, and the list of providers, from the sources. Each part is
between `<!-- made: NAME -->` and `<!-- end: NAME -->`.
"""

import json
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from orchestration.project import ROOT
from orchestration.sources.shared.registry import datasets

README = ROOT / "README.md"
SUBJECTS = ("market", "prices", "etf_flows", "liquidations", "derivatives", "market_caps", "metrics", "reports")
"""Folders of published tables in the order of interest; others follow by name."""


def table_of_tables(manifest: Mapping[str, Any]) -> str:
    """Every published table with its grain: the first sentence of its description, without 'One row per'."""
    marts = [
        node for node in manifest["nodes"].values() if node["resource_type"] == "model" and node["schema"] == "marts"
    ]
    marts.sort(key=lambda node: (*_place(node["fqn"][-2]), node["name"]))
    lines = ["| table | one row per |", "|---|---|"]
    return "\n".join(lines + [f"| `{node['name']}` | {grain(node['description'])} |" for node in marts])


def grain(description: str) -> str:
    """'One row per asset, trade_date: the day …. More.' → 'asset, trade_date: the day …'."""
    text = " ".join(description.split()).removeprefix("One row per ")
    first = re.split(r"\. (?=[A-Z`\"])", text)[0].removesuffix(".")
    return first.replace("|", "\\|")


def list_of_providers() -> str:
    """Every provider: its terms, the limits of its coverage, and the key it needs."""
    providers = {dataset.provider.name: dataset.provider for dataset in datasets()}
    lines = ["| provider | allows | lacks | key |", "|---|---|---|---|"]
    for name, provider in sorted(providers.items(), key=lambda found: found[1].title.lower()):
        needed = "needed" if provider.key_required else "optional"
        key = f"`{provider.api_key_variable}`, {needed}" if provider.api_key_variable else "none"
        lines.append(f"| {provider.title} (`{name}`) | {provider.licence} | {provider.limitations} | {key} |")
    return "\n".join(lines)


def written(text: str, manifest: Mapping[str, Any]) -> str:
    """The README with its generated parts. Raises ValueError for a part whose marks are missing."""
    for name, part in (("tables", table_of_tables(manifest)), ("providers", list_of_providers())):
        begin, end = f"<!-- made: {name} -->", f"<!-- end: {name} -->"
        head, found, rest = text.partition(begin)
        _, found_end, tail = rest.partition(end)
        if not (found and found_end):
            raise ValueError(f"README.md has no {begin} … {end}: put the marks back")
        text = f"{head}{begin}\n{part}\n{end}{tail}"
    return text


def _place(folder: str) -> tuple[int, str]:
    return (SUBJECTS.index(folder) if folder in SUBJECTS else len(SUBJECTS), folder)


def main(readme: Path = README) -> int:
    """Write the generated parts. Status 0; the file is only written when something changed."""
    from orchestration.build.parsing import ensure_manifest

    before = readme.read_text(encoding="utf-8")
    after = written(before, json.loads(ensure_manifest().read_bytes()))
    if after != before:
        readme.write_text(after, encoding="utf-8")
        print(f"wrote the generated parts of {readme.name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
