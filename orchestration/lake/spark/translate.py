"""The SQL of a model, written for DuckDB, as SQL for Spark with the same result to the last digit.

sqlglot translates names and syntax. What differs in meaning is changed in the tree first: division is of doubles, a
double and a decimal become each other by DuckDB's arithmetic, a day minus a day is a number, `asof` is a join with
the interval to the next row, `union all by name` is one by position. What has no translation raises Untranslatable.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import count
from typing import cast

import duckdb
from sqlglot import exp, parse_one
from sqlglot.dialects.duckdb import DuckDB
from sqlglot.errors import ErrorLevel, SqlglotError
from sqlglot.optimizer.annotate_types import annotate_types
from sqlglot.optimizer.qualify import qualify
from sqlglot.schema import MappingSchema

Columns = Mapping[str, str]
"""DuckDB's types by column."""

SPARK_TYPES = {
    "BIGINT": "bigint",
    "BOOLEAN": "boolean",
    "DATE": "date",
    "DOUBLE": "double",
    "FLOAT": "float",
    "HUGEINT": "decimal(38,0)",
    "INTEGER": "int",
    "SMALLINT": "smallint",
    "TEXT": "string",
    "TIMESTAMP": "timestamp_ntz",
    "TINYINT": "tinyint",
    "VARCHAR": "string",
}
EXACT = 2**53
"""Whole numbers up to here are doubles."""
TYPES_OF = {**DuckDB.EXPRESSION_METADATA, exp.Div: {"returns": exp.DType.DOUBLE}}
"""sqlglot's types of expressions, but for division: it takes that of decimals for a decimal."""
UNITS = {"to_days": "day", "to_hours": "hour", "to_minutes": "minute", "to_seconds": "second"}


class Untranslatable(ValueError):
    """A model's SQL has no translation with the same result; the message names the part."""


def spark_type(type_of_duckdb: str) -> str | None:
    """The type of a column in Spark; None for one that Spark does not read, as a hash."""
    if type_of_duckdb.startswith("DECIMAL("):
        return type_of_duckdb.lower()
    if type_of_duckdb.endswith("[]"):
        inner = spark_type(type_of_duckdb.removesuffix("[]"))
        return f"array<{inner}>" if inner else None
    if type_of_duckdb.startswith("STRUCT("):
        fields = exp.DataType.build(type_of_duckdb, dialect="duckdb").expressions
        kinds = {field.name: spark_type(field.args["kind"].sql(dialect="duckdb")) for field in fields}
        return (
            f"struct<{', '.join(f'`{name}`: {kind}' for name, kind in kinds.items())}>" if all(kinds.values()) else None
        )
    return SPARK_TYPES.get(type_of_duckdb)


def view_name(schema: str, name: str) -> str:
    """How Spark calls a relation: its temporary views have no schemas."""
    return f"{schema}__{name}"


def relations_of(sql: str) -> set[tuple[str, str]]:
    """Schema and name of each relation that a query reads. Raises Untranslatable for what sqlglot can't parse."""
    try:
        tree = parse_one(sql, dialect="duckdb")
    except SqlglotError as error:
        raise Untranslatable(str(error)) from error
    return {(table.db, table.name) for table in tree.find_all(exp.Table) if table.db}


@dataclass(frozen=True)
class Step:
    """A part of a query with a name of its own. `is_shared`: several parts read it, so it is worth keeping."""

    name: str
    query: str
    is_shared: bool


@dataclass(frozen=True)
class Translated:
    """A query for Spark: its `with` queries in order, and what is read from them."""

    steps: tuple[Step, ...]
    query: str


def translate(sql: str, schemas: Mapping[str, Columns], result: Columns | None = None) -> Translated:
    """The query for Spark. `schemas` has the columns of what it reads, by `view_name`; `result` casts its own."""
    try:
        tree = _qualified(sql, schemas)
        read = Counter(table.name for table in tree.find_all(exp.Table))
        with _Types(schemas) as types:
            steps = [
                Step(
                    definition.alias, _text(types.noted(definition.this, definition.alias)), read[definition.alias] > 1
                )
                for definition in list(_definitions(tree))
            ]
            tree.set("order", None)
            query = _text(types.noted(tree, "_model"))
    except (SqlglotError, duckdb.Error) as error:
        raise Untranslatable(str(error)) from error
    if result is not None:
        casts = ", ".join(f"cast(`{name}` as {spark_type(kind)}) as `{name}`" for name, kind in result.items())
        query = f"select {casts} from ({query}) as made"
    return Translated(tuple(steps), query)


def _text(tree: exp.Expr) -> str:
    return _rewritten(tree).sql(dialect="spark", unsupported_level=ErrorLevel.RAISE, comments=False)


def _definitions(node: exp.Expr) -> Iterator[exp.CTE]:
    """The `with` queries of a tree, which are taken out of it. Each has a name of its own and reads earlier ones."""
    for child in list(node.iter_expressions()):
        yield from _definitions(child)
        if isinstance(child, exp.CTE):
            yield child
        if isinstance(child, exp.With):
            child.pop()


class _Types:
    """DuckDB's types of every column, from an empty database with the relations that a query reads."""

    def __init__(self, schemas: Mapping[str, Columns]) -> None:
        self._connection = duckdb.connect()
        self._known: dict[str, Columns] = dict(schemas)
        for name, columns in schemas.items():
            listed = ", ".join(f'"{column}" {kind}' for column, kind in columns.items())
            self._connection.execute(f'create table "{name}" ({listed})')

    def __enter__(self) -> "_Types":
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def noted(self, query: exp.Expr, name: str) -> exp.Expr:
        """`query` with types; what it yields is known as `name` from then on."""
        self._connection.execute(f'create view "{name}" as {query.sql(dialect="duckdb", comments=False)}')
        self._known[name] = dict(
            self._connection.execute(f'select column_name, column_type from (describe "{name}")').fetchall()
        )
        _cast_unions(query, self._of)
        schema = MappingSchema(cast(dict[str, object], self._known), dialect="duckdb")
        return annotate_types(query, schema=schema, expression_metadata=TYPES_OF, dialect="duckdb")

    def _of(self, query: exp.Expr) -> list[str]:
        described = f"select column_type from (describe {query.sql(dialect='duckdb', comments=False)})"
        return [kind for (kind,) in self._connection.execute(described).fetchall()]


def _cast_unions(query: exp.Expr, types_of: Callable[[exp.Expr], list[str]]) -> None:
    """Cast the decimals of each part of a union to DuckDB's common type, which is not Spark's."""
    for union in [one for one in query.find_all(exp.Union) if not isinstance(one.parent, exp.Union)]:
        for position, kind in enumerate(types_of(union)):
            if not kind.startswith("DECIMAL("):
                continue
            for part in _parts(union):
                projection = part.selects[position]
                value = projection.this if isinstance(projection, exp.Alias) else projection
                name = projection.alias_or_name
                part.selects[position].replace(exp.alias_(exp.cast(value.copy(), kind, dialect="duckdb"), name))


def _rewritten(node: exp.Expr) -> exp.Expr:
    """The tree with CHANGES, from its leaves up, so that no replacement is changed again."""
    for child in list(node.iter_expressions()):
        changed = _rewritten(child)
        if changed is not child:
            child.replace(changed)
    for change in CHANGES:
        changed = change(node)
        if changed is not node:
            if changed.type is None:
                changed.type = node.type
            return changed
    return node


def _qualified(sql: str, schemas: Mapping[str, Columns]) -> exp.Expr:
    """The tree with the relations by their names in Spark, stars and names written out, and types."""
    tree = parse_one(sql, dialect="duckdb")
    for table in list(tree.find_all(exp.Table)):
        if table.db:
            # In place: what is joined to a table is a part of it.
            if not table.alias:
                table.set("alias", exp.TableAlias(this=exp.to_identifier(table.name)))
            table.set("this", exp.to_identifier(view_name(table.db, table.name)))
            table.set("db", None)
            table.set("catalog", None)
    for call in list(tree.find_all(exp.Dot)):
        if call.this.name == "main":
            call.replace(call.expression)
    _fold_intervals(tree)
    _unfold_asof(tree)
    known = MappingSchema(cast(dict[str, object], dict(schemas)), dialect="duckdb")
    tree = qualify(tree, dialect="duckdb", schema=known, quote_identifiers=False, validate_qualify_columns=False)
    _by_position(tree)
    _name_groups(tree)
    _unqualify(tree)
    _rename_ctes(tree, {}, count(1))
    return tree


def _fold_intervals(tree: exp.Expr) -> None:
    """DuckDB shows `interval 1 day` in a view as `to_days(cast(trunc(cast(1 as double)) as integer))`."""
    for call in list(tree.find_all(exp.Func)):
        unit = UNITS.get(call.name.lower() if isinstance(call, exp.Anonymous) else call.sql_name().lower())
        number = call.find(exp.Literal)
        if unit and number is not None and not call.find(exp.Column):
            call.replace(exp.Interval(this=exp.Literal.string(number.name), unit=exp.var(unit)))


def _unfold_asof(tree: exp.Expr) -> None:
    """`a asof left join b on a.k = b.k and a.t >= b.t`: b with the t of its next row, and a.t before that."""
    for join in list(tree.find_all(exp.Join)):
        if (join.args.get("method") or "").upper() != "ASOF":
            continue
        conditions = list(join.args["on"].flatten()) if isinstance(join.args["on"], exp.And) else [join.args["on"]]
        (later,) = [part for part in conditions if isinstance(part, exp.GTE)]
        right = join.this
        if not isinstance(right, exp.Table):
            raise Untranslatable("an asof join with a query: give it a name by `with`")
        keys = [part.expression.copy() for part in conditions if isinstance(part, exp.EQ)]
        for key in [*keys]:
            key.set("table", None)
        time = later.expression.copy()
        time.set("table", None)
        following = f"lead({time.name}) over (partition by {', '.join(k.name for k in keys)} order by {time.name})"
        source = exp.select("*", f"{following} as _next").from_(exp.to_table(right.name))
        alias = right.alias or right.name
        bounded = parse_one(f"coalesce(x < {alias}._next, true)", dialect="duckdb")
        bounded.find(exp.Column).replace(later.this.copy())  # type: ignore[union-attr]
        join.set("this", source.subquery(alias))
        join.set("on", exp.and_(*[part.copy() for part in conditions], bounded))
        join.set("method", None)


def _by_position(tree: exp.Expr) -> None:
    """`union all by name` as one by position: the first query names the columns, and what is missing is null."""
    for union in list(tree.find_all(exp.Union)):
        if not union.args.get("by_name"):
            continue
        names: list[str] = []
        parts = _parts(union)
        for part in parts:
            names += [name for name in part.named_selects if name not in names]
        for part in parts:
            found = {projection.alias_or_name: projection for projection in part.selects}
            part.set("expressions", [found.get(name) or exp.alias_(exp.null(), name) for name in names])
        union.set("by_name", False)


def _rename_ctes(node: exp.Expr, names: Mapping[str, str], numbers: Iterator[int]) -> None:
    """Give each `with` query a name of its own: Spark's has them all at one level."""
    if isinstance(node, exp.Table) and node.name in names:
        node.set("this", exp.to_identifier(names[node.name]))
    inside = dict(names)
    definitions = node.args.get("with_")
    for definition in definitions.expressions if definitions else []:
        _rename_ctes(definition.this, inside, numbers)
        inside[definition.alias] = f"{definition.alias}_{next(numbers)}"
        definition.args["alias"].set("this", exp.to_identifier(inside[definition.alias]))
    for child in node.iter_expressions():
        if child is not definitions:
            _rename_ctes(child, inside, numbers)


def _name_groups(tree: exp.Expr) -> None:
    """`group by all` where a window is of the groups: to Spark it would be one more column to group by."""
    for select in list(tree.find_all(exp.Select)):
        group = select.args.get("group")
        if not (group and group.args.get("all") and any(one.find(exp.Window) for one in select.selects)):
            continue
        keys = [one.unalias() for one in select.selects if not one.find(exp.AggFunc, exp.Window)]
        group.set("all", None)
        group.set("expressions", [key.copy() for key in keys if not isinstance(key, exp.Literal)])


def _unqualify(tree: exp.Expr) -> None:
    """`qualify` as a column of a query within, and a condition on it around."""
    for select in list(tree.find_all(exp.Select)):
        condition = select.args.get("qualify")
        if condition is None:
            continue
        select.set("qualify", None)
        names = select.named_selects
        within = select.copy()
        within.append("expressions", exp.alias_(exp.paren(condition.this.copy()), "_kept"))
        around = exp.select(*[exp.column(name, "_judged") for name in names])
        around = around.from_(within.subquery("_judged")).where(exp.column("_kept", "_judged"))
        if within.args.get("with_"):
            around.set("with_", within.args["with_"].pop())
        select.replace(around) if select.parent else _become(select, around)


def _become(select: exp.Select, other: exp.Select) -> None:
    """Give the root of a tree the parts of another query."""
    for part in list(select.args):
        select.set(part, None)
    for part, value in other.args.items():
        select.set(part, value)


def _parts(query: exp.Expr) -> list[exp.Select]:
    if isinstance(query, exp.Union):
        return [*_parts(query.this), *_parts(query.expression)]
    if isinstance(query, exp.Subquery):
        return _parts(query.this)
    if not isinstance(query, exp.Select):
        raise Untranslatable(f"a union of {query.sql(dialect='duckdb')[:100]}")
    return [query]


def _is(node: exp.Expr, *kinds: exp.DType) -> bool:
    return node.type is not None and node.is_type(*kinds)


def _division(node: exp.Expr) -> exp.Expr:
    """DuckDB divides decimals and whole numbers as doubles."""
    if not isinstance(node, exp.Div):
        return node
    division = exp.Anonymous(this="try_divide", expressions=[_double(node.this), _double(node.expression)])
    division.type = exp.DataType.build("double")
    return division


def _double(node: exp.Expr) -> exp.Expr:
    """`node` as a double. Of a decimal of many digits, DuckDB adds the whole part and the fraction."""
    inner = _typed(node)
    if _is(inner, exp.DataType.Type.DOUBLE) and not isinstance(inner, exp.Literal):
        return node.copy()
    plain = "cast({x} as double)"
    if not (_is_decimal(inner) or _is_unknown(inner)):
        return _template(plain, inner)
    scale = "coalesce(try_cast(regexp_extract(typeof({x}), ',([0-9]+)', 1) as int), 0)"
    power = f"power(10d, {scale})"
    whole = "cast(if({x} < 0, ceil({x}), floor({x})) as decimal(38,0))"
    digits = "cast(regexp_replace(cast({x} as string), '^(-?)[0-9]*[.]?', '$10') as decimal(38,0))"
    split = f"{_HUGE.replace('{n}', whole)} + {_HUGE.replace('{n}', digits)} / {power}"
    return _template(f"if(abs({plain}) * {power} <= {EXACT}d, {plain}, {split})", inner)


_HIGH = "(abs({n}) div 18446744073709551616bd)"
_LOW = f"cast(abs({{n}}) - cast({_HIGH} as decimal(20,0)) * 18446744073709551616bd as double)"
_HUGE = (
    f"case when {{n}} >= 0 then {_LOW} + {_HIGH} * 18446744073709551616d "
    "when {n} > -18446744073709551616bd then -cast(abs({n}) - 1 as double) - 1d "
    f"else -({_LOW} + {_HIGH} * 18446744073709551616d) end"
)
"""DuckDB's double of a whole number of 128 bits: of its lower and its upper half."""


def _is_decimal(node: exp.Expr) -> bool:
    return _is(node, exp.DataType.Type.DECIMAL) and not isinstance(node, exp.Literal)


def _typed(node: exp.Expr) -> exp.Expr:
    """`node`, or what is in its parentheses where only that has a type."""
    while isinstance(node, exp.Paren) and (node.type is None or node.is_type(exp.DataType.Type.UNKNOWN)):
        node = node.this
    return node


def _is_unknown(node: exp.Expr) -> bool:
    return not isinstance(node, exp.Literal | exp.Null) and (
        node.type is None or node.is_type(exp.DataType.Type.UNKNOWN, exp.DataType.Type.NULL)
    )


def _template(text: str, node: exp.Expr) -> exp.Expr:
    """Spark's expression `text` with `node` for {x}."""
    tree = parse_one(text.replace("{x}", "__x"), dialect="spark")
    if isinstance(tree, exp.Column) and tree.name == "__x":
        return node.copy()
    for column in list(tree.find_all(exp.Column)):
        if column.name == "__x":
            column.replace(exp.paren(node.copy()))
    return exp.paren(tree)


def _cast(node: exp.Expr) -> exp.Expr:
    """A cast between decimal and double, by DuckDB's arithmetic."""
    if not isinstance(node, exp.Cast) or isinstance(node, exp.TryCast):
        return node
    inner = _typed(node.this)
    if node.to.is_type(exp.DataType.Type.DOUBLE) and (_is_decimal(inner) or _is_unknown(inner)):
        return _double(node.this)
    if node.to.is_type(exp.DataType.Type.DECIMAL) and (_is_of_double(inner) or _may_be_of_double(inner)):
        scale = node.to.expressions[1].name if len(node.to.expressions) > 1 else "0"
        kind = node.to.sql(dialect="spark")
        whole = f"cast(round({{x}} * 1e{scale}) as bigint)"
        tiny = "1" if scale == "0" else f"cast('1e-{scale}' as decimal({scale},{scale}))"
        exact = f"cast(cast({whole} as decimal(19,0)) * {tiny} as {kind})"
        condition = "" if _is_of_double(inner) else "typeof({x}) = 'double' and "
        return _template(f"if({condition}abs({{x}}) * 1e{scale} < 9e18, {exact}, cast({{x}} as {kind}))", node.this)
    return node


def _is_of_double(node: exp.Expr) -> bool:
    return _is(_typed(node), exp.DataType.Type.DOUBLE)


def _may_be_of_double(node: exp.Expr) -> bool:
    """Of a double and a decimal, sqlglot takes the decimal for their common type. Only Spark knows, as it plans."""
    is_unsure = _is_decimal(node) or _is_unknown(node)
    return is_unsure and any(
        _is(part, exp.DataType.Type.DOUBLE) or (_is_unknown(part) and isinstance(part, exp.Func))
        for part in node.find_all(exp.Condition)
    )


def _days_between(node: exp.Expr) -> exp.Expr:
    """A day minus a day is a number of 64 bits; a day plus an interval is an instant."""
    if not isinstance(node, exp.Add | exp.Sub):
        return node
    left, right = _typed(node.this), _typed(node.expression)
    is_date = _is(left, exp.DataType.Type.DATE)
    if isinstance(node, exp.Sub) and is_date and _is(right, exp.DataType.Type.DATE):
        between = exp.Anonymous(this="datediff", expressions=[left.copy(), right.copy()])
        return exp.Cast(this=between, to=exp.DataType.build("bigint"))
    if is_date and isinstance(right, exp.Interval):
        kind = exp.DataType.build("timestamp_ntz", dialect="spark")
        return type(node)(this=exp.Cast(this=left.copy(), to=kind), expression=right.copy())
    if is_date and not isinstance(right, exp.Interval):
        days = right.copy() if isinstance(node, exp.Add) else exp.Neg(this=right.copy())
        return exp.Anonymous(this="date_add", expressions=[left.copy(), days])
    return node


def _names(node: exp.Expr) -> exp.Expr:
    """Functions that sqlglot leaves as they are, or gives another meaning. A row's number has 64 bits."""
    if isinstance(node, exp.UnixToTime) or (isinstance(node, exp.Anonymous) and node.name.lower() == "make_timestamp"):
        inner = node.this if isinstance(node, exp.UnixToTime) else node.expressions[0]
        return exp.Cast(
            this=exp.Anonymous(this="timestamp_micros", expressions=[inner.copy()]),
            to=exp.DataType.build("timestamp_ntz", dialect="spark"),
        )
    if isinstance(node, exp.Anonymous) and node.name.lower() in FUNCTIONS:
        return exp.Anonymous(this=FUNCTIONS[node.name.lower()], expressions=node.expressions)
    if isinstance(node, exp.GroupConcat):
        raise Untranslatable(f"{node.sql(dialect='duckdb')}: write array_to_string(list_sort(list(…)), …)")
    if isinstance(node, exp.Window) and isinstance(node.this, exp.RowNumber):
        numbers = node.copy()
        if not (node.args.get("order") or node.args.get("alias")):
            numbers.set("order", exp.Order(expressions=[exp.Ordered(this=exp.null())]))
        return exp.Cast(this=numbers, to=exp.DataType.build("bigint"))
    return node


FUNCTIONS = {"error": "raise_error", "ends_with": "endswith", "count_if": "count_if"}
CHANGES: tuple[Callable[[exp.Expr], exp.Expr], ...] = (_days_between, _cast, _division, _names)
