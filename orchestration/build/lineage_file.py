"""The file of the columns' lineage, see `orchestration.build.lineage`; reading it needs no SQL parser."""

import json
from pathlib import Path

NAME = "lineage.json"

Origins = dict[str, list[tuple[str, str]]]
"""Per column of one model: the ids of the models, seeds and sources that it comes from, each with the column there."""


def stored_lineage(folder: Path) -> dict[str, Origins]:
    """The lineage that was made for the parsed project in `folder`, per model; empty before that."""
    try:
        stored = json.loads((folder / NAME).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    return {
        model: {column: [(parent, name) for parent, name in origins] for column, origins in columns.items()}
        for model, columns in stored.items()
    }
