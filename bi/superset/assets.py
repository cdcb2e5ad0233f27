"""The dashboards as one folder that Superset imports: the YAML files here, completed from the published file.

The published file adds its address and, per dataset, the columns with their types and descriptions.
They are the comments that the marts carry, so that a definition is written once. Not here: what is drawn (the YAML).
"""

import re
import shutil
from pathlib import Path
from typing import Any

import duckdb
import yaml

HERE = Path(__file__).resolve().parent
KINDS = ("databases", "datasets", "charts", "dashboards")
MART = re.compile(r"\bmarts\.(\w+)")
COMMENTS = "select column_name, comment from duckdb_columns() where schema_name = 'marts' and table_name = ?"


def assemble(published: Path, folder: Path) -> None:
    """Write all files that Superset imports into `folder`, for the file that `published` leads to."""
    shutil.rmtree(folder, ignore_errors=True)
    for kind in KINDS:
        shutil.copytree(HERE / kind, folder / kind)
    shutil.copy(HERE / "metadata.yaml", folder)
    with duckdb.connect(str(published.resolve()), read_only=True) as connection:
        for file in (folder / "datasets").iterdir():
            _write(file, described(_read(file), connection))
    for file in (folder / "databases").iterdir():
        _write(file, _read(file) | {"sqlalchemy_uri": f"duckdb:///{published.absolute()}"})


def contents(folder: Path) -> dict[str, str]:
    """The assembled files for Superset's importer: text by path below `folder`."""
    return {str(file.relative_to(folder)): file.read_text() for file in sorted(folder.rglob("*.yaml"))}


def described(dataset: dict[str, Any], connection: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    """The dataset with all columns of its query. A column of a mart has the mart's description; others their own.

    Raises ValueError for a column that nothing describes, and for a description of a column that does not exist.
    """
    own = {column["column_name"]: column for column in dataset["columns"]}
    comments: dict[str, str] = {}
    for mart in reversed(MART.findall(dataset["sql"])):
        comments |= dict(connection.execute(COMMENTS, [mart]).fetchall())
    columns = []
    for name, type_, *_ in connection.execute(f"describe {dataset['sql']}").fetchall():
        column = {"description": comments.get(name)} | own.pop(name, {})
        if not column["description"]:
            raise ValueError(f"{dataset['table_name']}.{name} has no description: add one to the dataset's YAML")
        is_time = type_ in ("DATE", "TIMESTAMP")
        kind = {"type": type_, "is_dttm": is_time, "filterable": True, "groupby": True, "is_active": True}
        columns.append({"column_name": name} | kind | column)
    if own:
        raise ValueError(f"{dataset['table_name']} describes columns its query does not have: {', '.join(own)}")
    return dataset | {"columns": columns}


def _read(file: Path) -> dict[str, Any]:
    return dict(yaml.safe_load(file.read_text()))


def _write(file: Path, asset: dict[str, Any]) -> None:
    file.write_text(yaml.safe_dump(asset, sort_keys=False, allow_unicode=True))
