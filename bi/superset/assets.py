"""The dashboards as one folder that Superset imports: the YAML files here, completed.

A file here says what is particular: of a chart its query and look, of a dashboard its rows and filters. `style.yaml`
says once what all share, the brief's palette the colours. The published file adds its address and, per dataset, the
columns with their types and descriptions: they are the comments that the marts carry, so that a definition is written
once. Not here: what is drawn (the YAML).
"""

import re
import shutil
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

import duckdb
import yaml

HERE = Path(__file__).resolve().parent
KINDS = ("databases", "datasets", "charts", "dashboards")
MART = re.compile(r"\bmarts\.(\w+)")
COMMENTS = "select column_name, comment from duckdb_columns() where schema_name = 'marts' and table_name = ?"
SCHEMA_VERSION = "1.0.0"
Asset = dict[str, Any]


def assemble(published: Path, folder: Path) -> None:
    """Write all files that Superset imports into `folder`, for the file that `published` leads to."""
    shutil.rmtree(folder, ignore_errors=True)
    for kind in KINDS:
        (folder / kind).mkdir(parents=True)
    shutil.copy(HERE / "metadata.yaml", folder)
    with duckdb.connect(str(published.resolve()), read_only=True) as connection:
        for name, dataset in sources("datasets").items():
            _write(folder / "datasets" / f"{name}.yaml", described(dataset, connection))
        for name, dashboard in sources("dashboards").items():
            _write(folder / "dashboards" / f"{name}.yaml", laid_out(dashboard, connection))
    for name, chart in sources("charts").items():
        _write(folder / "charts" / f"{name}.yaml", styled(chart))
    for name, database in sources("databases").items():
        uri = {"sqlalchemy_uri": f"duckdb:///{published.absolute()}"}
        _write(folder / "databases" / f"{name}.yaml", database | uri)


def contents(folder: Path) -> dict[str, str]:
    """The assembled files for Superset's importer: text by path below `folder`."""
    return {str(file.relative_to(folder)): file.read_text() for file in sorted(folder.rglob("*.yaml"))}


def charts_in(folder: Path) -> set[UUID]:
    """The charts of an assembled folder; none where nothing was assembled yet."""
    return {UUID(str(yaml.safe_load(file.read_text())["uuid"])) for file in (folder / "charts").glob("*.yaml")}


@cache
def sources(kind: str) -> dict[str, Asset]:
    """The files of a kind as they are here, by their name without the ending."""
    return {file.stem: dict(yaml.safe_load(file.read_text())) for file in sorted((HERE / kind).glob("*.yaml"))}


@cache
def style() -> Asset:
    """What all charts and dashboards share."""
    return dict(yaml.safe_load((HERE / "style.yaml").read_text()))


@cache
def palette() -> Asset:
    """The brief's colours, from the checkout or from the installed package around this folder."""
    places = (HERE.parents[1] / "orchestration" / "report", HERE.parents[2] / "report")
    file = next(place / "palette.yaml" for place in places if (place / "palette.yaml").exists())
    return dict(yaml.safe_load(file.read_text()))


def colour(role: str) -> str:
    """The colour of a role of the palette; a colour stays itself."""
    return str(palette()["light"].get(role, role))


def described(dataset: Asset, connection: duckdb.DuckDBPyConnection) -> Asset:
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
    shared = {"schema": "marts", "catalog": None, "filter_select_enabled": True, "version": SCHEMA_VERSION}
    return shared | dataset | {"columns": columns}


def styled(chart: Asset) -> Asset:
    """The chart with the parameters that its kind shares, and its conditions as Superset's filters."""
    kind, own = chart["viz_type"], chart.get("params", {})
    params = style()["charts"]["all"] | style()["charts"].get(kind, {}) | own | {"viz_type": kind}
    filters = [_condition(condition) for condition in chart.get("where", [])]
    if time := chart.get("time") or params.get("x_axis"):
        filters.append(_date_range(time))
    params["adhoc_filters"] = filters
    if "metrics_b" in params:
        params["adhoc_filters_b"] = filters
    if rules := params.get("conditional_formatting"):
        params["conditional_formatting"] = [rule | {"colorScheme": colour(rule["colorScheme"])} for rule in rules]
    kept = {name: chart[name] for name in ("slice_name", "description", "uuid")}
    dataset = sources("datasets")[chart["dataset"]]["uuid"]
    return kept | {"viz_type": kind, "params": params, "dataset_uuid": dataset, "version": SCHEMA_VERSION}


def charts_of(dashboard: Asset) -> list[str]:
    """The names of the dashboard's charts, from its top to its bottom."""
    return [name for row in dashboard["rows"] for name in row["charts"]]


def laid_out(dashboard: Asset, connection: duckdb.DuckDBPyConnection) -> Asset:
    """The dashboard with the place of every chart, its filters with what they start with, and its colours."""
    ids = {name: number for number, name in enumerate(charts_of(dashboard), start=1)}
    metadata = {
        "color_scheme": "market",
        "label_colors": label_colours(),
        "refresh_frequency": 0,
        "expanded_slices": {},
        "cross_filters_enabled": True,
        "filter_bar_orientation": "HORIZONTAL",
        "native_filter_configuration": [_filter(one, ids, connection) for one in dashboard["filters"]],
    }
    kept = {name: dashboard[name] for name in ("dashboard_title", "description", "slug", "uuid")}
    shared = {"published": True, "css": style()["css"], "version": SCHEMA_VERSION}
    return kept | shared | {"metadata": metadata, "position": _position(dashboard, ids)}


def label_colours() -> dict[str, str]:
    """The colours of series, by the metric's name and by the name that people read: Superset looks for either."""
    found: dict[str, str] = {}
    metrics = {m["metric_name"]: m["verbose_name"] for one in sources("datasets").values() for m in one["metrics"]}
    for name, role in style()["label_colors"].items():
        found |= {name: colour(role), metrics.get(name, name): colour(role)}
    return found


def _position(dashboard: Asset, ids: dict[str, int]) -> Asset:
    rows = [f"ROW-{number}" for number, _ in enumerate(dashboard["rows"], start=1)]
    position: Asset = {
        "DASHBOARD_VERSION_KEY": "v2",
        "ROOT_ID": {"type": "ROOT", "id": "ROOT_ID", "children": ["GRID_ID"]},
        "GRID_ID": {"type": "GRID", "id": "GRID_ID", "parents": ["ROOT_ID"], "children": rows},
        "HEADER_ID": {"type": "HEADER", "id": "HEADER_ID", "meta": {"text": dashboard["dashboard_title"]}},
    }
    for name, row in zip(rows, dashboard["rows"], strict=True):
        parents = ["ROOT_ID", "GRID_ID"]
        places = {f"CHART-{chart}": (chart, width) for chart, width in row["charts"].items()}
        position[name] = {"type": "ROW", "id": name, "parents": parents, "children": list(places)}
        position[name]["meta"] = {"background": "BACKGROUND_TRANSPARENT"}
        for place, (chart, width) in places.items():
            described_chart = sources("charts")[chart]
            meta = {"width": width, "height": row["height"], "chartId": ids[chart]}
            meta |= {"sliceName": described_chart["slice_name"], "uuid": described_chart["uuid"]}
            parts = {"type": "CHART", "id": place, "parents": [*parents, name], "children": [], "meta": meta}
            position[place] = parts
    return position


def _filter(one: Asset, ids: dict[str, int], connection: duckdb.DuckDBPyConnection) -> Asset:
    """A filter of Superset's. It starts with the first row of its `starts_with`, or with its first choice."""
    start = _first(connection, one["starts_with"]) if "starts_with" in one else None
    kept = {"id": f"NATIVE_FILTER-{one['id']}", "name": one["name"], "description": one["description"]}
    scope = {"rootPath": ["ROOT_ID"], "excluded": sorted(_excluded(one, ids))}
    shared = kept | {"type": "NATIVE_FILTER", "cascadeParentIds": [], "scope": scope}
    return shared | (_choice(one, start) if "column" in one else _dates(start))


def _dates(start: str | None) -> Asset:
    mask = {"extraFormData": {"time_range": start}, "filterState": {"value": start}}
    return {"filterType": "filter_time", "targets": [{}], "defaultDataMask": mask}


def _choice(one: Asset, start: str | None) -> Asset:
    is_first, is_multiple = one.get("starts_first", False), one.get("is_multiple", False)
    mask: Asset = {"extraFormData": {}, "filterState": {}}
    if start is not None:
        chosen = {"col": one["column"], "op": "IN", "val": [start]}
        mask = {"extraFormData": {"filters": [chosen]}, "filterState": {"value": [start], "label": start}}
    return {
        "filterType": "filter_select",
        "targets": [{"datasetUuid": sources("datasets")[one["dataset"]]["uuid"], "column": {"name": one["column"]}}],
        "controlValues": {
            "enableEmptyFilter": not is_multiple,
            "defaultToFirstItem": is_first,
            "multiSelect": is_multiple,
            "sortAscending": not one.get("is_newest_first", False),
        },
        "defaultDataMask": mask,
        "requiredFirst": is_first,
    }


def _excluded(one: Asset, ids: dict[str, int]) -> Iterator[int]:
    """The charts that a filter leaves alone: all but those of `only`, or those of `except`."""
    wanted: Iterable[str] = one.get("only") or [name for name in ids if name not in one.get("except", [])]
    yield from (number for name, number in ids.items() if name not in wanted)


def _first(connection: duckdb.DuckDBPyConnection, query: str) -> str | None:
    row = connection.execute(query).fetchone()
    return None if row is None else row[0]


def _condition(sql: str) -> Asset:
    return {"clause": "WHERE", "expressionType": "SQL", "sqlExpression": sql} | _unset("subject")


def _date_range(column: str) -> Asset:
    """What the date range of a dashboard is applied to."""
    where = {"clause": "WHERE", "expressionType": "SIMPLE", "subject": column}
    return where | {"operator": "TEMPORAL_RANGE", "comparator": "No filter"}


def _unset(*names: str) -> Asset:
    return dict.fromkeys([*names, "operator", "comparator"])


def _write(file: Path, asset: Asset) -> None:
    file.write_text(yaml.safe_dump(asset, sort_keys=False, allow_unicode=True))
