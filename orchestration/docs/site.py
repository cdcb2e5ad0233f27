"""The hook of MkDocs: adds the pages that are made from the project to the ones that a person writes in `docs/`.

Belongs here: which pages there are and where they stand in the navigation. Not here: what is on them.
"""

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

from orchestration.docs import checks, commands, providers
from orchestration.docs.dictionary import Table, columns_page, index_page, subject_title, table_page, tables
from orchestration.docs.settings_example import FILE as SETTINGS_EXAMPLE

TABLES_HEADING = "Tables"
"""The entry of mkdocs.yml's navigation under which the tables are put."""
SETTINGS_PAGE = "reference/settings.md"


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Put a page per table into the navigation, by subject."""
    for section in config.nav or []:
        for entry in next(iter(section.values())) if isinstance(section, dict) else []:
            if isinstance(entry, dict) and TABLES_HEADING in entry:
                entry[TABLES_HEADING] = ["reference/tables.md", "reference/columns.md", *_by_subject()]
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the made pages to those of `docs/`."""
    for path, text in _pages().items():
        files.append(File.generated(config, path, content=text))
    return files


def _by_subject() -> list[dict[str, list[str]]]:
    subjects = dict.fromkeys(table.subject for table in _tables())
    return [
        {subject_title(subject): [table.page for table in _tables() if table.subject == subject]}
        for subject in subjects
    ]


def _pages() -> dict[str, str]:
    """Every made page: its path in the site's source, and its Markdown."""
    found = _tables()
    names = frozenset(table.name for table in found)
    sources = frozenset(provider.name for provider in providers.providers())
    return {
        "reference/tables.md": index_page(found),
        "reference/columns.md": columns_page(found),
        **{table.page: table_page(table, names, sources) for table in found},
        providers.PAGE: providers.providers_page(),
        commands.PAGE: commands.commands_page(),
        checks.PAGE: checks.checks_page(),
        SETTINGS_PAGE: _settings_page(),
    }


def _settings_page() -> str:
    return (
        "# Settings\n\nSettings come from the environment, or from `.env` in the working directory; the environment "
        "wins. All of them are optional. This is `.env.example`:\n\n"
        f"```sh\n{SETTINGS_EXAMPLE.read_text(encoding='utf-8')}```\n"
    )


@cache
def _tables() -> list[Table]:
    return tables(_manifest())


def _manifest() -> Mapping[str, Any]:
    from orchestration.build.parsing import ensure_manifest

    return dict(json.loads(ensure_manifest().read_bytes()))
