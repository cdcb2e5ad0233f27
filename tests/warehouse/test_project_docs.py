"""`dbt docs generate` on a built warehouse: every mart is in it, with its columns, and no network is needed."""

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.warehouse.conftest import PROJECT, Warehouse


def test_dbt_docs_tell_every_mart_and_column(sample: Warehouse, tmp_path: Path) -> None:
    working_file, release_file = tmp_path / "warehouse.duckdb", tmp_path / "crypto_market.duckdb"
    working_file.write_bytes(sample.working_file.read_bytes())
    release_file.write_bytes(sample.release_file.read_bytes())
    generated = subprocess.run(
        [
            *(sys.executable, "-m", "dbt.cli.main", "--quiet", "docs", "generate", "--static"),
            *("--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT)),
            *("--target-path", str(tmp_path / "docs"), "--log-path", str(tmp_path / "logs")),
        ],
        env=os.environ | {"WAREHOUSE_FILE": str(working_file), "WAREHOUSE_RELEASE_FILE": str(release_file)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    assert generated.returncode == 0, generated.stdout
    nodes = json.loads((tmp_path / "docs" / "catalog.json").read_text())["nodes"].values()
    told = {
        (node["metadata"]["name"], column)
        for node in nodes
        if node["metadata"]["schema"] == "marts"
        for column in node["columns"]
    }
    query = "select table_name, column_name from duckdb_columns() where schema_name = 'marts' and not internal"
    assert told == set(sample.rows(query))
    assert (tmp_path / "docs" / "static_index.html").stat().st_size > 1_000_000
