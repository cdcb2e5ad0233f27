"""The as-of macros are made from the marts' own SQL: a change of a mart changes its macro, or the build fails."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest
from dbt.adapters.duckdb.connections import DuckDBConnectionManager
from dbt.cli.main import dbtRunner

from orchestration.build.invocation import LOG, dbt_environment
from tests.warehouse.conftest import NOW, PROJECT, Warehouse


@dataclass(frozen=True)
class Copy:
    """A copy of the dbt project and of the two files of a built warehouse, to change and to build again."""

    folder: Path

    @property
    def marts(self) -> Path:
        return self.folder / "project" / "models" / "marts"

    def failures(self, *select: str) -> list[str]:
        """Builds the selected models into the copies; the messages of what failed."""
        return self.invoke("run", "--select", *select)

    def invoke(self, *arguments: str) -> list[str]:
        """Runs a dbt command; the messages of what failed."""
        files = {
            "WAREHOUSE_FILE": str(self.folder / "warehouse.duckdb"),
            "WAREHOUSE_RELEASE_FILE": str(self.folder / "crypto_market.duckdb"),
        }
        project = str(self.folder / "project")
        with dbt_environment(files):
            outcome = dbtRunner().invoke(
                [
                    *(*arguments, *LOG, "--project-dir", project, "--profiles-dir", project),
                    *("--log-path", str(self.folder / "logs"), "--vars", f'{{now: "{NOW}"}}'),
                ]
            )
            DuckDBConnectionManager.close_all_connections()
        if outcome.exception is not None:
            return [str(outcome.exception)]
        results = getattr(outcome.result, "results", [])
        return [str(result.message) for result in results if result.status != "success"]

    def columns(self, query: str) -> list[str]:
        with duckdb.connect(str(self.folder / "crypto_market.duckdb"), read_only=True) as connection:
            return [name for name, *_ in connection.execute(f"describe {query}").fetchall()]


@pytest.fixture(scope="module")
def parsed(tmp_path_factory: pytest.TempPathFactory) -> Copy:
    """One folder for all tests: dbt parses in it what a test changes, not all of it again."""
    copy = Copy(tmp_path_factory.mktemp("derivation"))
    shutil.copytree(PROJECT, copy.folder / "project", ignore=shutil.ignore_patterns("target", "logs"))
    return copy


@pytest.fixture
def copy(parsed: Copy, sample: Warehouse) -> Iterator[Copy]:
    shutil.copy(sample.working_file, parsed.folder / "warehouse.duckdb")
    shutil.copy(sample.release_file, parsed.folder / "crypto_market.duckdb")
    yield parsed
    shutil.rmtree(parsed.marts)
    shutil.copytree(PROJECT / "models" / "marts", parsed.marts)


def replace(file: Path, old: str, new: str) -> None:
    text = file.read_text()
    assert text.count(old) == 1
    file.write_text(text.replace(old, new))


def test_a_column_added_to_a_mart_is_in_its_macro_and_other_macros_stay(copy: Copy) -> None:
    prices = copy.marts / "prices" / "fct_daily_venue_prices"
    replace(
        prices.with_suffix(".sql"),
        "    volume_usd,\n",
        "    volume_usd,\n    cast(high_usd - low_usd as double) as range_usd,\n",
    )
    replace(
        prices.with_suffix(".yml"),
        "      - name: first_observed_at\n",
        "      - name: range_usd\n        data_type: double\n        description: High minus low\n"
        "      - name: first_observed_at\n",
    )
    assert copy.failures("fct_daily_venue_prices") == []
    columns = copy.columns("from marts.fct_daily_venue_prices")
    assert "range_usd" in columns
    assert copy.columns(f"from daily_venue_prices_as_of('{NOW}')") == columns
    assert copy.columns(f"from daily_records_as_of('{NOW}')") == copy.columns("from marts.fct_daily_records")


@pytest.mark.parametrize(
    ("relation", "named"),
    [
        ('{{ ref("int_venue_bars") }}', "int_venue_bars"),
        ('{{ ref("rpt_gaps") }}', "rpt_gaps"),
        ("release.marts.dim_assets", "a relation of release without ref()"),
        ('"release"."marts"."dim_assets"', "a relation of release without ref()"),
    ],
)
def test_a_mart_whose_input_has_no_history_fails_the_build_with_a_sentence(
    copy: Copy, relation: str, named: str
) -> None:
    (copy.marts / "prices" / "fct_made_up.sql").write_text(f"select asset from {relation} limit 1")
    (copy.marts / "prices" / "fct_made_up.yml").write_text(
        "models:\n  - name: fct_made_up\n    config: {meta: {as_of: true}}\n"
        "    columns:\n      - {name: asset, data_type: varchar}\n"
    )
    (failure,) = copy.failures("fct_made_up")
    assert f"fct_made_up has `as_of: true`, but {named} can't be read as of an instant: read a mart" in failure


def test_a_mart_needs_the_macros_of_the_marts_that_it_reads(copy: Copy) -> None:
    with duckdb.connect(str(copy.folder / "crypto_market.duckdb")) as connection:
        connection.execute("drop macro table main.daily_prices_as_of")
    # What a mart reads with it is built with it: of a part, its macro stays as it was.
    (failure,) = copy.failures("int_widest_scopes", "fct_daily_market")
    assert "daily_prices_as_of" in failure
    assert copy.failures("fct_daily_prices", "int_widest_scopes", "fct_daily_market") == []
    assert copy.columns(f"from daily_market_as_of('{NOW}')") == copy.columns("from marts.fct_daily_market")
