"""A release built by change is the one built from nothing, and the one that dbt builds."""

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from unittest.mock import patch

import duckdb
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from data_checks.check import Check, NoRows
from data_checks.earlier import earlier_history
from data_checks.results import MAX_EXAMPLES, CheckResult, as_text
from data_checks.suites.catalogue import ALL_CHECKS
from data_checks.verdicts import Before, holding, verdict
from orchestration.build.marts import build
from orchestration.build.node_result import UNCHANGED, NodeResult
from orchestration.build.recording import Node
from orchestration.build.replay import Player
from orchestration.build.state import STATE_NAME, MartsState
from orchestration.release.judging import known_tables
from orchestration.release.publish import current, publish
from orchestration.settings import Settings
from tests.warehouse.conftest import NOW, Warehouse

EXAMPLES = int(os.environ.get("WAREHOUSE_CHANGE_EXAMPLES", "2"))
"""How many random sequences are tried; hundreds before a release."""
TABLES = (
    "binance_klines_1d",
    "binance_klines_1h",
    "defillama_etf_flows",
    "farside_flows",
    "tradingview_bars_1d",
)
"""The raw tables of the sample that a sequence changes."""
DAYS = {
    "binance_klines_1d": "make_timestamp(open_time * 1000)::date",
    "binance_klines_1h": "make_timestamp(open_time * 1000)::date",
    "defillama_etf_flows": "day::timestamp::date",
    "farside_flows": "date",
}
"""The day of a row in those whose newest days a sequence takes away, to bring them back as new ones."""


@dataclass
class Home:
    """A home whose instant moves, with the marts built by change so far."""

    settings: Settings
    now: datetime = NOW

    def build(self) -> dict[str, NodeResult]:
        results = build(self.settings, self.now.replace(tzinfo=UTC))
        return {result.unique_id: result for result in results}

    def publish(self) -> str:
        release = publish(self.settings.release_draft, self.settings.published, self.now, "0", "sample")
        return release.version

    @contextmanager
    def raw(self) -> Iterator[duckdb.DuckDBPyConnection]:
        with duckdb.connect(str(self.settings.working_file)) as connection:
            yield connection


def home_of(warehouse: Warehouse, folder: Path, now: datetime = NOW) -> Home:
    """A new home with the raw tables of `warehouse`; no result of it is known there."""
    return from_raw_tables(warehouse.working_file, folder, now)


def from_nothing(home: Home, folder: Path) -> Home:
    """A new home with the same raw tables; no result of the other one is known there."""
    return from_raw_tables(Path(str(home.settings.working_file)), folder, home.now)


def from_raw_tables(working_file: Path, folder: Path, now: datetime) -> Home:
    folder.mkdir()
    shutil.copyfile(working_file, folder / "warehouse.duckdb")
    with duckdb.connect(str(folder / "warehouse.duckdb")) as connection:
        connection.execute("drop schema if exists build cascade")
    return Home(Settings.load({"WAREHOUSE_HOME": str(folder)}), now)


def content(file: Path) -> dict[str, tuple[object, ...]]:
    """Of every table its definition, comments, rows and a digest of them, and of every macro how much it returns."""
    with duckdb.connect(str(file), read_only=True) as connection:
        connection.execute("set timezone = 'UTC'")
        tables = connection.execute(
            "select schema_name, table_name, sql, comment from duckdb_tables() where not internal"
        ).fetchall()
        found: dict[str, tuple[object, ...]] = {
            f"{schema}.{name}": (
                sql,
                comment,
                *connection.execute(f"select count(*), sum(hash(t)::hugeint) from {schema}.{name} as t").fetchall()[0],
            )
            for schema, name, sql, comment in tables
        }
        found["comments on columns"] = tuple(
            connection.execute("select table_name, column_name, comment from duckdb_columns() order by all").fetchall()
        )
        macros = connection.execute(
            "select distinct function_name from duckdb_functions() where not internal and function_name like '%_as_of'"
        ).fetchall()
        for (name,) in macros:
            found[name] = connection.execute(
                f"select count(*), sum(hash(t)::hugeint) from {name}(timestamp '2025-05-10 12:00:00') as t"
            ).fetchall()[0]
        return found


def statuses(results: dict[str, NodeResult]) -> dict[str, str]:
    """What became of each model, seed and test; taken over is as good as made."""
    recorded = {
        name: result.status for name, result in results.items() if name.split(".")[0] in ("model", "test", "seed")
    }
    return {name: "success" if status == UNCHANGED else status for name, status in recorded.items()}


@pytest.fixture(scope="module")
def published(sample: Warehouse, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home of the sample after a build and its publishing. Copy it before changing anything."""
    home = home_of(sample, tmp_path_factory.mktemp("by_change") / "home")
    home.build()
    home.publish()
    return home.settings.home


def test_a_recorded_build_is_the_build_by_dbt(made_up: Warehouse, tmp_path: Path) -> None:
    played = home_of(made_up, tmp_path / "home")
    results = played.build()
    assert {result.status for name, result in results.items() if name.startswith("model.")} == {"success"}
    built = content(played.settings.release_draft)
    assert built == content(made_up.release_file)
    empty = {name for name, stored in built.items() if name.startswith("marts.") and not stored[2]}
    assert empty <= {"marts.rpt_records", "marts.rpt_source_status", "marts.rpt_withheld_figures"}
    recorded = {name for name in made_up.statuses if name.split(".")[0] in ("model", "test", "seed")}
    assert statuses(results) == {name: made_up.statuses[name] for name in recorded}


def test_building_again_gives_the_same_tables(sample: Warehouse, published: Path) -> None:
    again = Warehouse(sample.working_file, published / "published" / "crypto_market.duckdb", {}, {})
    tables = sample.rows("select table_name from duckdb_tables() where schema_name = 'marts' order by table_name")
    assert tables == again.rows("select table_name from duckdb_tables() where schema_name = 'marts' order by 1")
    with (
        duckdb.connect(str(sample.release_file), read_only=True) as one,
        duckdb.connect(str(again.release_file), read_only=True) as other,
    ):
        for (table,) in tables:
            made, made_again = (connection.table(f"marts.{table}").to_arrow_table() for connection in (one, other))
            assert made.equals(made_again), f"{table} differs, or its rows come in another order"


@pytest.fixture
def home(published: Path, tmp_path: Path) -> Home:
    return copied(published, tmp_path / "home")


def copied(home: Path, folder: Path) -> Home:
    shutil.copytree(home, folder, symlinks=True)
    return Home(Settings.load({"WAREHOUSE_HOME": str(folder)}))


def made(results: dict[str, NodeResult]) -> set[str]:
    """The models and seeds that a build made, and the tests that it ran."""
    return {
        name.rpartition(".")[2] if not name.startswith("test.") else name for name, r in results.items() if r.is_new
    }


def test_nothing_is_made_again_without_news(home: Home) -> None:
    home.build()
    first = home.publish()
    assert not made(home.build())
    assert home.publish() == first


def test_what_hangs_on_a_changed_table_is_made_again_and_other_parquet_files_are_those_of_the_release_before(
    home: Home,
) -> None:
    home.build()
    first = home.publish()
    with home.raw() as connection:
        connection.execute("delete from raw.farside_flows where date = (select max(date) from raw.farside_flows)")
    names = made(home.build())
    assert {"fct_daily_etf_flows", "fct_daily_etf_totals"} <= names
    assert not {"fct_daily_prices", "fct_hourly_prices", "dim_assets"} & names
    second = home.publish()
    assert second != first
    parquet = [home.settings.published / "releases" / version / "parquet" for version in (first, second)]
    same, changed = "fct_daily_prices/fct_daily_prices.parquet", "fct_daily_etf_flows/fct_daily_etf_flows.parquet"
    assert (parquet[0] / same).samefile(parquet[1] / same)
    assert not (parquet[0] / changed).samefile(parquet[1] / changed)


def test_a_new_day_leaves_the_rows_of_earlier_months_in_their_place(home: Home) -> None:
    with home.raw() as connection:
        change_rows(connection, "withdraw newest days", "binance_klines_1d", 3, home.now)
    home.build()
    home.publish()
    with home.raw() as connection:
        change_rows(connection, "return", "binance_klines_1d", 0, home.now)
    replaced: list[str] = []
    replace_from = Player._replace_from

    def noted(player: Player, first: date, node: Node, sql: str) -> None:
        replaced.append(node.unique_id.rpartition(".")[2])
        replace_from(player, first, node, sql)

    with patch.object(Player, "_replace_from", noted):
        home.build()
    assert {"fct_daily_metrics", "fct_daily_records"} <= set(replaced)


def test_a_test_is_repeated_for_the_changed_days_and_finds_what_is_wrong_there(home: Home) -> None:
    narrowed, of_days_since = [], Player._of_days_since
    with home.raw() as connection:
        newest = "(select max(open_time) from raw.binance_klines_1h)"
        connection.execute(f"insert into raw.binance_klines_1h from raw.binance_klines_1h where open_time = {newest}")

    def noted(player: Player, first: date, node: Node, sql: str) -> str:
        narrowed.append(node.unique_id)
        return of_days_since(player, first, node, sql)

    with patch.object(Player, "_of_days_since", noted):
        results = home.build()
    (twice,) = [test for test in narrowed if "unique_key_stg_binance__hourly_klines_versions" in test]
    assert results[twice].status == "fail"
    assert results[twice].failures


def test_a_test_of_several_tables_is_repeated_for_the_changed_days(home: Home) -> None:
    name = "test.crypto_market.whole_days_of_hourly_bars_make_the_daily_bar"
    narrowed, of_days_since = {}, Player._of_days_since
    with home.raw() as connection:
        hours = "symbol = 'BTCUSDT' and make_timestamp(open_time * 1000)::date = date '2025-05-08'"
        highest = f"(select max(high) from raw.binance_klines_1h where {hours})"
        connection.execute(f"update raw.binance_klines_1h set high = 1.0002 * high where {hours} and high = {highest}")

    def noted(player: Player, first: date, node: Node, sql: str) -> str:
        narrowed[node.unique_id] = of_days_since(player, first, node, sql)
        return narrowed[node.unique_id]

    with patch.object(Player, "_of_days_since", noted):
        results = home.build()
    assert "hour_at >= date '2025-05-01'" in narrowed[name]
    assert (results[name].status, results[name].failures) == ("warn", 1)


def test_a_table_that_was_dropped_or_replaced_by_hand_is_made_again(home: Home) -> None:
    home.build()
    home.publish()
    with home.raw() as connection:
        connection.execute("drop table intermediate.int_etf_fund_cells")
        connection.execute("create view intermediate.int_etf_fund_cells as select 1")
    assert "int_etf_fund_cells" in made(home.build())
    assert home.publish() == next(home.settings.published.glob("releases/*")).name


def test_another_build_of_the_release_is_no_base(home: Home) -> None:
    home.build()
    version = home.publish()
    release = home.settings.published / "releases" / version
    state = MartsState.load(release)
    assert state is not None
    (release / STATE_NAME).chmod(0o644)
    MartsState("another project", state.tables).save(release)
    names = made(home.build())
    assert {"fct_daily_prices", "dim_assets", "rpt_market_brief"} <= names


CHANGES = st.one_of(
    st.tuples(st.just("pass time"), st.integers(1, 600)),
    st.tuples(st.just("withdraw"), st.sampled_from(TABLES), st.integers(2, 9)),
    st.tuples(st.just("withdraw newest days"), st.sampled_from(sorted(DAYS)), st.integers(1, 20)),
    st.tuples(st.just("return"), st.sampled_from(TABLES)),
    st.tuples(st.just("restate newest days"), st.sampled_from(sorted(DAYS)), st.integers(1, 20)),
    st.tuples(st.just("restate"), st.sampled_from(TABLES), st.integers(2, 9)),
    st.tuples(st.just("interrupt"), st.integers(1, 3)),
    st.tuples(st.just("build without publishing")),
    st.tuples(st.just("publish")),
)


class Interrupted(BaseException):
    """The process is ended within a build."""


@contextmanager
def interrupted_after(count: int) -> Iterator[None]:
    """Within it, a build ends before its next node once it has gone through `count` of them."""
    through, result_of = iter(range(count)), Player._result

    def result_or_end(player: Player, node: Node) -> NodeResult:
        if next(through, None) is None:
            raise Interrupted
        return result_of(player, node)

    with patch.object(Player, "_result", result_or_end):
        yield


def apply(home: Home, change: tuple[object, ...]) -> None:
    kind, *details = change
    if kind == "pass time":
        home.now += timedelta(hours=int(str(details[0])))
    elif kind == "interrupt":
        with interrupted_after(60 * int(str(details[0]))), pytest.raises(Interrupted):
            home.build()
    elif kind in ("publish", "build without publishing"):
        results = home.build()
        if kind == "publish" and not any(result.is_failure for result in results.values()):
            home.publish()
    else:
        with home.raw() as connection:
            change_rows(
                connection, str(kind), str(details[0]), int(str(details[-1])) if len(details) > 1 else 0, home.now
            )


def change_rows(connection: duckdb.DuckDBPyConnection, kind: str, table: str, part: int, now: datetime) -> None:
    """Take away a part of the rows, put back what was taken away, or store other figures as a newer version."""
    kept = f"main.withdrawn_{table}"
    connection.execute(f"create table if not exists {kept} as from raw.{table} limit 0")
    some = f"hash(rowid) % {part} = 0"
    if kind.endswith("newest days"):
        some = f"{DAYS[table]} > (select max({DAYS[table]}) - {part} from raw.{table})"
    if kind.startswith("withdraw"):
        connection.execute(f"insert into {kept} from raw.{table} where {some}")
        connection.execute(f"delete from raw.{table} where {some}")
    elif kind == "return":
        connection.execute(f"insert into raw.{table} from {kept}")
        connection.execute(f"delete from {kept}")
    else:
        figure = connection.execute(
            "select column_name from duckdb_columns() where schema_name = 'raw' and table_name = ? "
            "and data_type like 'DECIMAL%' order by column_index",
            [table],
        ).fetchall()
        changed = f", {figure[-1][0]} * 1.25 as {figure[-1][0]}" if figure else ""
        connection.execute(
            f"insert into raw.{table} select * replace (timestamp '{now}' as observed_at{changed}) "
            f"from raw.{table} where {some} and observed_at < timestamp '{now}'"
        )


@given(changes=st.lists(CHANGES, min_size=3, max_size=8))
@hypothesis_settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=EXAMPLES < 10,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_any_sequence_of_changes_ends_in_what_is_built_from_nothing(
    published: Path, tmp_path_factory: pytest.TempPathFactory, changes: list[tuple[object, ...]]
) -> None:
    folder = tmp_path_factory.mktemp("sequence")
    home = copied(published, folder / "home")
    # The sample is short: no part of it is too large to be made again from its first changed day on, or too small to be
    # divided by years.
    with (
        patch("orchestration.build.replay.is_most", return_value=True),
        patch("orchestration.release.parquet_files.LARGE", 100),
        patch("orchestration.build.raw_rows.LARGE", 100),
    ):
        for change in changes:
            apply(home, change)
        by_change = home.build()
    anew = from_nothing(home, folder / "anew")
    assert statuses(by_change) == statuses(anew.build())
    assert content(home.settings.release_draft) == content(anew.settings.release_draft)
    assert_that_verdicts_hold_where_all_days_have_the_same(home)
    assert_that_parquet_has_the_rows_of_the_release(home)
    shutil.rmtree(folder)


def assert_that_verdicts_hold_where_all_days_have_the_same(home: Home) -> None:
    """Of the checks that are judged from the first changed day on, between the release and the draft of `home`."""
    release = current(home.settings.published)
    assert release is not None
    then = datetime.fromisoformat(release.published_at)
    file, draft = (home.settings.published / "crypto_market.duckdb").resolve(), Path(home.settings.release_draft)
    known, tables = known_tables(MartsState.load(file.parent)), known_tables(MartsState.load(draft.parent))
    checks = [check for check in ALL_CHECKS if isinstance(check.rule, NoRows) and check.rule.days]
    before, after = queried(file, checks, then, None), queried(draft, checks, home.now, file)
    verdicts = {check.name: verdict(check, before[check.name], known) for check in checks}
    found = {name: one for name, one in verdicts.items() if one is not None}
    assert found.keys() == before.keys()
    held = holding(draft, home.now, Before(file, then, found, known), checks, tables)
    assert held == {name: after[name] for name in held}
    # What is judged again has another result, or a row that may be one of it: a series of which days were taken away.
    assert {name for name in before if before[name] == after[name]} - held.keys() <= {
        "no_history_has_shrunk",
        "no_published_figure_disappeared",
    }


def queried(file: Path, checks: Sequence[Check], now: datetime, earlier: Path | None) -> dict[str, CheckResult]:
    """What the queries of checks return of all days; without an earlier release, nothing where they compare with it."""
    results = {}
    history = earlier_history(earlier, now) if earlier else ""
    with duckdb.connect(str(file), read_only=True) as connection:
        connection.execute("set timezone = 'UTC'")
        for check in checks:
            assert isinstance(check.rule, NoRows)
            rows: list[dict[str, object]] = []
            if history or not check.rule.needs_earlier:
                found = connection.execute(check.rule.query(str(now), f"marts.{check.table}", history))
                names = [column[0] for column in found.description or []]
                rows = [dict(zip(names, row, strict=True)) for row in found.fetchall()]
            is_empty = connection.execute(f"select count(*) = 0 from marts.{check.table}").fetchall()[0][0]
            results[check.name] = CheckResult(
                *(check.name, check.table, check.severity, check.reason, not rows, len(rows)),
                observed="nothing to check" if is_empty and not check.rule.needs_earlier else f"{len(rows)} rows",
                examples=[as_text(row) for row in rows[:MAX_EXAMPLES]],
            )
    return results


def assert_that_parquet_has_the_rows_of_the_release(home: Home) -> None:
    release = current(home.settings.published)
    assert release is not None
    folder = home.settings.published / "current" / "parquet"
    with duckdb.connect(
        str((home.settings.published / "crypto_market.duckdb").resolve()), read_only=True
    ) as connection:
        digest = "select count(*), sum(hash(stored)::hugeint)::varchar"
        for table in release.tables:
            (stored,) = connection.execute(f"{digest} from marts.{table.name} as stored").fetchall()
            files = f"read_parquet('{folder}/{table.name}/*.parquet')"
            assert connection.execute(f"{digest} from {files} as stored").fetchall() == [stored], table.name
            assert {file.name for file in (folder / table.name).iterdir()} == table.files.keys()
