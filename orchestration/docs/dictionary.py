"""The data dictionary as Markdown: one page per published table, and an index of all columns, from dbt's manifest.

Belongs here: what a reader learns of a table from the manifest (grain, columns, units, lineage). Not here: what a table
means, which its YAML file documents, and where the pages are in the site (`orchestration.docs.site`).
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

TABLES = "reference/tables"
"""The folder of the pages in the site."""
SUBJECTS = ("market", "prices", "etf_flows", "liquidations", "derivatives", "market_caps", "metrics", "reports")
"""Folders of marts in the order of interest; others follow by name."""
SUBJECT_TITLES = {"etf_flows": "ETF flows", "market_caps": "Market caps"}
UNITS = (
    (r"_bps$", "basis points (1/100 of a percent)"),
    (r"_usd$", "US dollars"),
    (r"_ratio$", "fraction (0.01 is 1 %)"),
    (r"_coins$", "units of the asset"),
    (r"_contracts$", "contracts"),
    (r"_points$", "points"),
    (r"_count$", "count"),
    (r"_hours?$", "hours"),
    (r"_days?$", "days"),
)
"""What the end of a column's name shows about its unit."""
QUOTED = "the quote asset"
"""The unit of a price in US dollars or in a stablecoin, which are not the same."""
TYPES = ((r"^timestamp", "UTC instant"), (r"^date$", "date"), (r"^boolean$", "true or false"), (r"^varchar", "text"))
NULL = re.compile(r"\b(null|empty)\b", re.IGNORECASE)
SIGN = re.compile(r"\b(positive|negative|sign)\b", re.IGNORECASE)
SENTENCE = re.compile(r"(?<=[a-z0-9`)\]])\. (?=[A-Z`\"])")
CLAUSE = re.compile(r"; |(?<=[a-z0-9`)\]])\. (?=[A-Z`\"])")


@dataclass(frozen=True)
class Column:
    """One column as the dictionary shows it. `sign` is empty where the description does not mention it.

    `null` is what a null means; it is empty for a column that is never null.
    """

    name: str
    data_type: str
    unit: str
    meaning: str
    sign: str
    null: str
    is_key: bool
    is_required: bool


@dataclass(frozen=True)
class Lineage:
    """Direct neighbours of a table by name, and the raw tables that it goes back to, each with its source."""

    reads: tuple[str, ...]
    read_by: tuple[str, ...]
    raw_tables: tuple[tuple[str, str], ...]
    exposures: tuple[str, ...]


@dataclass(frozen=True)
class Table:
    """One published table. `rules` are the checks of its contract, as SQL conditions that every row meets."""

    name: str
    subject: str
    description: str
    path: str
    columns: tuple[Column, ...]
    rules: tuple[str, ...]
    lineage: Lineage

    @property
    def grain(self) -> str:
        """What one row is of: the description's first sentence without 'One row per'."""
        return SENTENCE.split(self.description)[0].removeprefix("One row per ").removesuffix(".")

    @property
    def page(self) -> str:
        """The page's path in the site's source."""
        return f"{TABLES}/{self.name}.md"


def tables(manifest: Mapping[str, Any]) -> list[Table]:
    """Every published table, by subject in the order of interest, then by name."""
    models = [node for node in manifest["nodes"].values() if _is_published(node)]
    found = [_table(node, manifest) for node in models]
    return sorted(found, key=lambda table: (*_place(table.subject), table.name))


def subject_title(subject: str) -> str:
    """A folder of marts as a heading: 'etf_flows' is 'ETF flows'."""
    return SUBJECT_TITLES.get(subject, subject.replace("_", " ").capitalize())


def index_page(found: list[Table]) -> str:
    """The page that lists every table with its grain, by subject."""
    lines = [
        "# Tables",
        "",
        f"The published file holds {len(found)} tables in the schema `marts`. Each one has a contract: its columns, "
        "types, key and conditions are enforced when it is built. All times are UTC.",
    ]
    for subject in dict.fromkeys(table.subject for table in found):
        lines += ["", f"## {subject_title(subject)}", "", "| table | one row per |", "| --- | --- |"]
        lines += [
            f"| [`{table.name}`](tables/{table.name}.md) | {_cell(table.grain)} |"
            for table in found
            if table.subject == subject
        ]
    return "\n".join(lines) + "\n"


def columns_page(found: list[Table]) -> str:
    """The page that lists every column name once, with the tables that have it."""
    by_name: dict[str, list[tuple[Table, Column]]] = defaultdict(list)
    for table in found:
        for column in table.columns:
            by_name[column.name].append((table, column))
    lines = [
        "# Columns",
        "",
        f"Every column name of the published tables, {len(by_name)} in all, and the tables that have it.",
        "",
        "| column | unit | in |",
        "| --- | --- | --- |",
    ]
    for name, places in sorted(by_name.items()):
        units = ", ".join(dict.fromkeys(column.unit for _, column in places))
        links = ", ".join(f"[{table.name}](tables/{table.name}.md#{name})" for table, _ in places)
        lines.append(f"| `{name}` | {units} | {links} |")
    return "\n".join(lines) + "\n"


def table_page(table: Table, published: frozenset[str], sources: frozenset[str]) -> str:
    """The page of one table. `published`: the tables that have a page to link to; `sources`: the providers that do."""
    lines = [f"# {table.name}", "", table.description, "", *_lineage_lines(table, published, sources), ""]
    lines += ["## Columns", ""]
    lines += ["| column | type | unit | null |", "| --- | --- | --- | --- |"]
    for column in table.columns:
        key = " (key)" if column.is_key else ""
        null = "never" if column.is_required else "possible"
        lines.append(f"| [`{column.name}`](#{column.name}){key} | {column.data_type} | {column.unit} | {null} |")
    for column in table.columns:
        lines += ["", f"### {column.name} {{ #{column.name} }}", "", _facts(column), "", column.meaning]
        lines += ["", f"**Sign:** {column.sign}."] if column.sign else []
        lines += ["", f"**Null:** {re.sub(r'^[Nn]ull ', '', column.null)}."] if column.null else []
    if table.rules:
        lines += ["", "## Conditions", "", "Every row meets these conditions; the build fails otherwise.", ""]
        lines += [f"- `{rule}`" for rule in table.rules]
    return "\n".join(lines) + "\n"


def _facts(column: Column) -> str:
    facts = [f"`{column.data_type}`", column.unit, "never null" if column.is_required else "may be null"]
    if column.is_key:
        facts.append("part of the key")
    return " · ".join(facts)


def _lineage_lines(table: Table, published: frozenset[str], sources: frozenset[str]) -> Iterator[str]:
    def names(found: tuple[str, ...]) -> str:
        return ", ".join(f"[`{name}`]({name}.md)" if name in published else f"`{name}`" for name in found) or "nothing"

    yield "| lineage | |"
    yield "| --- | --- |"
    yield f"| reads | {names(table.lineage.reads)} |"
    raw_tables = ", ".join(
        f"[`{name}`](../providers.md#{source})" if source in sources else f"`{name}`"
        for name, source in table.lineage.raw_tables
    )
    yield f"| raw tables behind it | {raw_tables or 'none: seeds only'} |"
    yield f"| read by | {names(table.lineage.read_by)} |"
    if table.lineage.exposures:
        yield f"| used in | {'; '.join(table.lineage.exposures)} |"
    yield f"| model | `dbt_project/{table.path}` |"


def _table(node: Mapping[str, Any], manifest: Mapping[str, Any]) -> Table:
    keys = {name for rule in node["constraints"] if rule["type"] == "primary_key" for name in rule["columns"]}
    return Table(
        name=node["name"],
        subject=node["fqn"][-2],
        description=" ".join(node["description"].split()),
        path=node["original_file_path"],
        columns=tuple(_column(column, keys) for column in node["columns"].values()),
        rules=tuple(rule["expression"] for rule in node["constraints"] if rule["type"] == "check"),
        lineage=_lineage(node["unique_id"], manifest),
    )


def _column(column: Mapping[str, Any], keys: set[str]) -> Column:
    name, description = column["name"].strip('"'), " ".join(column["description"].split())
    first, *others = [clause.removesuffix(".") for clause in CLAUSE.split(description)]
    # The first clause defines the column and stays whole; a remark in it is repeated where it is looked for.
    is_required = name in keys or any(rule["type"] == "not_null" for rule in column["constraints"])
    remarks = [*first.split(", ")[1:], *others]
    null = [remark for remark in remarks if NULL.search(remark)] or [first for _ in NULL.findall(first)[:1]]
    sign = [remark for remark in remarks if SIGN.search(remark)]
    rest = [clause for clause in others if clause not in null and clause not in sign]
    return Column(
        name=name,
        data_type=column["data_type"],
        unit=QUOTED if name.endswith("_usd") and "quote asset" in first else unit(name, column["data_type"]),
        meaning="; ".join([_capital(first), *rest]) + ".",
        sign="; ".join(sign),
        null="" if is_required else "; ".join(null),
        is_key=name in keys,
        is_required=is_required,
    )


def unit(name: str, data_type: str) -> str:
    """The unit of a column by the end of its name, else by its type: '_usd' is US dollars."""
    by_name = next((words for pattern, words in UNITS if re.search(pattern, name)), None)
    by_type = next((words for pattern, words in TYPES if re.search(pattern, data_type)), None)
    return by_type or by_name or "see the description"


def _lineage(table: str, manifest: Mapping[str, Any]) -> Lineage:
    parents, children = manifest["parent_map"], manifest["child_map"]
    kept = ("model.", "seed.")
    exposures = [child for child in children.get(table, ()) if child.startswith("exposure.")]
    raw = [manifest["sources"][node] for node in _ancestors(table, parents) if node in manifest["sources"]]
    return Lineage(
        reads=tuple(sorted({_name(parent) for parent in parents[table] if parent.startswith((*kept, "source."))})),
        read_by=tuple(sorted({_name(child) for child in children.get(table, ()) if child.startswith(kept)})),
        raw_tables=tuple(sorted({(f"raw.{source['identifier']}", source["source_name"]) for source in raw})),
        exposures=tuple(sorted(manifest["exposures"][one]["label"] or _name(one) for one in exposures)),
    )


def _ancestors(node: str, parents: Mapping[str, list[str]]) -> set[str]:
    found: set[str] = set()
    open_nodes = [node]
    while open_nodes:
        for parent in parents.get(open_nodes.pop(), ()):
            if parent not in found:
                found.add(parent)
                open_nodes.append(parent)
    return found


def _name(unique_id: str) -> str:
    return unique_id.split(".")[2] if not unique_id.startswith("source.") else ".".join(unique_id.split(".")[2:4])


def _is_published(node: Mapping[str, Any]) -> bool:
    return (node["resource_type"], node["schema"]) == ("model", "marts")


def _place(subject: str) -> tuple[int, str]:
    return (SUBJECTS.index(subject) if subject in SUBJECTS else len(SUBJECTS), subject)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
